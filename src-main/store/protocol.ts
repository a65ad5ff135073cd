import { z } from 'zod';

import type { StoreErrorKind, StoreMethod } from './api.ts';
import type { WireArgs } from './wire.ts';

/** What a worker is started with. */
export const workerDataShape = z.object({ path: z.string(), mode: z.enum(['write', 'read']) });
export type WorkerData = z.infer<typeof workerDataShape>;

/** A call. Its arguments are typed where it is made; both ends are one program, so they are not parsed again. */
export type Request<M extends StoreMethod = StoreMethod> = {
  readonly [K in M]: { readonly id: number; readonly method: K; readonly args: WireArgs<K> };
}[M];

interface WireError {
  readonly kind: StoreErrorKind;
  readonly message: string;
}

type OtherReply =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly error: WireError }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };

export type Reply = OtherReply | { readonly type: 'result'; readonly id: number; readonly value: unknown };

/** The same on the calling side, where only the pending call knows the result's type. */
export type ReceivedReply =
  | OtherReply
  | { readonly type: 'result'; readonly id: number; readonly value: never };
