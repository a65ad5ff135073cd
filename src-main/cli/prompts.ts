import type { Command } from 'commander';
import type { JudgePromptDetail, JudgePromptInfo } from '../domain/app.ts';
import { note, print, printJson, table } from './output.ts';
import { type CliContext, withSession } from './session.ts';

export function promptsCommand(program: Command, context: CliContext): void {
  program
    .command('prompts')
    .argument('[prompt]', 'id of one, or id@version: shown in full')
    .description('prompts that judges can be asked with (--prompt ID); your own are made in the workbench')
    .action((ref: string | undefined, _options: unknown, command: Command) =>
      withSession(context, command, async ({ client, json }) => {
        if (ref !== undefined) {
          const detail = await client.judging.prompt({ ref });
          return json ? printJson(detail) : print(promptText(detail));
        }
        const prompts = await client.judging.prompts();
        if (json) return printJson(prompts);
        print(promptsText(prompts));
        for (const { id, problem } of prompts) if (problem !== null) note(`Note: ${id}: ${problem}`);
      }),
    );
}

/** One's own first, as the launch page offers them. */
function promptsText(prompts: readonly JudgePromptInfo[]): string {
  const ordered = prompts.toSorted((a, b) => Number(a.builtIn) - Number(b.builtIn));
  return table<JudgePromptInfo>(ordered, [
    { head: 'prompt', cell: ({ id }) => id, max: 40 },
    { head: 'name', cell: ({ name }) => name, max: 40 },
    { head: 'from', cell: ({ builtIn }) => (builtIn ? 'Assize' : 'you') },
    { head: 'version', cell: ({ version }) => String(version), right: true },
    {
      head: 'what it asks',
      cell: ({ description, problem }) => (problem === null ? description : `cannot be used: ${problem}`),
      max: 100,
    },
  ]);
}

function promptText({ prompt, sha256, builtIn, versions }: JudgePromptDetail): string {
  const part = (head: string, text: string): string[] => (text === '' ? [] : ['', `── ${head}`, text]);
  return [
    `${prompt.title} (${prompt.id}, version ${prompt.version}, from ${builtIn ? 'Assize' : 'you'})`,
    prompt.description,
    `Labels    ${prompt.labels.map(({ text }) => text).join(', ')} (${prompt.labelStyle})`,
    `SHA-256   ${sha256}`,
    ...(versions.length < 2
      ? []
      : [`Versions  ${versions.map(({ version }) => `${prompt.id}@${version}`).join(', ')}`]),
    ...part('Role and rubric', prompt.system),
    ...part('Asked for a label alone', prompt.ask),
    ...part('Asked for reasons first', prompt.askReason),
    ...part('The item', prompt.user),
    ...part('Last line, for a label', prompt.closing),
  ].join('\n');
}
