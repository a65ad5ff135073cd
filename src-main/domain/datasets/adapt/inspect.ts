import type { ImportedVerdict } from '../../dataset.ts';
import { filledText, isRecord, listOf, lookup, textOf } from '../fields.ts';
import type { FileRecord } from '../fields.ts';
import { messageText, transcript } from '../messages.ts';
import { parseVerdictLabel } from '../verdict-labels.ts';
import { answer, finiteNumbers } from './adapted.ts';
import type { Adapter } from './adapted.ts';

const ATTACHMENT = /^attachment:\/\/([0-9a-f]{8,64})$/;

/** Inspect moves long texts out of a sample into `attachments` and leaves "attachment://<hash>" in their place. */
function withAttachments(value: unknown, attachments: FileRecord): unknown {
  if (typeof value === 'string') {
    const found = attachments[ATTACHMENT.exec(value)?.[1] ?? ''];
    return found ?? value;
  }
  if (Array.isArray(value)) return value.map((item) => withAttachments(item, attachments));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withAttachments(item, attachments)]),
  );
}

function verdict(judge: string, value: unknown, human: boolean, reason: string | null): ImportedVerdict {
  const parsed = parseVerdictLabel(value) ?? { verdict: 'unparsed' as const, score: null };
  return { judge, human, ...parsed, reason };
}

/** A score whose value is a dictionary counts by its parts; a list has no single verdict. */
function verdictsOfValue(
  judge: string,
  value: unknown,
  human: boolean,
  reason: string | null,
): ImportedVerdict[] {
  if (isRecord(value)) {
    return Object.entries(value).map(([part, inner]) => verdict(`${judge}/${part}`, inner, human, reason));
  }
  return [verdict(judge, value, human, reason)];
}

/**
 * One scorer's verdicts: its own, and where a person edited the score, the person's as well. The history begins with
 * the original score; an edit carries who made it.
 */
function verdictsOfScore(name: string, score: FileRecord): ImportedVerdict[] {
  const reason = filledText(score['explanation']);
  const history = listOf(score['history']).filter(isRecord);
  const edits = history.filter((edit) => isRecord(edit['provenance']));
  const last = edits.at(-1);
  if (last === undefined) return verdictsOfValue(name, score['value'], false, reason);
  const author = filledText(lookup(last, 'provenance.author')) ?? 'human';
  const original = history.find((edit) => !isRecord(edit['provenance']) && edit['value'] !== 'UNCHANGED');
  const first =
    original === undefined
      ? []
      : verdictsOfValue(name, original['value'], false, filledText(original['explanation']));
  const why = filledText(lookup(last, 'provenance.reason')) ?? reason;
  return [...first, ...verdictsOfValue(author, score['value'], true, why)];
}

function verdictsOf(sample: FileRecord): ImportedVerdict[] {
  const scores = isRecord(sample['scores']) ? sample['scores'] : {};
  const single = isRecord(sample['score']) ? { score: sample['score'] } : {};
  return Object.entries({ ...single, ...scores }).flatMap(([name, score]) =>
    isRecord(score) ? verdictsOfScore(name, score) : [],
  );
}

function promptOf(messages: readonly unknown[]): string | null {
  const last = messages.findLastIndex((message) => isRecord(message) && message['role'] === 'assistant');
  return transcript(last === -1 ? messages : messages.slice(0, last));
}

/**
 * A sample of an Inspect log: the question is its input, target and choices; the answer is the model's completion,
 * with one verdict a scorer, those of people marked as such. The epoch is the sample index. A sample that ended
 * without output brings its question alone.
 */
export const inspect: Adapter = (raw, context) => {
  const attachments = isRecord(raw['attachments']) ? raw['attachments'] : {};
  const resolve = (value: unknown): unknown => withAttachments(value, attachments);
  const epochs = Number(lookup(context.header ?? {}, 'eval.config.epochs') ?? 1);
  const record = {
    id: raw['id'] ?? null,
    input: resolve(raw['input']) ?? null,
    target: resolve(raw['target']) ?? null,
    ...(Array.isArray(raw['choices']) && raw['choices'].length > 0 ? { choices: raw['choices'] } : {}),
    // A solver may write into the metadata, so that they differ between the epochs of one question.
    ...(isRecord(raw['metadata']) && Object.keys(raw['metadata']).length > 0 && epochs <= 1
      ? { metadata: raw['metadata'] }
      : {}),
  };
  const output = isRecord(raw['output']) ? raw['output'] : {};
  const choice = listOf(output['choices'])[0];
  const message = isRecord(choice) ? choice['message'] : null;
  const text = resolve(
    message === null || message === undefined ? output['completion'] : messageText(resolve(message)),
  );
  const system =
    context.system ?? filledText(lookup(context.header ?? {}, 'eval.model')) ?? textOf(output['model']);
  const tokens = isRecord(choice) ? listOf(lookup(choice, 'logprobs.content')) : [];
  const epoch = typeof raw['epoch'] === 'number' && raw['epoch'] > 1 ? raw['epoch'] : 1;
  const messages = listOf(resolve(raw['messages']));
  const given = answer(system || 'inspect', textOf(text), {
    sampleIndex: epoch - 1,
    prompt: promptOf(messages),
    tokenLogprobs: finiteNumbers(tokens.map((token) => (isRecord(token) ? token['logprob'] : null))),
    verdicts: verdictsOf(raw),
  });
  const answered = typeof text === 'string' && (choice !== undefined || text !== '');
  return { rows: [{ record, answers: answered ? [given] : [], key: textOf(raw['id']) || null }] };
};
