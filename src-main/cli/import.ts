import type { Command } from 'commander';
import type { DatasetInfo } from '../domain/dataset.ts';
import type { FilePreview } from '../domain/import.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { note, print, printJson, progressLine, progressText } from './output.ts';
import { type CliContext, grantFile, type Session, withSession } from './session.ts';

interface Options {
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
    .argument('<file>', 'CSV, TSV, JSON, JSONL, Parquet, or results of another program; each also gzipped')
    .description('read a file of questions, or of answers made elsewhere, into the workbench')
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
        const { dataset, existed } = await importFile(session, file, options);
        if (session.json) return printJson({ ...dataset, existed });
        return print(importText(dataset, existed));
      }),
    );
}

export async function importFile(
  session: Session,
  file: string,
  options: Options,
): Promise<{ dataset: DatasetInfo; existed: boolean }> {
  const grant = grantFile(session, file);
  const kind = options.as ?? null;
  const choices = {
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    ...(options.filtered === undefined ? {} : { filteredAnswers: options.filtered }),
    ...(options.system === undefined ? {} : { system: options.system }),
  };
  const preview = await session.client.datasets.inspect({ file: grant, kind, mapping: null, ...choices });
  note(preview.why);
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
  const mapping =
    preview.mapping === null || Object.keys(changed).length === 0 ? null : { ...preview.mapping, ...changed };
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

/** A folder is not imported: what is in it that could be. */
function folderText({ name, problem, files }: FilePreview): string {
  const lines = files.map((file) => `  ${file.name}  (${file.kind})`);
  return [`${name} is a folder. ${problem ?? ''}`, ...lines].join('\n');
}

function importText(dataset: DatasetInfo, existed: boolean): string {
  const rows = dataset.rows.toLocaleString('en');
  const remarks = dataset.problems.filter(({ kept }) => kept === true);
  const lost = dataset.problems.filter(({ kept }) => kept !== true);
  const lines = [
    existed
      ? `${dataset.name} is there already (${rows} questions); nothing was added.`
      : `Imported ${rows} questions as "${dataset.name}".`,
  ];
  if (dataset.withoutGold > 0) lines.push(`${dataset.withoutGold.toLocaleString('en')} have no gold answer.`);
  if (dataset.systems.length > 0) lines.push(`Answers of ${dataset.systems.join(', ')} came with it.`);
  if (dataset.problemCount > 0) {
    lines.push(`${dataset.problemCount.toLocaleString('en')} records could not be read:`);
    for (const { problem } of lost.slice(0, 5)) lines.push(`  ${problem}`);
  }
  if (remarks.length > 0) {
    lines.push('Worth a look, in records that were imported:');
    for (const { problem } of remarks.slice(0, 5)) lines.push(`  ${problem}`);
  }
  return lines.join('\n');
}
