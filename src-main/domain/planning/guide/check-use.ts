import { GIB } from '../../memory/ggml-types.ts';
import { parseBox } from '../cards.ts';
import type { Range } from '../speed.ts';
import { gibibytes } from './check-memory.ts';
import type { ClaimCheck } from './claims.ts';
import type { Answered } from './questions.ts';
import { MISSING, unknown, type CheckContext, type Checker, type Result } from './result.ts';

const quality: Checker<'quality'> = ({ recipe, percent }, context) => {
  const row = context.quality?.quantizations.find((q) => q.recipe === recipe);
  if (row === undefined || context.quality === null) {
    return unknown('No table says what this quantization costs.');
  }
  const change = Math.abs(row.meanProbabilityChangePercent);
  return {
    verdict: change < percent ? 'right' : 'wrong',
    figure: `${change.toFixed(2)} % less probable`,
    because:
      `The right token's mean probability in ${recipe} (${context.quality.model}; ${context.quality.source}, ${context.quality.date}). ` +
      "What it does to this judge's verdicts is another matter: run both files and compare their report cards.",
  };
};

const range = ([low, high]: Range, digits = 0): string => `${low.toFixed(digits)}–${high.toFixed(digits)}`;

function speedOf(answer: Answered | null): Range | null {
  const phase = answer?.time?.phases[0];
  return phase === undefined ? null : [phase.perPromptSeconds[0], phase.perPromptSeconds[1]];
}

const offload: Checker<'offload'> = ({ setup }, { questions }) => {
  const partial = questions.ask([setup], setup.box, 'sequential', { offload: true });
  const whole = questions.ask([setup], 'A100 80GB', 'sequential');
  const phase = partial?.plan.phases[0];
  const [slow, fast] = [speedOf(partial), speedOf(whole)];
  if (partial === null || phase === undefined || slow === null || fast === null) {
    return unknown(MISSING);
  }
  const times: Range = [slow[0] / fast[0], slow[1] / fast[1]];
  const works = partial.plan.verdict !== 'no';
  return {
    verdict: works ? 'right' : 'wrong',
    figure: `${phase.settings.gpuLayers} of ${phase.totalLayers} layers on the card`,
    because: works
      ? `${questions.name(setup)} on ${setup.box}: it works, at ${range([Math.min(...times), Math.max(...times)])} times the time of an A100 80GB, which holds it whole.`
      : `${questions.name(setup)} does not fit the RAM of ${setup.box} either.`,
  };
};

const disk: Checker<'disk'> = ({ part, ramGb }, { questions }) => {
  const answer = questions.ask([part], 'cpu', 'sequential', { offload: true, ramBytes: ramGb * GIB });
  const weights = answer?.plan.phases[0]?.devices[0]?.components.find((c) => c.name === 'weights');
  if (weights === undefined) {
    return unknown(MISSING);
  }
  const fitsRam = weights.bytes <= ramGb * GIB;
  return {
    verdict: fitsRam ? 'right' : 'partly',
    figure: gibibytes(weights.bytes),
    because: fitsRam
      ? `The weights fit ${ramGb} GB of RAM.`
      : `${questions.name(part)} is larger than ${ramGb} GB of RAM: mapped from disk it loads, but every token reads the missing part again.`,
  };
};

function overlap(a: Range, low: number, high: number): boolean {
  return a[0] <= high && a[1] >= low;
}

const price: Checker<'price'> = ({ card, low, high }, { prices, cards }) => {
  const offers = prices.filter((p) => p.card === parseBox(card, cards).cards[0]?.name);
  if (offers.length === 0) {
    return unknown(`The price table has no offer for ${card}.`);
  }
  const hourly = offers.map((p) => p.usdPerHour / p.count);
  const found: Range = [Math.min(...hourly), Math.max(...hourly)];
  const named = offers.map((p) => `${p.provider} ${(p.usdPerHour / p.count).toFixed(2)} (${p.date})`);
  return {
    verdict: overlap(found, low, high) ? 'right' : 'wrong',
    figure: `$${range(found, 2)}`,
    because: `${named.join(', ')}.`,
  };
};

const time: Checker<'time'> = ({ role, setups, low, high }, { questions }) => {
  const minutes = setups.flatMap((s) => {
    const total = questions.ask([s], s.box, 'sequential', { role })?.time?.totalSeconds;
    return total === undefined ? [] : [{ setup: s, range: [total[0] / 60, total[1] / 60] as const }];
  });
  if (minutes.length === 0) {
    return unknown('The prompts were not counted.');
  }
  const all: Range = [
    Math.min(...minutes.map((m) => m.range[0])),
    Math.max(...minutes.map((m) => m.range[1])),
  ];
  const each = minutes.map((m) => `${questions.name(m.setup)} on ${m.setup.box}: ${range(m.range, 1)} min`);
  return {
    verdict: overlap(all, low, high) ? 'right' : 'wrong',
    figure: `${range(all, 1)} min`,
    because: `${each.join('; ')}. A range until this machine has run it.`,
  };
};

const cost: Checker<'cost'> = ({ parts, boxes, low, high }, { questions }) => {
  const found = boxes.flatMap((box) => {
    const usd = questions.ask(parts, box, 'sequential')?.cost?.usd;
    return usd === undefined ? [] : [{ box, usd }];
  });
  if (found.length === 0) {
    return unknown('The price table has no offer for these cards.');
  }
  const all: Range = [Math.min(...found.map((f) => f.usd[0])), Math.max(...found.map((f) => f.usd[1]))];
  return {
    verdict: overlap(all, low, high) ? 'right' : 'wrong',
    figure: `$${range(all, 2)}`,
    because: `${found.map((f) => `${f.box}: $${range(f.usd, 2)}`).join('; ')}.`,
  };
};

/** Claims about quality, speed, prices and costs. */
export type UseCheck = Extract<
  ClaimCheck,
  { kind: 'quality' | 'offload' | 'disk' | 'price' | 'time' | 'cost' }
>;

/** Holds a claim of the guide about quality, speed, disk or cost against what the planner computes. */
export function checkUse(check: UseCheck, context: CheckContext): Result {
  switch (check.kind) {
    case 'quality':
      return quality(check, context);
    case 'offload':
      return offload(check, context);
    case 'disk':
      return disk(check, context);
    case 'price':
      return price(check, context);
    case 'time':
      return time(check, context);
    default:
      return cost(check, context);
  }
}
