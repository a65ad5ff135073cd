import type { JudgeCounts, JudgeInfo, Run } from '../../domain/run.ts';
import type { ExportedAnswer, ExportedJudgment, Store } from '../../store/api.ts';
import { Problem } from '../problem.ts';

/** A run as an export reads it. */
export interface ExportSource {
  readonly run: Run;
  /** Of the run's phases in their order, then whoever else judged. Their `label` is unlike every other's. */
  readonly judges: readonly LabelledJudge[];
  readonly at: Date;
  readonly version: string;
  /** Answers in run order, some hundred at a time; each call walks from the beginning. */
  readonly pages: (tokens: boolean) => AsyncGenerator<ExportedAnswer[]>;
}

export interface LabelledJudge extends JudgeInfo {
  readonly label: string;
  readonly counts: JudgeCounts | null;
}

const PAGE = 200;

/** Throws Problem NOT_FOUND. */
export async function openSource(
  store: Store,
  runId: number,
  version: string,
  signal: AbortSignal,
): Promise<ExportSource> {
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  const judges = await store.call('judges.list', { runId });
  const counts = await store.call('runs.counts', { runId });
  const labels = uniqueLabels(judges);
  return {
    run,
    judges: judges.map((judge, at) => ({
      ...judge,
      label: labels[at] ?? judge.name,
      counts: counts.judges.find((counted) => counted.judge.id === judge.id) ?? null,
    })),
    at: new Date(),
    version,
    pages: (tokens) => pagesOf(store, runId, tokens, signal),
  };
}

async function* pagesOf(
  store: Store,
  runId: number,
  tokens: boolean,
  signal: AbortSignal,
): AsyncGenerator<ExportedAnswer[]> {
  let after = -1;
  for (;;) {
    signal.throwIfAborted();
    const page = await store.call('answers.export', { runId, after, limit: PAGE, tokens });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.position;
  }
}

/** Two judges may have one name (another prompt, another order of labels): what differs is added, at last a number. */
function uniqueLabels(judges: readonly JudgeInfo[]): string[] {
  const taken = new Set<string>();
  return judges.map((judge) => {
    const more = [judge.promptId, judge.labelOrder, judge.mode].filter((part) => part !== null).join(' ');
    let label = taken.has(judge.name) ? `${judge.name} (${more})` : judge.name;
    for (let n = 2; taken.has(label); n += 1) label = `${judge.name} ${n}`;
    taken.add(label);
    return label;
  });
}

/** The judgment of a judge that counts in the run (its own repeat's, else the newest): what every table shows. */
export function countedJudgment(answer: ExportedAnswer, judgeId: number): ExportedJudgment | null {
  const cell = answer.verdicts.find((verdict) => verdict.judgeId === judgeId);
  if (cell === undefined) return null;
  const own = answer.judgments.filter((judgment) => judgment.judge.id === judgeId);
  const same = own.filter(({ verdict, pCorrect }) => verdict === cell.verdict && pCorrect === cell.pCorrect);
  return same.at(-1) ?? own.at(-1) ?? null;
}

/** 1 correct, 0 incorrect, null for everything that is not scored. */
export function scored(judgment: { readonly verdict: string } | null): 0 | 1 | null {
  if (judgment?.verdict === 'correct') return 1;
  return judgment?.verdict === 'incorrect' ? 0 : null;
}

/** Accuracy over scored answers with its standard error, as Inspect and lm-eval compute it (n − 1); null without any. */
export function accuracyOf(counts: JudgeCounts | null): { value: number; stderr: number; n: number } | null {
  const n = (counts?.correct ?? 0) + (counts?.incorrect ?? 0);
  if (counts === null || n === 0) return null;
  const value = counts.correct / n;
  return { value, stderr: n < 2 ? 0 : Math.sqrt((value * (1 - value)) / (n - 1)), n };
}

/** The name of what answered: a model, or the system that a file named. */
export function systemOf({ run }: ExportSource, answer: ExportedAnswer | null): string {
  const generator = run.phases.find(({ role }) => role === 'generate');
  return answer?.system ?? generator?.modelName ?? 'unknown';
}

/** Neighbouring answers to one row by one system: the samples of a question. */
export async function* sampleGroups(source: ExportSource, tokens: boolean): AsyncGenerator<ExportedAnswer[]> {
  let group: ExportedAnswer[] = [];
  for await (const page of source.pages(tokens)) {
    for (const answer of page) {
      const [first] = group;
      if (first !== undefined && (first.rowId !== answer.rowId || first.system !== answer.system)) {
        yield group;
        group = [];
      }
      group.push(answer);
    }
  }
  if (group.length > 0) yield group;
}

/** Letters, digits and dashes: a name as part of a file's or a metric's. */
export function slug(name: string, separator = '-'): string {
  return (
    name
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, separator)
      .replace(/^[.-]+/, '')
      .slice(0, 80) || 'run'
  );
}
