import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import { guideHtml, guideJson, guideMarkdown, type Guide } from '../domain/planning/guide.ts';
import { addBoxOptions, type BoxFlags } from './box-options.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { note, print } from './output.ts';
import { datasetOf } from './run.ts';
import { type CliContext, withSession } from './session.ts';

interface Options extends BoxFlags {
  readonly dataset?: string;
  readonly output?: string;
}

const FORMS: Readonly<Record<string, (guide: Guide) => string>> = {
  '.md': guideMarkdown,
  '.html': guideHtml,
  '.json': guideJson,
};

export function guideCommand(program: Command, context: CliContext): void {
  const command = program
    .command('guide')
    .argument(
      '[models...]',
      'files, addresses or names; without any, the models of the guide that this replaces',
    )
    .description(
      'the GPU requirements guide, computed: models, scenarios, tiers, options, costs, and what it got wrong',
    )
    .option('--dataset <dataset>', 'what is asked, by name, id or file; a usual one when left out')
    .option(
      '-o, --output <file>',
      'guide.md, guide.html or guide.json; Markdown on the terminal when left out',
    );
  addBoxOptions(command).action((models: string[], options: Options, command: Command) =>
    withSession(context, command, async (session) => {
      const form =
        options.output === undefined ? guideMarkdown : FORMS[extname(options.output).toLowerCase()];
      if (form === undefined)
        throw new ExitWith(EXIT.usage, 'Give the file an ending of .md, .html or .json.');
      const guide = await session.client.planning.guide(
        {
          models: models.length === 0 ? null : models,
          dataset: options.dataset === undefined ? null : await datasetOf(session, options.dataset),
          boxes: options.gpu ?? null,
          ramBytes: options.ram ?? null,
          reserveBytes: options.reserve ?? null,
          context: options.ctx ?? null,
        },
        { signal: session.signal },
      );
      if (options.output === undefined) return print(session.json ? guideJson(guide) : guideMarkdown(guide));
      await writeFile(options.output, form(guide));
      const { right, wrong, partly } = guide.counts;
      const checked =
        guide.claims.length === 0
          ? ''
          : ` Of the old guide’s claims ${right} are right, ${partly} partly, ${wrong} wrong.`;
      note(`Wrote ${options.output}.${checked}`);
    }),
  );
}
