import type { ExportedAnswer } from '../../store/api.ts';
import { csvLine } from './csv.ts';
import { questions } from './outputs.ts';
import { accuracyOf, countedJudgment, type ExportSource, scored, systemOf } from './source.ts';

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

/** promptfoo's results, version 3: a result an answer, a component result a judge; passed when the first judge says so. */
export async function* promptfooJson(source: ExportSource): AsyncGenerator<string> {
  const { run } = source;
  const provider = systemOf(source, null);
  const accuracy = accuracyOf(source.judges[0]?.counts ?? null);
  const passed = source.judges[0]?.counts?.correct ?? 0;
  const stats = {
    successes: passed,
    failures: run.answered - passed,
    errors: run.total - run.answered,
    tokenUsage: { total: 0, prompt: 0, completion: 0, cached: 0, numRequests: run.answered },
  };
  const prompt = { raw: '{{question}}', label: `${run.experiment.prompt.style} prompt` };
  const results = {
    version: 3,
    timestamp: source.at.toISOString(),
    prompts: [{ ...prompt, provider, metrics: { score: accuracy?.value ?? 0 } }],
    stats,
  };
  const whole = { evalId: `assize-${run.id}`, results };
  yield `${JSON.stringify(whole).slice(0, -2)},"results":[`;
  let testIdx = -1;
  let last = -1;
  let first = true;
  for await (const page of source.pages(true)) {
    for (const answer of page) {
      if (answer.rowId !== last) testIdx += 1;
      last = answer.rowId;
      if (answer.answer === null) continue;
      yield `${first ? '' : ','}\n${JSON.stringify(resultOf(source, answer, testIdx))}`;
      first = false;
    }
  }
  const description = `${run.name} (Assize run ${run.id})`;
  yield `\n]},"config":${JSON.stringify({ description })},"shareableUrl":null,"metadata":{}}\n`;
}

function resultOf(source: ExportSource, answer: ExportedAnswer, testIdx: number): Record<string, unknown> {
  const vars = {
    ...(answer.externalId === null ? {} : { id: answer.externalId }),
    question: answer.question,
    ...(answer.context === null ? {} : { context: answer.context }),
    expected: answer.gold.length === 1 ? answer.gold[0] : answer.gold,
  };
  const components = source.judges.flatMap((judge) => {
    const counted = countedJudgment(answer, judge.id);
    const score = scored(counted);
    if (counted === null || score === null) return [];
    return [
      {
        pass: score === 1,
        score: counted.pCorrect ?? score,
        reason: counted.reason ?? counted.raw ?? counted.verdict,
        assertion: { type: judge.kind === 'human' ? 'human' : 'factuality', value: judge.label },
      },
    ];
  });
  const [main] = components;
  const system = systemOf(source, answer);
  return {
    promptIdx: 0,
    testIdx,
    promptId: `assize-${answer.promptSha256 ?? 'imported'}`,
    vars,
    prompt: { raw: answer.renderedPrompt ?? answer.question, label: 'prompt' },
    provider: { id: system, label: system },
    testCase: { vars, assert: [{ type: 'factuality', value: expected(answer.gold) }] },
    response: { output: answer.answer, ...(answer.logprobs === null ? {} : { logProbs: answer.logprobs }) },
    success: main?.pass ?? false,
    score: main?.score ?? 0,
    failureReason: main?.pass === true ? 0 : 1,
    latencyMs: answer.durationMs ?? 0,
    namedScores: {},
    ...(main === undefined
      ? { gradingResult: null }
      : {
          gradingResult: {
            pass: main.pass,
            score: main.score,
            reason: main.reason,
            componentResults: components,
          },
        }),
  };
}
