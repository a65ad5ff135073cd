import { z } from 'zod';

const requestId = z.int().nonnegative();
const path = z.string().min(1).max(4096);

/** What the shell tells the core process. A `port` message carries one port: a window's end of the contract. */
export const toCoreSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), dataDir: path, version: z.string(), nodePath: path }),
  z.object({ kind: z.literal('port') }),
  z.object({ kind: z.literal('grant'), id: requestId, path }),
  z.object({ kind: z.literal('resolve'), id: requestId, grant: z.string().max(300) }),
  z.object({ kind: z.literal('stop') }),
]);
export type ToCore = z.infer<typeof toCoreSchema>;
export type CoreStart = Extract<ToCore, { kind: 'start' }>;

/** What the core process answers. `failed` has a sentence and is its last word. */
export const fromCoreSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({ kind: z.literal('answer'), id: requestId, value: z.string().nullable() }),
]);
export type FromCore = z.infer<typeof fromCoreSchema>;
