import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The default model where it lies beside the project; its tests are skipped, aloud, where it does not. */
export const DEFAULT_MODEL = fileURLToPath(
  new URL('../../../shared/models/SmolLM2-135M-Instruct.Q4_1.gguf', import.meta.url),
);
export const noDefaultModel = !existsSync(DEFAULT_MODEL);
if (noDefaultModel) console.warn(`Tests of the default model are skipped: there is no ${DEFAULT_MODEL}.`);
