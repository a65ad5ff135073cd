import type { JudgeInfo } from '../../src-main/domain/run.ts';

export interface JudgeLabel {
  /** For a column head: as short as it can be told from the others. */
  readonly short: string;
  /** Name, prompt, label order, mode. */
  readonly full: string;
  /** The same in two parts, for two lines: the name, and what else tells the judge ("strict, labels BA, next-token"). */
  readonly name: string;
  readonly traits: string;
}

const isModel = ({ kind }: JudgeInfo): boolean => kind === 'model' || kind === 'api';

/** "SmolLM2-135M-Instruct.Q4_1 (strict)" without what stands behind it, which the other fields say too. */
const modelName = (name: string): string => name.replace(/\s*\([^)]*\)$/, '').replace(/\.gguf$/i, '');

const QUANTIZATION = /[-_. ](I?Q\d\w*|BF16|F16|F32)$/i;

/** "SmolLM2-135M-Instruct.Q4_1 (strict)" as "SmolLM2-135M": what a narrow column has room for. */
const briefName = (name: string): string =>
  modelName(name)
    .replace(QUANTIZATION, '')
    .replace(/[-_ ](instruct|chat|it)$/i, '');

/** What tells judges of one model apart, the shortest first. */
const FACETS: readonly ((judge: JudgeInfo) => string | null)[] = [
  ({ name }) => QUANTIZATION.exec(modelName(name))?.[1] ?? null,
  ({ labelOrder }) => labelOrder,
  ({ promptId }) => promptId,
  // The usual one goes without saying.
  ({ mode }) => (mode === 'next-token' ? null : mode),
];

function fullName(judge: JudgeInfo): { readonly name: string; readonly traits: string } {
  const { kind, promptId, labelOrder, mode, name } = judge;
  const parts = [
    kind === 'human' ? 'a person' : null,
    kind === 'imported' ? 'from the file' : null,
    promptId === null ? null : isModel(judge) ? promptId : `prompt “${promptId}”`,
    labelOrder === null ? null : `labels ${labelOrder}`,
    isModel(judge) ? mode : null,
  ].filter((part) => part !== null);
  return { name: isModel(judge) ? modelName(name) : name, traits: parts.join(', ') };
}

/**
 * Only what differs, and first: a narrow column cuts the end. Where all judges are one model its name tells nothing, and is left out
 * as soon as two other things are said.
 */
function shortName(judge: JudgeInfo, judges: readonly JudgeInfo[]): string {
  if (!isModel(judge)) return judge.name;
  const brief = briefName(judge.name);
  const models = judges.filter(isModel);
  const same = models.filter(({ name }) => briefName(name) === brief);
  const differing = FACETS.filter((facet) => new Set(same.map(facet)).size > 1)
    .map((facet) => facet(judge))
    .filter((part) => part !== null);
  if (differing.length === 0) return brief;
  const own = differing.join(' ');
  return differing.length > 1 && same.length === models.length ? own : `${own} · ${brief}`;
}

/** Names by judge id, no two the same: judges of one model are told apart by quantization, prompt, label order and mode. */
export function judgeLabels(judges: readonly JudgeInfo[]): ReadonlyMap<number, JudgeLabel> {
  const short = judges.map((judge) => shortName(judge, judges));
  const parts = judges.map(fullName);
  const full = parts.map(({ name, traits }) => (traits === '' ? name : `${name} (${traits})`));
  return new Map(
    judges.map(({ id }, index) => {
      const { name = '', traits = '' } = parts[index] ?? {};
      const whole = distinct(full, index, id);
      const number = whole === full[index] ? '' : ` #${id}`;
      return [id, { short: distinct(short, index, id), full: whole, name: `${name}${number}`, traits }];
    }),
  );
}

/** Versions of one prompt, or two people of one name, differ in nothing that is shown: then their number tells. */
function distinct(names: readonly string[], index: number, id: number): string {
  const name = names[index] ?? '';
  return names.filter((other) => other === name).length > 1 ? `${name} #${id}` : name;
}
