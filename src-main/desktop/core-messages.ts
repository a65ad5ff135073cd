import { z } from 'zod';

const requestId = z.int().nonnegative();
const path = z.string().min(1).max(4096);

/** What the shell tells the core process. A `port` message carries one port: a window's end of the contract. */
export const toCoreSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), dataDir: path, version: z.string(), nodePath: path }),
  z.object({ kind: z.literal('port') }),
  z.object({ kind: z.literal('grant'), id: requestId, path }),
  z.object({ kind: z.literal('resolve'), id: requestId, grant: z.string().max(300) }),
  /** The answer to a `key-wanted`; null when there is no such key. */
  z.object({ kind: z.literal('key'), id: requestId, value: z.string().max(10_000).nullable() }),
  z.object({ kind: z.literal('stop') }),
]);
export type ToCore = z.infer<typeof toCoreSchema>;
export type CoreStart = Extract<ToCore, { kind: 'start' }>;

/** What the core process answers. `failed` has a sentence and is its last word. */
export const fromCoreSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({ kind: z.literal('answer'), id: requestId, value: z.string().nullable() }),
  /** Asks for the key under the name of an environment variable, each time it is needed. */
  z.object({ kind: z.literal('key-wanted'), id: requestId, variable: z.string().max(100) }),
]);
export type FromCore = z.infer<typeof fromCoreSchema>;
