import { filledText, isMissing, isRecord, listOf, textOf } from './fields.ts';
import type { FileRecord } from './fields.ts';

/** Fields that hold a passage's text, or several passages' as a list. */
const TEXT_FIELDS = ['text', 'content', 'paragraph_text', 'passage_text', 'contexts', 'passages', 'context'];

const joined = (sentences: unknown): string =>
  Array.isArray(sentences)
    ? sentences.map((sentence) => textOf(sentence).trim()).join(' ')
    : textOf(sentences);

/** A passage under its title (HotpotQA, 2WikiMultihopQA). */
const titled = (title: unknown, sentences: unknown): string => `${textOf(title)}\n${joined(sentences)}`;

function passageText(item: unknown): string {
  if (Array.isArray(item) && item.length === 2 && typeof item[0] === 'string' && Array.isArray(item[1]))
    return titled(item[0], item[1]);
  if (!isRecord(item)) return textOf(item);
  const field = TEXT_FIELDS.find((name) => !isMissing(item[name]));
  if (field !== undefined) return joined(item[field]);
  return Array.isArray(item['sentences']) ? titled(item['title'], item['sentences']) : textOf(item);
}

/** Passages of a context that is one object: columns of passages side by side, as Parquet has lists of objects. */
function passagesOf(context: FileRecord): readonly unknown[] {
  const sentences = listOf(context['sentences']);
  const titles = listOf(context['title']);
  if (sentences.length > 0 && sentences.length === titles.length)
    return titles.map((title, at) => titled(title, sentences[at]));
  const field = TEXT_FIELDS.find((name) => !isMissing(context[name]));
  if (field === undefined) return [context];
  const texts = context[field];
  return Array.isArray(texts) ? texts : [texts];
}

/** A context as text: its passages one after another, each with an empty line between. Null when there is none. */
export function contextText(value: unknown): string | null {
  if (isMissing(value)) return null;
  const passages = Array.isArray(value) ? value : isRecord(value) ? passagesOf(value) : [value];
  return filledText(
    passages
      .map(passageText)
      .filter((passage) => passage.trim() !== '')
      .join('\n\n'),
  );
}
