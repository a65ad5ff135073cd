import { type } from '@orpc/contract';
import { z } from 'zod';
import type { ApiChoice } from '../domain/experiment.ts';
import type { KeyStatus, ServerTrial } from '../domain/servers.ts';
import { base, LIMITS } from './base.ts';
import { apiKeyEnv, baseUrl, apiChoice } from './experiment.ts';

/** Models behind OpenAI-compatible servers. Keys are known by the names of their variables and never travel here. */
export const servers = {
  /** What was used or tried last, the newest first. */
  recent: base.output(type<ApiChoice[]>()),
  forget: base.input(z.object({ baseUrl, model: z.string().max(LIMITS.name) })).output(type<ApiChoice[]>()),
  /** Asks each server for its models and a few words; an empty model asks for the list alone. */
  try: base
    .input(
      z.object({
        baseUrl,
        alsoAt: apiChoice.shape.alsoAt,
        model: z.string().max(LIMITS.name),
        apiKeyEnv: apiKeyEnv.nullable().default(null),
        style: apiChoice.shape.style,
      }),
    )
    .output(type<ServerTrial[]>()),
  keys: base.input(z.object({ variables: z.array(apiKeyEnv).max(100) })).output(type<KeyStatus[]>()),
};
