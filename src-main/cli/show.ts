import type { Command } from 'commander';
import type { AnswerDetail } from '../domain/answer.ts';
import { positiveInt } from './arguments.ts';
import { print, printJson } from './output.ts';
import { runSummaryText } from './run-summary.ts';
import { type CliContext, withSession } from './session.ts';

export function showCommand(program: Command, context: CliContext): void {
  program
    .command('show')
    .argument('<run>', 'number of the run', positiveInt)
    .argument('[row]', 'number of one answer, from 1 as on the page Answers: shown in full', positiveInt)
    .description("a run's numbers, or one answer in full with every verdict")
    .action((runId: number, row: number | undefined, _options: unknown, command: Command) =>
      withSession(context, command, async ({ client, json }) => {
        if (row !== undefined) {
          const answer = await client.answers.get({ runId, position: row - 1 });
          return json ? printJson(answer) : print(answerText(answer));
        }
        const [run, counts, alarms] = await Promise.all([
          client.runs.get({ runId }),
          client.runs.counts({ runId }),
          client.judging.alarms({ runId }),
        ]);
        const combined = await client.judging.combined({ runId });
        return json
          ? printJson({ run, counts, alarms, combined })
          : print(runSummaryText(run, counts, alarms, combined));
      }),
    );
}

function answerText(answer: AnswerDetail): string {
  const number = (value: number | null, digits: number): string =>
    value === null ? '–' : value.toFixed(digits);
  return [
    `Number    ${answer.position + 1}`,
    `Question  ${answer.question}`,
    ...(answer.context === null ? [] : [`Context   ${answer.context}`]),
    `Gold      ${answer.gold.join(' | ') || '(none)'}`,
    `Answer    ${answer.answer ?? '(none yet)'}`,
    ...(answer.failure === null ? [] : [`Failed    ${answer.failure}`]),
    `By        ${answer.system ?? '–'}, ${answer.tokens ?? 0} tokens, finished by ${answer.finishReason ?? '–'}`,
    `NLL       ${number(answer.nllSum, 3)} in all, ${number(answer.nllMean, 3)} a token`,
    '',
    ...answer.judgments.map(
      ({ judge, verdict, pCorrect, labelMass, reason, note }) =>
        `${verdict.padEnd(13)} P(correct) ${number(pCorrect, 3)}, label mass ${number(labelMass, 3)}  ${judge.name}` +
        `${reason === null ? '' : `\n              ${reason}`}${note === null ? '' : `\n              ${note}`}`,
    ),
    '',
    'Prompt',
    answer.renderedPrompt ?? '(not kept)',
  ].join('\n');
}
