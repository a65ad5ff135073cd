import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { experimentSchema } from '../../contract/experiment.ts';
import type { Experiment } from '../../domain/experiment.ts';
import { Problem } from '../problem.ts';

/** experiment.yaml as a value. Errors: Problem REFUSED with a sentence naming the key and what is wrong with it. */
export function parseExperiment(text: string): Experiment {
  let value: unknown;
  try {
    // A warning quotes the file on the terminal as it is, escape sequences and all.
    value = parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch (error) {
    throw new Problem(
      'REFUSED',
      `This is not YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const result = experimentSchema.safeParse(value);
  if (!result.success)
    throw new Problem('REFUSED', `The experiment file cannot be used: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** The text that parseExperiment reads back into an equal value. */
export function writeExperiment(experiment: Experiment): string {
  return stringify(experiment, { lineWidth: 110 });
}
