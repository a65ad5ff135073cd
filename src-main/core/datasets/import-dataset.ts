import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type {
  DatasetInfo,
  ImportedAnswer,
  ImportedRow,
  ImportedVerdict,
  RowProblem,
} from '../../domain/dataset.ts';
import { sourceOf } from '../../domain/datasets/row-source.ts';
import type { RunOwner } from '../../domain/run.ts';
import type { NewImportedAnswer, NewJudge, NewRow, Store } from '../../store/api.ts';
import { canonicalJson, sha256, sha256Of } from '../hash.ts';
import { textFacts } from '../judging/text-facts.ts';
import { Problem } from '../problem.ts';
import { abandonImport, removeDeadImports } from './abandon-import.ts';
import { inspectFile } from './inspect-file.ts';
import { choicesOf, type Reading } from './preview.ts';
import { readRows } from './read-rows.ts';
import type { FileInspection } from './types.ts';

/**
 * One transaction: a tenth of a second of writing, for which a run that stores answers may have to wait. Smaller ones write
 * the pages of the index over hashes, which are hit at random, more often.
 */
const BATCH_ROWS = 4000;
/** Of rows that are long (a book as context) fewer are held at once. */
const BATCH_CHARACTERS = 1024 * 1024;
/** Problems kept word for word; the others are counted. Remarks about rows that were kept have room of their own. */
const PROBLEMS_KEPT = 1000;
const REMARKS_KEPT = 200;

export interface ImportRequest extends Reading {
  readonly path: string;
  /** Null takes the file's name without its ending. */
  readonly name: string | null;
}

export interface ImportProgress {
  readonly step: 'hashing' | 'reading';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly rows: number;
  readonly problems: number;
}

/**
 * Reads a file into the store. The same file under the same mapping is one dataset: a second import adds nothing. Whatever ends it
 * early (cancel, a full disk, a file without one good row) leaves nothing behind. Throws Problem REFUSED with a sentence.
 */
export async function importDataset(
  store: Store,
  owner: RunOwner,
  request: ImportRequest,
  signal: AbortSignal,
  onProgress: (progress: ImportProgress) => void,
): Promise<{ dataset: DatasetInfo; existed: boolean }> {
  const { path, kind } = request;
  const inspection = await inspectFile(path, { signal, ...(kind === null ? {} : { kind }) });
  if (inspection.problem !== null) throw new Problem('REFUSED', inspection.problem);
  const mapping = request.mapping ?? inspection.mapping;
  const fileSha256 = await hashFile(path, signal, onProgress);
  const shape = kind ?? inspection.kind ?? 'questions';
  const choices = madeChoices(request, inspection);
  const { besideSha256 } = inspection;
  const beside = besideSha256 === null ? {} : { beside: besideSha256 };
  await removeDeadImports(store);
  const begun = await store.call('datasets.begin', {
    sha256: sha256Of({ file: fileSha256, mapping, kind: shape, ...choices, ...beside }),
    fileSha256,
    name: request.name ?? baseName(path),
    kind: shape,
    sourceName: basename(path),
    mapping,
    owner,
  });
  if (begun.existed) {
    const dataset = await store.call('datasets.get', { dataset: begun.datasetId });
    if (dataset !== null) return { dataset, existed: true };
  }
  try {
    const found = await appendRows(store, begun.datasetId, { ...request, mapping }, signal, onProgress);
    signal.throwIfAborted();
    if (found.rows === 0) throw new Problem('REFUSED', noRows(basename(path), found.problems));
    const dataset = await store.call('datasets.finish', {
      datasetId: begun.datasetId,
      problems: found.problems,
      problemCount: found.problemCount,
    });
    return { dataset, existed: false };
  } catch (error) {
    await abandonImport(store, begun.datasetId);
    throw error;
  }
}

/** A choice that is what would be read anyway makes no other dataset. */
function madeChoices(request: ImportRequest, inspection: FileInspection): ReturnType<typeof choicesOf> {
  const { filter, system, ...others } = choicesOf(request);
  return {
    ...others,
    ...(filter === undefined || filter === inspection.filters[0] ? {} : { filter }),
    ...(system === undefined || system === inspection.system ? {} : { system }),
  };
}

function baseName(path: string): string {
  return (
    basename(path)
      .replace(/(\.(gz|zst))?$/, '')
      .replace(/\.[A-Za-z0-9]{1,7}$/, '') || basename(path)
  );
}

