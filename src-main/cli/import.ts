import { statSync } from 'node:fs';
import type { Command } from 'commander';
import type { ColumnMapping, DatasetInfo } from '../domain/dataset.ts';
import type { FilePreview } from '../domain/import.ts';
import { isShape, SHAPES } from '../domain/datasets/shapes.ts';
import { formatBytes } from '../domain/units.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { note, print, printJson, progressLine, progressText } from './output.ts';
import { type CliContext, grantFile, type Session, withSession } from './session.ts';

interface Options {
  readonly all?: boolean;
  readonly only?: string;
  readonly as?: string;
  readonly name?: string;
  readonly question?: string;
  readonly gold?: string;
  readonly context?: string;
  readonly id?: string;
  readonly filter?: string;
  readonly filtered?: boolean;
  readonly system?: string;
}

export function importCommand(program: Command, context: CliContext): void {
  program
    .command('import')
    .argument(
      '<file>',
      'CSV, TSV, JSON, JSONL, Parquet, results of another program, each also gzipped; or a folder',
    )
    .description('read a file of questions, or of answers made elsewhere, into the workbench')
    .option('--all', 'of a folder: every file in it that can be imported')
    .option('--only <numbers>', 'of a folder: some of its files, by their numbers in the list: 1,3-5')
    .option('--as <kind>', 'what to read it as, when the guess is wrong')
    .option('--name <name>', 'name of the dataset; the file name when left out')
    .option('--question <column>', 'the column with the question')
    .option('--gold <column>', 'the column with the right answer or answers')
    .option('--context <column>', 'the column with a context')
    .option('--id <column>', 'the column with an id')
    .option('--filter <name>', "lm-eval: whose rows are read, when the file has several filters' rows")
    .option('--filtered', 'lm-eval: the answer is what the filter extracted, not the whole response')
    .option('--system <name>', 'name under which the answers are kept, where the records do not name one')
    .action((file: string, options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const results = await importPath(session, file, options);
        const [first] = results;
        const one = options.all !== true && options.only === undefined;
        if (session.json) printJson(one ? first : results);
        else for (const { existed, ...dataset } of results) print(importText(dataset, existed));
      }),
    );
}

type Imported = DatasetInfo & { readonly existed: boolean };

/** A file, or those of a folder that were chosen. */
async function importPath(session: Session, path: string, options: Options): Promise<Imported[]> {
  const found = statSync(path);
  if (!found.isFile() && !found.isDirectory())
    throw new ExitWith(
      EXIT.usage,
      `${path} is a pipe or device, and a file is read twice: write it to a file first.`,
    );
  if (found.isDirectory()) {
    const file = grantFile(session, path);
    const folder = await session.client.datasets.inspect({ file, kind: null, mapping: null });
    return importFolder(session, folder, options);
  }
  if (options.all === true || options.only !== undefined)
    throw new ExitWith(EXIT.usage, `--all and --only are for folders; ${path} is a file.`);
  const { dataset, existed } = await importFile(session, path, options);
  return [{ ...dataset, existed }];
}

