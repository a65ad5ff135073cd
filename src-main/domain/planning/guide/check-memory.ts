import { GIB } from '../../memory/ggml-types.ts';
import type { ComponentName, PlanComponent } from '../../plan.ts';
import { parseBox, type Card } from '../cards.ts';
import { mebibytes } from '../verdict.ts';
import type { ClaimCheck, Part } from './claims.ts';
import type { Answered, Variation } from './questions.ts';
import {
  MISSING,
  unknown,
  type CheckContext,
  type Checker,
  type ClaimVerdict,
  type Result,
} from './result.ts';

/** A figure that is this much above the claim breaks a card bought by it; one this much below is still "about". */
const TOO_LITTLE = 1.03;
const TOO_MUCH = 0.85;

/** Room that "comfortable" promises, as a share of every card. */
const COMFORTABLE = 0.1;

/** With two decimals and the unit. */
export function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GiB`;
}

const SHORT: Readonly<Record<ComponentName, string>> = {
  weights: 'weights',
  'kv-cache': 'cache',
  'recurrent-state': 'state',
  compute: 'compute',
  output: 'output',
  'driver-context': 'driver',
  process: 'process',
};

/** "weights 7.43, cache 0.50, compute 0.25, driver 0.30 GiB". */
export function breakdown(components: readonly PlanComponent[]): string {
  const sums = new Map<string, number>();
  for (const { name, bytes } of components) {
    sums.set(SHORT[name], (sums.get(SHORT[name]) ?? 0) + bytes);
  }
  const parts = [...sums].filter(([, b]) => b > 0).map(([name, b]) => `${name} ${(b / GIB).toFixed(2)}`);
  return `${parts.join(', ')} GiB`;
}

function sizeResult(components: readonly PlanComponent[], gb: number): Result {
  if (components.length === 0) {
    return unknown(MISSING);
  }
  const bytes = components.reduce((sum, c) => sum + c.bytes, 0);
  const ratio = bytes / (gb * GIB);
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  const figure = gibibytes(bytes);
  const because = breakdown(components);
  if (ratio > TOO_LITTLE) {
    return { verdict: 'wrong', figure, because: `${percent} % more than said: ${because}.` };
  }
  if (ratio < TOO_MUCH) {
    return { verdict: 'partly', figure, because: `Enough, but ${percent} % less is needed: ${because}.` };
  }
  return { verdict: 'right', figure, because: `${because}.` };
}

const memory: Checker<'memory'> = (check, { questions }) =>
  sizeResult(questions.needs([check.part]), check.gb);

const together: Checker<'together'> = (check, { questions }) =>
  sizeResult(questions.needs(check.parts), check.gb);

/** "yes, 1,234 MiB spare" of a plan. */
export function answerFigure(answer: Answered): string {
  const bytes = mebibytes(Math.abs(answer.marginBytes));
  return answer.runs ? `yes, ${bytes} spare` : `no, ${bytes} missing`;
}

function layersHint(
  parts: readonly Part[],
  box: string,
  variation: Variation,
  context: CheckContext,
): string {
  const partial = context.questions.ask(parts, box, 'sequential', { ...variation, offload: true });
  const phase = partial?.plan.phases[0];
  if (
    parts.length !== 1 ||
    phase === undefined ||
    phase.settings.gpuLayers === 0 ||
    partial?.plan.verdict === 'no'
  ) {
    return '';
  }
  return ` ${phase.settings.gpuLayers} of ${phase.totalLayers} layers fit, the others would run on the CPU.`;
}

const runs: Checker<'runs'> = (check, context) => {
  const { parts, box, schedule, expected } = check;
  const variation = { batch: check.batch, sequences: check.sequences };
  const answer = context.questions.ask(parts, box, schedule, variation);
  if (answer === null) {
    return unknown(MISSING);
  }
  const figure = answerFigure(answer);
  const names = parts.map((p) => context.questions.name(p)).join(' and ');
  const several = parts.length > 1;
  const how = parts.length > 1 ? (schedule === 'together' ? ' together' : ' in turn') : '';
  if (!answer.runs) {
    const missing = mebibytes(-answer.marginBytes);
    return {
      verdict: expected ? 'wrong' : 'right',
      figure,
      because: `${names}${how} ${several ? 'need' : 'needs'} ${missing} more than ${box} has.${layersHint(parts, box, variation, context)}`,
    };
  }
  const share = Math.round(answer.marginShare * 100);
  const spare = `${names}${how} ${several ? 'leave' : 'leaves'} ${mebibytes(answer.marginBytes)} (${share} %) on ${box}.`;
  const tight = check.comfortable && answer.marginShare < COMFORTABLE;
  const verdict: ClaimVerdict = !expected ? 'wrong' : tight ? 'partly' : 'right';
  return { verdict, figure, because: tight ? `${spare} That is not comfortable.` : spare };
};

function memoryOf(cards: readonly Card[], gb: number): Result {
  const bytes = cards.reduce((sum, c) => sum + c.memoryBytes, 0);
  const usable = cards.reduce((sum, c) => sum + c.usableBytes, 0);
  return {
    verdict: Math.abs(bytes / GIB / gb - 1) < 0.02 ? 'right' : 'wrong',
    figure: gibibytes(bytes),
    because: `${gibibytes(usable)} of it are usable.`,
  };
}

const reduction: Checker<'reduction'> = ({ part, percent }, { questions }) => {
  const full = questions.header({ model: part.model, recipe: 'F16' });
  const small = questions.header(part);
  if (full === null || small === null) {
    return unknown(MISSING);
  }
  const real = (1 - small.fileBytes / full.fileBytes) * 100;
  const loaded = (parts: readonly Part[]): number =>
    questions.needs(parts).reduce((sum, c) => sum + c.bytes, 0);
  const onCard = (1 - loaded([part]) / loaded([{ ...part, recipe: 'F16' }])) * 100;
  return {
    verdict: Math.abs(real - percent) < 4 ? 'right' : 'wrong',
    figure: `${real.toFixed(0)} %`,
    because:
      `The file of ${questions.name(part)} is ${real.toFixed(1)} % smaller than F16; with cache, compute buffer and driver ` +
      `the card holds ${onCard.toFixed(1)} % less.`,
  };
};

const sequentialPeak: Checker<'sequential-peak'> = ({ parts }, { questions }) => {
  const each = parts.map((p) => questions.needs([p]).reduce((sum, c) => sum + c.bytes, 0));
  const sum = questions.needs(parts).reduce((total, c) => total + c.bytes, 0);
  const peak = Math.max(...each);
  return {
    verdict: peak < sum ? 'right' : 'wrong',
    figure: `${gibibytes(sum - peak)} saved`,
    because: `${parts.map((p) => questions.name(p)).join(' and ')}: ${gibibytes(peak)} at most in turn, ${gibibytes(sum)} together.`,
  };
};

const batch: Checker<'batch'> = ({ part, batch: smaller }, { questions }) => {
  const before = questions.needs([part]).reduce((sum, c) => sum + c.bytes, 0);
  const after = questions.needs([part], { batch: smaller }).reduce((sum, c) => sum + c.bytes, 0);
  if (before === 0) {
    return unknown(MISSING);
  }
  const share = ((before - after) / before) * 100;
  return {
    verdict: share >= 10 ? 'right' : share > 0 ? 'partly' : 'wrong',
    figure: `${mebibytes(before - after)} less`,
    because: `${questions.name(part)} with batches of ${smaller} tokens needs ${share.toFixed(1)} % less; questions sent one after the other need no more than one.`,
  };
};

/** Claims about what models need and where they run. */
export type MemoryCheck = Extract<
  ClaimCheck,
  {
    kind:
      | 'memory'
      | 'together'
      | 'runs'
      | 'card-memory'
      | 'box-memory'
      | 'reduction'
      | 'sequential-peak'
      | 'batch';
  }
>;

/** Holds a claim of the guide about memory against what the planner computes. */
export function checkMemory(check: MemoryCheck, context: CheckContext): Result {
  switch (check.kind) {
    case 'memory':
      return memory(check, context);
    case 'together':
      return together(check, context);
    case 'runs':
      return runs(check, context);
    case 'card-memory':
      return memoryOf(parseBox(check.card, context.cards).cards, check.gb);
    case 'box-memory':
      return memoryOf(parseBox(check.box, context.cards).cards, check.gb);
    case 'reduction':
      return reduction(check, context);
    case 'sequential-peak':
      return sequentialPeak(check, context);
    default:
      return batch(check, context);
  }
}
