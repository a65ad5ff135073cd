import type { ExportedAnswer } from '../../store/api.ts';
import { csvLine } from './csv.ts';
import { rowName } from './jsonl.ts';
import { questions } from './outputs.ts';
import { countedJudgment, type ExportSource, scored, systemOf } from './source.ts';

/** promptfoo has one expected answer an assertion: several accepted ones are offered in words. */
function expected(gold: readonly string[]): string {
  return gold.join(' or ');
}

/** Tests for promptfoo: a column a variable, and `__expected`, which its factuality assertion grades. */
export async function* promptfooCsv(source: ExportSource): AsyncGenerator<string> {
  yield csvLine(['id', 'question', 'context', '__expected']);
  for await (const answer of questions(source)) {
    const assertion = answer.gold.length === 0 ? null : `factuality:${expected(answer.gold)}`;
    yield csvLine([answer.externalId, answer.question, answer.context, assertion]);
  }
}

/** What promptfoo counts of a prompt's column: here a system. */
interface Column {
  readonly system: string;
  readonly promptIdx: number;
  passed: number;
  failed: number;
  errors: number;
  assertsPassed: number;
  assertsFailed: number;
  score: number;
  latencyMs: number;
}

/**
 * promptfoo's results, version 3: a column a system, a result an answer, a component result a judge, whose name is the
 * assertion's metric. A result passes or fails as its first judge says; where that gave no verdict it is an error, which promptfoo
 * counts for itself.
 */
export async function* promptfooJson(source: ExportSource): AsyncGenerator<string> {
  const { run } = source;
  const head = { evalId: `assize-${run.id}`, results: { version: 3, timestamp: source.at.toISOString() } };
  yield `${JSON.stringify(head).slice(0, -2)},"results":[`;
  const columns = new Map<string, Column>();
  const testOf = numberTests();
  let first = true;
  for await (const page of source.pages(true)) {
    for (const answer of page) {
      if (answer.answer === null) continue;
      const column = columnOf(columns, systemOf(source, answer));
      const result = resultOf(source, answer, column, testOf(answer));
      yield `${first ? '' : ','}\n${JSON.stringify(result)}`;
      first = false;
    }
  }
  const all = [...columns.values()];
  const sum = (count: (column: Column) => number): number =>
    all.reduce((total, column) => total + count(column), 0);
  const stats = {
    successes: sum(({ passed }) => passed),
    failures: sum(({ failed }) => failed),
    errors: sum(({ errors }) => errors),
    tokenUsage: NO_TOKENS,
  };
  const prompts = all.map((column) => promptOf(run.experiment.prompt.style, column));
  const config = { description: `${run.name} (Assize run ${run.id})` };
  const rest = { config, shareableUrl: null, metadata: {} };
  yield `\n],"prompts":${JSON.stringify(prompts)},"stats":${JSON.stringify(stats)}},${JSON.stringify(rest).slice(1)}\n`;
}

/** A sample is a test of its own, as promptfoo's --repeat makes them: promptfoo shows one result a test and column. */
function numberTests(): (answer: ExportedAnswer) => number {
  let rowId: number | null = null;
  let next = 0;
  let ofRow = new Map<number, number>();
  return (answer) => {
    // The answers to a row come one after another.
    if (answer.rowId !== rowId) ofRow = new Map();
    ({ rowId } = answer);
    const known = ofRow.get(answer.sampleIndex);
    if (known !== undefined) return known;
    ofRow.set(answer.sampleIndex, next);
    next += 1;
    return next - 1;
  };
}

const NO_TOKENS = { total: 0, prompt: 0, completion: 0, cached: 0, numRequests: 0 };

function columnOf(columns: Map<string, Column>, system: string): Column {
  const known = columns.get(system);
  if (known !== undefined) return known;
  const zero = {
    passed: 0,
    failed: 0,
    errors: 0,
    assertsPassed: 0,
    assertsFailed: 0,
    score: 0,
    latencyMs: 0,
  };
  const column = { system, promptIdx: columns.size, ...zero };
  columns.set(system, column);
  return column;
}

