import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Label, LabelState, LabelTask, QueueOrder } from '../domain/analysis/labelling.ts';
import { positiveInt, nonNegativeInt } from './arguments.ts';
import { EXIT, ExitWith } from './exit-codes.ts';
import { keyReader, type KeyReader } from './keys.ts';
import { count } from './numbers.ts';
import { note, print, printJson } from './output.ts';
import { type CliContext, type Session, withSession } from './session.ts';

interface Options {
  readonly order: string;
  readonly judge?: number;
  readonly seed?: number;
  readonly author?: string;
  readonly limit?: number;
}

const ORDERS: readonly QueueOrder[] = ['random', 'unsure', 'disagreement'];

const KEYS: Readonly<Record<string, Label>> = {
  y: 'correct',
  n: 'incorrect',
  a: 'not_attempted',
  s: 'skipped',
};

const HELP = 'y correct   n incorrect   a not attempted   s skip   m note   u undo   q stop';

export function labelCommand(program: Command, context: CliContext): void {
  program
    .command('label')
    .argument('<run>', 'number of the run', positiveInt)
    .description('label answers by keyboard, blind: who answered and what judges said are not shown')
    .option('--order <order>', `${ORDERS.join(', ')}; only random labels correct an accuracy`, 'random')
    .option('--judge <n>', 'with --order unsure: whose doubt comes first', positiveInt)
    .option('--seed <n>', 'seed of the draw; the same one gives the same queue', nonNegativeInt)
    .option('--author <name>', 'whose labels these are; the author of the settings when left out')
    .option('-n, --limit <n>', 'stop after this many', positiveInt)
    .action((runId: number, options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const order = ORDERS.find((known) => known === options.order);
        if (order === undefined) throw new ExitWith(EXIT.usage, `--order is ${ORDERS.join(', ')}.`);
        const begun = await session.client.labelling.begin({
          runId,
          order,
          judgeId: options.judge ?? null,
          author: options.author ?? null,
          ...(options.seed === undefined ? {} : { seed: options.seed }),
        });
        const { state, given } = await labelLoop(session, begun, options.limit ?? Infinity);
        if (session.json) return printJson({ queue: state.queue, given });
        return print(
          `${count(given)} labels given now; ${count(state.queue.labelled - state.queue.skipped)} of ${count(state.queue.population)} answers labelled by ${state.queue.author}${state.queue.skipped > 0 ? `, ${count(state.queue.skipped)} skipped` : ''}.`,
        );
      }),
    );
}

async function labelLoop(
  session: Session,
  begun: LabelState,
  limit: number,
): Promise<{ readonly state: LabelState; readonly given: number }> {
  let state = begun;
  let given = 0;
  let remark: string | null = null;
  using keys = keyReader(session.signal);
  note(HELP);
  while (state.task !== null && given < limit) {
    note(taskText(state, state.task));
    const key = await nextKey(keys);
    if (key === 'q') break;
    if (key === 'm') {
      remark = await readNote(keys);
      continue;
    }
    if (key === 'u') {
      state = await session.client.labelling.undo({ queueId: state.queue.queueId });
      given = Math.max(0, given - 1);
      continue;
    }
    const verdict = KEYS[key];
    if (verdict === undefined) continue;
    const { queueId } = state.queue;
    const { answerId } = state.task;
    state = await session.client.labelling.put({ queueId, answerId, verdict, note: remark });
    remark = null;
    given += 1;
  }
  if (state.task === null) note('Every answer of the queue has a label.');
  return { state, given };
}

/** The next key that means something; "q" at the end of the input. */
async function nextKey(keys: KeyReader): Promise<string> {
  for (;;) {
    const key = await keys.next();
    if (key === null || key === 'q' || key === 'u' || key === 'm' || key in KEYS) return key ?? 'q';
    note(HELP);
  }
}

async function readNote(keys: KeyReader): Promise<string | null> {
  if (!process.stdin.isTTY) {
    note('A note is typed on a terminal; from a pipe there is none.');
    return null;
  }
  const text = await keys.paused(async () => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question('Note: ');
    } finally {
      lines.close();
    }
  });
  return text.trim() === '' ? null : text.trim();
}

const GOLD_SHOWN = 8;

/** TriviaQA has dozens of aliases: the first few tell. */
function goldText(gold: readonly string[]): string {
  if (gold.length === 0) return '(no gold answer)';
  const more = gold.length > GOLD_SHOWN ? ` … and ${gold.length - GOLD_SHOWN} more` : '';
  return gold.slice(0, GOLD_SHOWN).join(' | ') + more;
}

function taskText({ queue }: LabelState, task: LabelTask): string {
  return [
    '',
    `── ${count(queue.labelled + 1)}, place ${count(task.rank)} of ${count(queue.population)} ${'─'.repeat(30)}`,
    ...(task.takenBack === null ? [] : [`(taken back: ${task.takenBack.verdict})`]),
    ...(task.context === null ? [] : [`Context   ${task.context}`]),
    `Question  ${task.question}`,
    ...(task.choices ?? []).map((choice, i) => `          ${String.fromCodePoint(65 + i)}. ${choice}`),
    `Right     ${goldText(task.gold)}`,
    `Answer    ${task.answer.trim() || '(empty)'}`,
  ].join('\n');
}
