import type { JudgeInfo } from '../../src-main/domain/run.ts';

export interface JudgeLabel {
  /** For a column head: as short as it can be told from the others. */
  readonly short: string;
  /** Name, prompt, label order, mode. */
  readonly full: string;
}

const suffix = ({ promptId, labelOrder, kind }: JudgeInfo): string =>
  kind === 'model' || kind === 'api' ? [promptId, labelOrder].filter(Boolean).join(' ') : kind;

/** "SmolLM2-135M-Instruct.Q4_1 (strict)" as "SmolLM2-135M": what a narrow column has room for. */
const briefName = (name: string): string =>
  name
    .replace(/\s*\([^)]*\)$/, '')
    .replace(/\.gguf$/i, '')
    .replace(/[-_. ](I?Q\d\w*|BF16|F16|F32)$/i, '')
    .replace(/[-_ ](instruct|chat|it)$/i, '');

function fullName(judge: JudgeInfo): string {
  const parts = [
    judge.kind === 'human' ? 'a person' : null,
    judge.kind === 'imported' ? 'from the file' : null,
    judge.promptId === null || judge.name.includes(`(${judge.promptId})`)
      ? null
      : `prompt “${judge.promptId}”`,
    judge.labelOrder === null ? null : `labels ${judge.labelOrder}`,
    judge.kind === 'model' || judge.kind === 'api' ? judge.mode : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? judge.name : `${judge.name} (${parts.join(', ')})`;
}

/** Names by judge id. Judges of one name are told apart by their prompt and label order. */
export function judgeLabels(judges: readonly JudgeInfo[]): ReadonlyMap<number, JudgeLabel> {
  const labels = new Map<number, JudgeLabel>();
  for (const judge of judges) {
    const brief = briefName(judge.name);
    const same = judges.filter((other) => briefName(other.name) === brief);
    // What tells them apart comes first: a narrow column cuts the end.
    const short = same.length > 1 ? `${suffix(judge)} · ${brief}` : brief;
    labels.set(judge.id, { short, full: fullName(judge) });
  }
  return labels;
}