/** One file after the other; what is wrong with one is said, and the next is read. */
async function importFolder(session: Session, folder: FilePreview, options: Options): Promise<Imported[]> {
  const files = chosenFiles(folder, options);
  if (options.name !== undefined && files.length > 1)
    throw new ExitWith(EXIT.usage, `--name is for one file; ${files.length} were chosen.`);
  const results: Imported[] = [];
  let failed = 0;
  for (const { file, name } of files) {
    note(`${name}:`);
    try {
      const { dataset, existed } = await importGranted(session, file, options);
      results.push({ ...dataset, existed });
    } catch (error) {
      session.signal.throwIfAborted();
      failed += 1;
      note(`  ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failed === 0) return results;
  for (const { existed, ...dataset } of session.json ? [] : results) print(importText(dataset, existed));
  if (session.json) printJson(results);
  throw new ExitWith(EXIT.error, `${failed} of ${files.length} files were not imported: see above.`);
}

function chosenFiles(folder: FilePreview, { all, only }: Options): FilePreview['files'] {
  const { files } = folder;
  if (all === true) {
    if (files.length > 0) return files;
    throw new ExitWith(EXIT.error, folderText(folder));
  }
  const places = only === undefined ? null : placesOf(only, files.length);
  if (places === null || places.length === 0) throw new ExitWith(EXIT.usage, folderText(folder));
  return files.filter((_, at) => places.includes(at + 1));
}

/** "1,3-5" as numbers from 1 to the count. Null when it is anything else. */
function placesOf(text: string, count: number): number[] | null {
  const places = text.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === '' || first < 1 || last < first || last > count) return [Number.NaN];
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  return places.some(Number.isNaN) ? null : places;
}

/** Imports the file at a path as the options say. Throws ExitWith or the core's Problem with a sentence. */
export async function importFile(
  session: Session,
  file: string,
  options: Options,
): Promise<{ dataset: DatasetInfo; existed: boolean }> {
  return importGranted(session, grantFile(session, file), options);
}

async function importGranted(
  session: Session,
  grant: string,
  options: Options,
): Promise<{ dataset: DatasetInfo; existed: boolean }> {
  const kind = options.as ?? null;
  const choices = {
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    ...(options.filtered === undefined ? {} : { filteredAnswers: options.filtered }),
    ...(options.system === undefined ? {} : { system: options.system }),
  };
  const preview = await session.client.datasets.inspect({ file: grant, kind, mapping: null, ...choices });
  if (preview.problem === null) note(preview.why);
  for (const notice of preview.notices) note(notice);
  if (preview.kind === 'folder') throw new ExitWith(EXIT.usage, folderText(preview));
  const { filters = [] } = preview;
  if (options.filter !== undefined && filters.length > 0 && !filters.includes(options.filter)) {
    throw new ExitWith(EXIT.usage, `--filter is one of: ${filters.join(', ')}.`);
  }
  const overruled = {
    question: options.question,
    gold: options.gold,
    context: options.context,
    id: options.id,
  };
  const changed = Object.fromEntries(Object.entries(overruled).filter(([, column]) => column !== undefined));
  refuseUnknownColumns(changed, preview);
  const mapping =
    preview.mapping === null || Object.keys(changed).length === 0 ? null : { ...preview.mapping, ...changed };
  if (preview.mapping !== null && preview.problem === null) note(mappingText(mapping ?? preview.mapping));
  const line = progressLine();
  let result: { dataset: DatasetInfo; existed: boolean } | null = null;
  const events = await session.client.datasets.import(
    { file: grant, name: options.name ?? null, kind, mapping, ...choices },
    { signal: session.signal },
  );
  for await (const event of events) {
    if (event.kind === 'done') result = event;
    else line.show(progressText(event.progress, true));
  }
  line.end();
  if (result === null) throw new Error('the import ended without a dataset');
  return result;
}

/** A name that is no column made every question empty. What is not a plain name ("turns[0]", "A|B") is looked up by the reader. */
function refuseUnknownColumns(chosen: Record<string, string | undefined>, { columns }: FilePreview): void {
  const names = columns.map(({ name }) => name);
  for (const [option, column] of Object.entries(chosen)) {
    if (column === undefined || names.length === 0 || /[|[\].]/.test(column) || names.includes(column))
      continue;
    throw new ExitWith(
      EXIT.usage,
      `--${option}: there is no column "${column}". The columns are: ${names.join(', ')}.`,
    );
  }
}

/** Which column is what, as the page shows before an import: a wrong guess would be seen only in the answers. */
function mappingText({ question, gold, context, id }: ColumnMapping): string {
  const parts = Object.entries({ question, gold, context, id })
    .filter(([, column]) => column !== null)
    .map(([part, column]) => `${part} is "${column}"`);
  return `Columns: ${parts.join(', ')}. Not so? Say it with --question, --gold, --context, --id.`;
}

/** What is in a folder that could be imported, numbered, and how to choose. */
function folderText({ name, problem, files }: FilePreview): string {
  const lines = files.map(
    (file, at) =>
      `${String(at + 1).padStart(4)}  ${file.name}  (${isShape(file.kind) ? SHAPES[file.kind].label : file.kind}, ${formatBytes(file.bytes)})`,
  );
  const how = files.length === 0 ? [] : ['Import all of them with --all, or some with --only 1,3-5.'];
  return [`${name} is a folder. ${problem ?? ''}`, ...lines, ...how].join('\n');
}

function importText(dataset: DatasetInfo, existed: boolean): string {
  const counted = (count: number, one: string): string =>
    `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
  const rows = counted(dataset.rows, 'question');
  const remarks = dataset.problems.filter(({ kept }) => kept === true);
  const lost = dataset.problems.filter(({ kept }) => kept !== true);
  const lines = [
    existed
      ? `${dataset.name} is there already (${rows}); nothing was added.`
      : `Imported ${rows} as "${dataset.name}".`,
  ];
  if (dataset.withoutGold > 0) {
    const have = dataset.withoutGold === 1 ? 'has' : 'have';
    lines.push(`${dataset.withoutGold.toLocaleString('en')} ${have} no gold answer.`);
  }
  if (dataset.systems.length > 0)
    lines.push(
      `Answers of ${dataset.systems.join(', ')} came with it. To judge them: assize judge --dataset ${dataset.id} --judge MODEL`,
    );
  if (dataset.problemCount > 0) {
    lines.push(`${counted(dataset.problemCount, 'record')} could not be read:`);
    for (const { problem } of lost.slice(0, 5)) lines.push(`  ${problem}`);
  }
  if (remarks.length > 0) {
    lines.push('Worth a look, in records that were imported:');
    for (const { problem } of remarks.slice(0, 5)) lines.push(`  ${problem}`);
  }
  return lines.join('\n');
}