function noRows(name: string, problems: readonly RowProblem[]): string {
  const first = problems.find(({ kept }) => kept !== true) ?? problems[0];
  const why = first === undefined ? 'it holds no records' : first.problem.replace(/\.$/, '');
  return `Nothing was imported from ${name}: no record could be read as a question (${why}). Check which column holds the question.`;
}

async function hashFile(
  path: string,
  signal: AbortSignal,
  onProgress: (progress: ImportProgress) => void,
): Promise<string> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 })) {
    hash.update(chunk);
    done += chunk.length;
    onProgress({ step: 'hashing', bytesDone: done, bytesTotal: size, rows: 0, problems: 0 });
  }
  return hash.digest('hex');
}

async function appendRows(
  store: Store,
  datasetId: number,
  request: ImportRequest,
  signal: AbortSignal,
  onProgress: (progress: ImportProgress) => void,
): Promise<{ rows: number; problems: RowProblem[]; problemCount: number }> {
  const problems: RowProblem[] = [];
  let problemCount = 0;
  let remarkCount = 0;
  let rows = 0;
  let batch: NewRow[] = [];
  let characters = 0;
  let bytes = { done: 0, total: 0 };
  let writing: Promise<void> = Promise.resolve();
  const write = async (taken: NewRow[], at: typeof bytes): Promise<void> => {
    rows += (await store.call('datasets.append', { datasetId, rows: taken })).added;
    const { done, total } = at;
    onProgress({ step: 'reading', bytesDone: done, bytesTotal: total, rows, problems: problemCount });
  };
  const flush = async (): Promise<void> => {
    // One batch is written while the next is read; never more, so that memory stays flat.
    await writing;
    if (batch.length === 0) return;
    writing = write(batch, bytes);
    // Awaited above or at the end: until then its failure is no unhandled one.
    writing.catch(() => undefined);
    batch = [];
    characters = 0;
  };
  const read = readRows(request.path, {
    mapping: request.mapping,
    signal,
    ...choicesOf(request),
    ...(request.kind === null ? {} : { kind: request.kind }),
    onBytes: (done, total) => {
      bytes = { done, total };
    },
  });
  for await (const record of read) {
    if ('problem' in record) {
      const kept = record.kept === true;
      if (kept) remarkCount += 1;
      else problemCount += 1;
      if (kept ? remarkCount <= REMARKS_KEPT : problemCount <= PROBLEMS_KEPT) problems.push(record);
      continue;
    }
    const canonical = canonicalJson(record.record);
    const row = newRow(record, sha256(canonical));
    batch.push(row);
    characters += canonical.length + answerCharacters(row);
    if (batch.length >= BATCH_ROWS || characters >= BATCH_CHARACTERS) await flush();
  }
  await flush();
  await writing;
  return { rows, problems, problemCount };
}

/** How much of a row's answers is held; what is short does not count. */
function answerCharacters({ answers }: NewRow): number {
  return answers.reduce(
    (sum, { text, prompt, tokenLogprobs }) =>
      sum + text.length + (prompt?.length ?? 0) + 8 * (tokenLogprobs?.length ?? 0),
    0,
  );
}

function newRow(row: ImportedRow, rowSha256: string): NewRow {
  return {
    position: null,
    line: row.line,
    rowSha256,
    question: row.question,
    source: sourceOf(row.record, row.question),
    ...(row.sameQuestion === true ? { sameQuestion: true } : {}),
    answers: row.answers.map((answer) => newAnswer(answer, row.question.gold)),
  };
}

function newAnswer(answer: ImportedAnswer, gold: readonly string[]): NewImportedAnswer {
  return {
    system: answer.system,
    text: answer.text,
    sampleIndex: answer.sampleIndex,
    prompt: answer.prompt,
    tokenLogprobs: answer.tokenLogprobs,
    ...textFacts(answer.text, gold),
    judgments: answer.verdicts.map(newJudgment),
    ...(answer.own === undefined ? {} : { details: answer.own }),
  };
}

function newJudgment(given: ImportedVerdict): NewImportedAnswer['judgments'][number] {
  const { judge, human, verdict, score, reason, own } = given;
  return {
    judge: own?.judge ?? importedJudge(judge, human),
    verdict,
    score,
    reason,
    ...(own === undefined ? {} : { details: own }),
  };
}

/** A judge that came with a file is known by the name the file gave it. */
function importedJudge(name: string, human: boolean): NewJudge {
  const kind = human ? 'human' : 'imported';
  return {
    sha256: sha256Of({ imported: name, kind }),
    kind,
    name,
    modelSha256: null,
    promptId: null,
    promptSha256: null,
    labelOrder: null,
    mode: human ? 'human' : 'imported',
  };
}
