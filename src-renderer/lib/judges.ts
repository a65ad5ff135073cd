import type { JudgeInfo } from '../../src-main/domain/run.ts';

export interface JudgeLabel {
  /** For a column head: as short as it can be told from the others. */
  readonly short: string;
  /** Name, prompt, label order, mode. */
  readonly full: string;
}

const suffix = ({ promptId, labelOrder, kind }: JudgeInfo): string =>
  kind === 'model' || kind === 'api' ? [promptId, labelOrder].filter(Boolean).join(' ') : kind;

function fullName(judge: JudgeInfo): string {
  const parts = [
    judge.kind === 'human' ? 'a person' : null,
    judge.kind === 'imported' ? 'from the file' : null,
    judge.promptId === null ? null : `prompt “${judge.promptId}”`,
    judge.labelOrder === null ? null : `labels ${judge.labelOrder}`,
    judge.kind === 'model' || judge.kind === 'api' ? judge.mode : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? judge.name : `${judge.name} (${parts.join(', ')})`;
}

/** Names by judge id. Judges of one name are told apart by their prompt and label order. */
export function judgeLabels(judges: readonly JudgeInfo[]): ReadonlyMap<number, JudgeLabel> {
  const labels = new Map<number, JudgeLabel>();
  for (const judge of judges) {
    const same = judges.filter(({ name }) => name === judge.name);
    const extra = same.length > 1 ? ` · ${suffix(judge)}` : '';
    labels.set(judge.id, { short: `${judge.name}${extra}`, full: fullName(judge) });
  }
  return labels;
}