function promptOf(style: string, column: Column): Record<string, unknown> {
  return {
    raw: '{{question}}',
    label: `${style} prompt`,
    provider: column.system,
    metrics: {
      score: column.score,
      testPassCount: column.passed,
      testFailCount: column.failed,
      testErrorCount: column.errors,
      assertPassCount: column.assertsPassed,
      assertFailCount: column.assertsFailed,
      totalLatencyMs: column.latencyMs,
      tokenUsage: NO_TOKENS,
      namedScores: {},
      namedScoresCount: {},
      cost: 0,
    },
  };
}

interface Component {
  readonly pass: boolean;
  readonly score: number;
  readonly reason: string;
  readonly assertion: { readonly type: string; readonly metric: string };
}

/** Each judge's scored verdict; the first judge's is null where it gave none. */
function componentsOf(source: ExportSource, answer: ExportedAnswer): (Component | null)[] {
  return source.judges.map((judge) => {
    const counted = countedJudgment(answer, judge.id);
    const score = scored(counted);
    if (counted === null || score === null) return null;
    return {
      pass: score === 1,
      score: counted.pCorrect ?? score,
      reason: counted.reason ?? counted.raw ?? counted.note ?? counted.verdict,
      assertion: { type: judge.kind === 'human' ? 'human' : 'factuality', metric: judge.label },
    };
  });
}

function count(
  column: Column,
  main: Component | null,
  components: readonly Component[],
  latencyMs: number,
): void {
  if (main === null) column.errors += 1;
  else if (main.pass) column.passed += 1;
  else column.failed += 1;
  column.assertsPassed += components.filter(({ pass }) => pass).length;
  column.assertsFailed += components.filter(({ pass }) => !pass).length;
  column.score += main?.score ?? 0;
  column.latencyMs += latencyMs;
}

/** promptfoo's reasons why a result is no success. */
const FAILURE = { none: 0, assertion: 1, error: 2 } as const;

function resultOf(
  source: ExportSource,
  answer: ExportedAnswer,
  column: Column,
  testIdx: number,
): Record<string, unknown> {
  const vars = {
    ...(answer.externalId === null ? {} : { id: answer.externalId }),
    question: answer.question,
    ...(answer.context === null ? {} : { context: answer.context }),
    expected: answer.gold.length === 1 ? answer.gold[0] : answer.gold,
  };
  const judged = componentsOf(source, answer);
  const components = judged.filter((component) => component !== null);
  const main = judged[0] ?? null;
  const { promptIdx, system } = column;
  const latencyMs = answer.durationMs ?? 0;
  count(column, main, components, latencyMs);
  const [shown = null] = components;
  const judge = source.judges[0]?.label;
  return {
    promptIdx,
    testIdx,
    promptId: `assize-${answer.promptSha256 ?? 'imported'}`,
    vars,
    prompt: { raw: answer.renderedPrompt ?? answer.question, label: 'prompt' },
    provider: { id: system, label: system },
    testCase: { vars, assert: [{ type: 'factuality', value: expected(answer.gold) }] },
    response: { output: answer.answer, ...(answer.logprobs === null ? {} : { logProbs: answer.logprobs }) },
    success: main?.pass ?? false,
    score: main?.score ?? 0,
    failureReason: main === null ? FAILURE.error : main.pass ? FAILURE.none : FAILURE.assertion,
    ...(main === null
      ? { error: judge === undefined ? 'No judge was asked.' : `"${judge}" gave no verdict.` }
      : {}),
    latencyMs,
    namedScores: Object.fromEntries(
      components.map(({ score, assertion }) => [assertion.metric, score] as const),
    ),
    gradingResult:
      shown === null
        ? null
        : {
            pass: main?.pass ?? false,
            score: main?.score ?? 0,
            reason: (main ?? shown).reason,
            componentResults: components,
          },
    // What tells an answer of this row from those of others, and makes the file known as ours.
    metadata: { assize: { row: rowName(answer), sample: answer.sampleIndex } },
  };
}
