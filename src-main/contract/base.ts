import { oc } from '@orpc/contract';
import { z } from 'zod';

/**
 * Expected failures, each a sentence that a person can act on in `message`. Anything else reaches the caller as
 * INTERNAL with the id under which it was logged.
 */
export const base = oc.errors({
  NOT_FOUND: { status: 404 },
  /** The input is well-formed but cannot be used: not a dataset, an unknown model, a plan that does not fit. */
  REFUSED: { status: 422, data: z.object({ fixes: z.array(z.string()) }).optional() },
  /** Someone else has it: a run of another process, a dataset in use. */
  CONFLICT: { status: 409 },
  /** Disk full, database locked or damaged. */
  STORAGE: { status: 507 },
  /** The model's process failed: memory, a crash, an unsupported file. */
  ENGINE: { status: 502 },
  INTERNAL: { status: 500, data: z.object({ correlationId: z.string() }) },
});

/** Sizes that no honest request reaches. */
export const LIMITS = { name: 300, text: 20_000, path: 4096, list: 1000, page: 500 } as const;

export const name = z.string().min(1).max(LIMITS.name);
export const id = z.int().nonnegative();
