import { isUtf8 } from 'node:buffer';
import { isRecord } from '../../domain/datasets/fields.ts';
import { parseJson } from './json-text.ts';
import type { RawItem } from './raw.ts';
import { MAX_RECORD_BYTES, tooLong } from './raw.ts';

function itemOf(bytes: Buffer, line: number): RawItem | null {
  if (!isUtf8(bytes)) return { line, problem: `Line ${line} is not valid UTF-8. Save the file as UTF-8.` };
  const text = bytes.toString('utf8');
  if (text.trim() === '') return null;
  const parsed = parseJson(text);
  if (!parsed.ok) return { line, problem: `Line ${line} was left out: ${parsed.reason}.` };
  if (isRecord(parsed.value)) return { line, value: parsed.value };
  if (typeof parsed.value === 'string') return { line, value: { value: parsed.value } };
  return { line, problem: `Line ${line} was left out: it is JSON, but no object with fields.` };
}

/**
 * Reads JSON Lines: one object a line. A line that is no object is a problem and the next line is read. Empty lines
 * count, but bring nothing. A line longer than the limit is passed over without being held in memory.
 */
export async function* jsonLines(source: AsyncIterable<Buffer>): AsyncGenerator<RawItem[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 1;
  const take = (items: RawItem[], end: Buffer): void => {
    const bytes = restBytes === 0 ? end : Buffer.concat([...rest, end]);
    const item = restBytes + end.length > MAX_RECORD_BYTES ? tooLong(line) : itemOf(bytes, line);
    if (item !== null) items.push(item);
    rest = [];
    restBytes = 0;
    line++;
  };
  for await (const chunk of source) {
    const items: RawItem[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      take(items, chunk.subarray(start, end));
      start = end + 1;
    }
    const left = chunk.subarray(start);
    restBytes += left.length;
    // What is over the limit will be reported and thrown away: only its length is kept.
    if (restBytes <= MAX_RECORD_BYTES) rest.push(left);
    else rest = [];
    if (items.length > 0) yield items;
  }
  const last: RawItem[] = [];
  if (restBytes > 0) take(last, Buffer.alloc(0));
  if (last.length > 0) yield last;
}
