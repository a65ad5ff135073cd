import { type Command, Option } from 'commander';
import { addBoxOptions, type BoxFlags } from './box-options.ts';
import { print, printJson } from './output.ts';
import { planText } from './plan-text.ts';
import { datasetOf, readExperiment } from './run.ts';
import { type CliContext, withSession } from './session.ts';
import { EXIT, ExitWith } from './exit-codes.ts';

interface Options extends BoxFlags {
  readonly schedule: 'auto' | 'sequential' | 'together' | 'split';
}

export function planCommand(program: Command, context: CliContext): void {
  const command = program
    .command('plan')
    .argument('<experiment>', 'an experiment.yaml')
    .description(
      'what an experiment would take on this machine or another: memory of each phase, schedules, time, cost, ways out',
    )
    .addOption(
      new Option('--schedule <schedule>', 'how the models are loaded')
        .choices(['auto', 'sequential', 'together', 'split'])
        .default('auto'),
    );
  addBoxOptions(command).action((file: string, options: Options, command: Command) =>
    withSession(context, command, async (session) => {
      const [box, ...others] = options.gpu ?? [];
      if (others.length > 0)
        throw new ExitWith(
          EXIT.usage,
          'One plan is for one machine: write several kinds of cards as "A + B".',
        );
      const experiment = await readExperiment(session, file);
      const fixed = options.ctx === undefined ? {} : { context: options.ctx };
      const planned = await session.client.planning.experiment(
        {
          experiment: {
            ...experiment,
            dataset: await datasetOf(session, experiment.dataset),
            generator: experiment.generator === null ? null : { ...experiment.generator, ...fixed },
            judges: experiment.judges.map((judge) => ({ ...judge, ...fixed })),
          },
          box: box ?? null,
          ramBytes: options.ram ?? null,
          reserveBytes: options.reserve ?? null,
          schedule: options.schedule,
        },
        { signal: session.signal },
      );
      if (session.json) printJson(planned);
      else print(planText(planned));
    }),
  );
}
