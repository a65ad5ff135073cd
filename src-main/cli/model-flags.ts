import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type ExperimentInput, experimentSchema } from '../contract/experiment.ts';
import { collect, positiveInt, positiveNumber, prices, weights } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';

/** Flags that say where a model is and how a judge is asked: the same for every verb that judges. */
export interface ModelFlags {
  readonly judge?: readonly string[];
  readonly cascade?: readonly string[];
  readonly panel?: 'majority' | 'weighted';
  readonly weights?: readonly number[];
  readonly prompt?: string;
  readonly mode?: 'next-token' | 'grammar' | 'reason';
  readonly labelOrder?: 'AB' | 'BA';
  readonly swap?: boolean;
  readonly policy?: 'strict' | 'lenient';
  readonly reasonTokens?: number;
  readonly api?: readonly string[];
  readonly apiKeyEnv?: string;
  readonly apiStyle?: 'chat' | 'completions';
  readonly apiConcurrency?: number;
  readonly apiTimeout?: number;
  readonly apiPrice?: { readonly input: number; readonly output: number };
  readonly maxCost?: number;
}

export function addModelOptions(command: Command): Command {
  return command
    .option(
      '--cascade <model>',
      'a judge of only those answers on which the --judge ones do not agree; may be given several times',
      collect,
    )
    .addOption(
      new Option(
        '--panel <how>',
        'one verdict from all judges: majority, or weighted by their agreement with people; --cascade makes one of its own',
      ).choices(['majority', 'weighted']),
    )
    .option(
      '--weights <list>',
      'of --panel weighted: one number a judge, in their order, such as 2,1,1; by agreement with people when left out',
      weights,
    )
    .option('--prompt <id>', "the judges' prompt: an id, or id@version of an earlier one", 'default')
    .addOption(
      new Option(
        '--mode <mode>',
        'next-token: from its probability; grammar: held to the labels; reason: after an explanation',
      )
        .choices(['next-token', 'grammar', 'reason'])
        .default('next-token'),
    )
    .addOption(
      new Option('--label-order <order>', 'AB, or BA for the labels swapped')
        .choices(['AB', 'BA'])
        .default('AB'),
    )
    .option('--swap', 'judge every answer a second time with the labels in the other order')
    .addOption(
      new Option(
        '--policy <policy>',
        'strict: "partially correct" is unparsed; lenient: it is correct',
      ).choices(['strict', 'lenient']),
    )
    .option('--reason-tokens <n>', 'longest reply in mode reason', positiveInt)
    .option(
      '--api <url>',
      'OpenAI-compatible server of the models named "api:NAME"; several share the work. "api:NAME@URL" names its own',
      collect,
    )
    .option('--api-key-env <variable>', 'environment variable that holds the key, such as OPENAI_API_KEY')
    .addOption(
      new Option('--api-style <style>', 'completions for base models').choices(['chat', 'completions']),
    )
    .option('--api-concurrency <n>', 'requests at a time for each server', positiveInt)
    .option('--api-timeout <seconds>', 'longest wait for one reply', positiveNumber)
    .option('--api-price <in,out>', 'USD per million tokens read and written', prices)
    .option('--max-cost <usd>', 'stop a phase before it costs more; needs --api-price', positiveNumber);
}

const PREFIX = 'api:';

/** A model of the flags as an experiment names it. Throws ExitWith usage for "api:" without a server. */
export function modelInput(text: string, flags: ModelFlags): Record<string, unknown> {
  if (!text.startsWith(PREFIX)) return { model: text };
  const named = text.slice(PREFIX.length);
  const at = named.search(/@https?:\/\//);
  const model = at < 0 ? named : named.slice(0, at);
  const [baseUrl, ...alsoAt] = at < 0 ? (flags.api ?? []) : [named.slice(at + 1)];
  if (baseUrl === undefined) {
    throw new ExitWith(
      EXIT.usage,
      `Name the server of "${text}" with --api, or as "${text}@http://localhost:8000/v1".`,
    );
  }
  const { apiKeyEnv, apiStyle, apiConcurrency, apiTimeout, apiPrice, maxCost } = flags;
  return {
    api: {
      baseUrl,
      alsoAt,
      model,
      ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
      ...(apiStyle === undefined ? {} : { style: apiStyle }),
      ...(apiConcurrency === undefined ? {} : { concurrency: apiConcurrency }),
      ...(apiTimeout === undefined ? {} : { timeoutSeconds: apiTimeout }),
      ...(apiPrice === undefined
        ? {}
        : { inputUsdPerMillion: apiPrice.input, outputUsdPerMillion: apiPrice.output }),
      ...(maxCost === undefined ? {} : { maxCostUsd: maxCost }),
    },
  };
}

/** The judges of the flags, then those that are asked where they do not agree. */
export function judgeInputs(
  flags: ModelFlags,
  settings: Record<string, unknown> = {},
): Record<string, unknown>[] {
  const { judge = [], cascade = [], swap, policy, reasonTokens } = flags;
  if (cascade.length > 0 && judge.length < 2) {
    throw new ExitWith(EXIT.usage, '--cascade decides between judges: name at least two with --judge.');
  }
  const shared = {
    ...settings,
    prompt: flags.prompt ?? 'default',
    mode: flags.mode ?? 'next-token',
    labelOrder: flags.labelOrder ?? 'AB',
    ...(swap === true ? { swap } : {}),
    ...(policy === undefined ? {} : { policy }),
    ...(reasonTokens === undefined ? {} : { maxTokens: reasonTokens }),
  };
  const members = judge.map((_, index) => index);
  return [
    ...judge.map((model) => ({ ...modelInput(model, flags), ...shared })),
    ...cascade.map((model) => ({ ...modelInput(model, flags), ...shared, cascadeOf: members })),
  ];
}

/** How the judges of the flags make one verdict. Throws ExitWith usage for two ways at once. */
export function panelInput({
  cascade = [],
  panel,
  weights: weighs,
}: ModelFlags): Pick<ExperimentInput, 'panel'> {
  if (weighs !== undefined && panel !== 'weighted')
    throw new ExitWith(EXIT.usage, '--weights are those of a weighted panel: add --panel weighted.');
  if (weighs !== undefined && cascade.length === 0) return { panel: { kind: 'weighted', weights: weighs } };
  if (cascade.length === 0) return panel === undefined ? {} : { panel: { kind: panel } };
  if (panel !== undefined)
    throw new ExitWith(EXIT.usage, '--cascade is a panel of its own: leave out --panel.');
  return { panel: { kind: 'cascade' } };
}

/** An experiment made from flags, checked here so that what is wrong is said. Throws ExitWith usage. */
export function checkedExperiment(experiment: ExperimentInput): ExperimentInput {
  const parsed = experimentSchema.safeParse(experiment);
  if (parsed.success) return experiment;
  throw new ExitWith(EXIT.usage, `This cannot be run: ${z.prettifyError(parsed.error)}`);
}
