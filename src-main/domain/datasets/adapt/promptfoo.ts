import type { ImportedVerdict } from '../../dataset.ts';
import { filledText, isRecord, listOf, lookup, textOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer, finiteNumbers } from './adapted.ts';
import type { Adapter } from './adapted.ts';

// Assertions whose value is the expected answer itself, not code, a rubric or a threshold.
const EXPECTING =
  /^(?:i?equals|i?contains|factuality|model-graded-factuality|similar|answer-equals|starts-with)$/;

/** Gold answers told by the test's assertions; "equals:" and the like in a CSV's __expected are promptfoo's own. */
function expectedOf(result: FileRecord): string[] {
  const listed = listOf(lookup(result, 'testCase.assert') ?? lookup(result, 'test.assert'));
  return listed.filter(isRecord).flatMap((assertion) => {
    const value = assertion['value'];
    return EXPECTING.test(textOf(assertion['type'])) && typeof value === 'string' ? [value] : [];
  });
}

/** promptfoo's own: the result is an error, so that success false says nothing of the answer. */
const ERROR = 2;

function verdictsOf(result: FileRecord, own: boolean): ImportedVerdict[] {
  const grading = isRecord(result['gradingResult']) ? result['gradingResult'] : {};
  const failed = result['failureReason'] === ERROR;
  const whole = own || failed ? null : parseVerdictLabel(grading['pass'] ?? result['success']);
  const reason = filledText(grading['reason']);
  const names = new Map<string, number>();
  const parts = listOf(grading['componentResults'])
    .filter(isRecord)
    .flatMap((part) => {
      const type = filledText(lookup(part, 'assertion.type'));
      const parsed = parseVerdictLabel(part['pass']);
      if (type === null || parsed === null) return [];
      const name = filledText(lookup(part, 'assertion.metric')) ?? type;
      const count = (names.get(name) ?? 0) + 1;
      names.set(name, count);
      const judge = `${own ? '' : 'promptfoo '}${count === 1 ? name : `${name} ${count}`}`;
      return [{ judge, human: type === 'human', ...parsed, reason: filledText(part['reason']) }];
    });
  return whole === null ? parts : [{ judge: 'promptfoo', human: false, ...whole, reason }, ...parts];
}

function systemOf(result: FileRecord, fallback: string | null, own: boolean): string {
  const provider = isRecord(result['provider'])
    ? (filledText(result['provider']['label']) ?? filledText(result['provider']['id']))
    : filledText(result['provider']);
  const name = fallback ?? provider ?? 'promptfoo';
  const prompt = result['promptIdx'];
  // Several prompts are several systems: an answer is told by its question and the system alone.
  return typeof prompt === 'number' && prompt > 0 && !own ? `${name} (prompt ${prompt + 1})` : name;
}

/**
 * A result of promptfoo: a test's variables are the question, the provider's output the answer. The verdict as a
 * whole is "promptfoo"; each assertion's is "promptfoo <metric or type>", and a person's rating (type "human") is human. Results
 * that an Assize wrote name their judges, and the samples of a question are told by what we noted in them.
 */
export const promptfoo: Adapter = (result, context) => {
  const vars = isRecord(result['vars']) ? result['vars'] : {};
  const expected = expectedOf(result);
  const named = Object.keys(vars).some((name) => name.toLowerCase() === 'expected');
  const raw = filledText(lookup(result, 'prompt.raw')) ?? filledText(result['prompt']);
  const record = {
    ...vars,
    ...(expected.length > 0 && !named ? { expected } : {}),
    ...(Object.keys(vars).length === 0 ? { prompt: raw } : {}),
  };
  const output = lookup(result, 'response.output') ?? lookup(result, 'response.text') ?? result['output'];
  const logprobs = lookup(result, 'response.logProbs');
  const own = lookup(result, 'metadata.assize');
  const sample = isRecord(own) ? own['sample'] : null;
  const given = answer(systemOf(result, context.system, isRecord(own)), textOf(output), {
    sampleIndex: typeof sample === 'number' ? sample : 0,
    prompt: raw,
    tokenLogprobs: finiteNumbers(listOf(logprobs)),
    verdicts: verdictsOf(result, isRecord(own)),
  });
  const answered = output !== undefined && output !== null;
  const test = result['testIdx'];
  const row = isRecord(own) ? filledText(own['row']) : null;
  const key = row ?? (typeof test === 'number' ? `${test}` : JSON.stringify(record));
  return { rows: [{ record, answers: answered ? [given] : [], key }] };
};
