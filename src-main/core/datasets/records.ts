import { utf8Bytes } from './byte-stream.ts';
import { bundleAnswers } from './bundle.ts';
import { csvRecords } from './csv-records.ts';
import type { CsvDialect } from './csv-scan.ts';
import { inspectSamples } from './inspect-archive.ts';
import { jsonLines } from './json-lines.ts';
import { jsonRecords } from './json-records.ts';
import { markdownRecords } from './markdown.ts';
import type { OpenedDataset, ReadProgress } from './opened.ts';
import { parquetRecords } from './parquet.ts';
import type { RawItem } from './raw.ts';

/** The text of a file of text as UTF-8. */
export function textOf(
  dataset: Omit<OpenedDataset, 'container'>,
  progress: ReadProgress,
): AsyncGenerator<Buffer> {
  const { path, compression, bytes, encoding } = dataset;
  return utf8Bytes(path, encoding ?? 'UTF-8', { compression, totalBytes: bytes, ...progress });
}

/** The records of an opened file from its beginning, a handful at a time, each with its line. */
export function recordsOf(dataset: OpenedDataset, progress: ReadProgress): AsyncGenerator<RawItem[]> {
  const { path, bytes, container, dialect, layout, table } = dataset;
  if (container === 'parquet') return parquetRecords(path, progress);
  if (container === 'zip') return inspectSamples(path, progress.signal, progress.onBytes, bytes);
  const text = container === 'bundle' ? bundleAnswers(path, bytes, progress) : textOf(dataset, progress);
  if (container === 'bundle') return jsonLines(text);
  if (container === 'jsonl') return jsonLines(text);
  if (container === 'json') return jsonRecords(text, layout ?? { kind: 'single' });
  if (container === 'markdown') return markdownRecords(text, table ?? []);
  const plain: CsvDialect = { delimiter: ',', quotes: true, newline: 'lf', skipSpace: false, header: true };
  return csvRecords(text, dialect ?? plain);
}
