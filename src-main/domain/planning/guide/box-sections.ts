import { adviseBoxes, type BoxAdvice } from '../matrix.ts';
import { mebibytes } from '../verdict.ts';
import { answerFigure, gibibytes } from './check-memory.ts';
import type { Part } from './claims.ts';
import { modelsFor, type GuideContext } from './context.ts';
import { text, type GuideCell, type GuideSection, type GuideTable } from './document.ts';
import type { GuideModel } from './questions.ts';

type Schedule = 'sequential' | 'together';

function advice(
  context: GuideContext,
  parts: readonly Part[],
  schedule: Schedule,
): BoxAdvice<{ readonly name: string }> {
  const boxes = context.advised.map((name) => ({ name, machine: context.questions.machine(name) }));
  const [first] = boxes;
  const role = parts.length === 1 ? ('generate' as const) : undefined;
  const answer =
    first === undefined
      ? null
      : context.questions.ask(parts, first.name, schedule, role === undefined ? {} : { role });
  return answer === null
    ? { minimum: null, recommended: null, comfortable: null }
    : adviseBoxes(answer.experiment, boxes);
}

function adviceCells(context: GuideContext, parts: readonly Part[], schedule: Schedule): GuideCell[] {
  const { minimum, recommended, comfortable } = advice(context, parts, schedule);
  const bytes = (schedule === 'together' ? [parts] : parts.map((p) => [p])).map((together) =>
    context.questions.needs(together).reduce((sum, c) => sum + c.bytes, 0),
  );
  const peak = Math.max(...bytes);
  return [
    { text: gibibytes(peak), value: peak },
    ...[minimum, recommended, comfortable].map((box) => text(box?.name ?? 'none of these')),
  ];
}

const ADVICE = ['At most', 'Minimum', 'Recommended', 'Comfortable'];

function aloneTable(
  context: GuideContext,
  role: 'generate' | 'judge',
  id: string,
  caption: string,
): GuideTable {
  const rows = modelsFor(context, role).flatMap((model) =>
    available(context, model).map((recipe) => [
      text(`${model.name} ${recipe}`),
      ...adviceCells(context, [{ model: model.id, recipe }], 'sequential'),
    ]),
  );
  return { id, caption, columns: ['Model', ...ADVICE], rows };
}

function available(context: GuideContext, model: GuideModel): string[] {
  return context.recipes.filter((recipe) => model.files.some((f) => f.recipe === recipe));
}

function pairTable(context: GuideContext, schedule: Schedule, id: string, caption: string): GuideTable {
  const best = context.recipes[0] ?? '';
  const rows = modelsFor(context, 'generate').flatMap((generator) =>
    modelsFor(context, 'judge').flatMap((judge) =>
      available(context, judge).map((recipe) => {
        const parts = [
          { model: generator.id, recipe: available(context, generator)[0] ?? best },
          { model: judge.id, recipe },
        ];
        const name = parts.map((p) => context.questions.name(p)).join(' + ');
        return [text(name), ...adviceCells(context, parts, schedule)];
      }),
    ),
  );
  return { id, caption, columns: ['Generator + judge', ...ADVICE], rows };
}

/** Scenarios 1 to 3: generating alone, both at once, one after the other. */
export function scenarioSections(context: GuideContext): GuideSection[] {
  const note =
    'Minimum: fits beside the reserve. Recommended: a tenth of every card stays free. Comfortable: a quarter.';
  return [
    {
      id: 'scenario-1',
      title: 'Scenario 1: generation only',
      paragraphs: [note],
      tables: [aloneTable(context, 'generate', 'scenario-1', 'Generators alone')],
    },
    {
      id: 'scenario-2',
      title: 'Scenario 2: generation and judge at once',
      paragraphs: ['Both models stay on the same cards, each in a process of its own.', note],
      tables: [pairTable(context, 'together', 'scenario-2', 'Together')],
    },
    {
      id: 'scenario-3',
      title: 'Scenario 3: generate first, judge later',
      paragraphs: ['The largest model decides: only one is loaded at a time.', note],
      tables: [aloneTable(context, 'judge', 'scenario-3', 'Judges alone')],
    },
  ];
}

/** The best file of a model that runs whole on a box. */
function bestOn(context: GuideContext, model: GuideModel, box: string): GuideCell {
  for (const { recipe } of model.files) {
    const answer = context.questions.ask([{ model: model.id, recipe }], box, 'sequential');
    if (answer?.runs === true) {
      return {
        text: `${recipe}, ${mebibytes(answer.marginBytes)} spare`,
        verdict: answer.plan.verdict,
        value: answer.marginBytes,
      };
    }
  }
  const smallest = model.files.at(-1);
  const partial =
    smallest === undefined
      ? null
      : context.questions.ask([{ model: model.id, recipe: smallest.recipe }], box, 'sequential', {
          offload: true,
        });
  const phase = partial?.plan.phases[0];
  const layers =
    phase === undefined || phase.settings.gpuLayers === 0
      ? ''
      : `; ${smallest?.recipe} with ${phase.settings.gpuLayers} of ${phase.totalLayers} layers`;
  return { text: `none whole${layers}`, verdict: 'no' };
}

/** What is the best that each box takes of each model. */
export function tiersSection(context: GuideContext): GuideSection {
  const rows = context.boxes.map((box) => [
    text(box),
    ...context.models.map((model) => bestOn(context, model, box)),
  ]);
  return {
    id: 'tiers',
    title: 'Cards, and the best they take',
    paragraphs: ['The first file of the ladder that fits whole, alone on the cards.'],
    tables: [
      {
        id: 'tiers',
        caption: 'Best file by box',
        columns: ['Box', ...context.models.map((m) => m.name)],
        rows,
      },
    ],
  };
}

/** Boxes for the largest judge: options A to D of the guide. */
const OPTIONS = ['2x A100 40GB', 'A100 80GB', '2x H100 SXM 80GB', '4x A100 40GB'] as const;

/** Judges beyond this size in their best file are what the options are about. */
const LARGE_BYTES = 40e9;

/** How the judges that fill a card fit each machine that the guide offers, loaded one at a time. */
export function optionsSection(context: GuideContext): GuideSection {
  const all = modelsFor(context, 'judge');
  const large = all.filter((judge) => (judge.files[0]?.header.fileBytes ?? 0) > LARGE_BYTES);
  const judges = large.length > 0 ? large : all;
  const rows = OPTIONS.flatMap((box, i) =>
    judges.flatMap((judge) =>
      available(context, judge).map((recipe): GuideCell[] => {
        const answer = context.questions.ask([{ model: judge.id, recipe }], box, 'sequential');
        const label = `Option ${'ABCD'[i]}: ${box}`;
        return answer === null
          ? [text(label), text(`${judge.name} ${recipe}`), text('–')]
          : [
              text(label),
              text(`${judge.name} ${recipe}`),
              { text: answerFigure(answer), verdict: answer.plan.verdict, value: answer.marginBytes },
            ];
      }),
    ),
  );
  return {
    id: 'options',
    title: 'Options A to D for a judge',
    paragraphs: [],
    tables: [{ id: 'options', caption: 'Judges on the options', columns: ['Box', 'Judge', 'Fits'], rows }],
  };
}

/** Minimum, recommended and ideal box for everything: the largest model in its smallest and its best quantization. */
export function setupsSection(context: GuideContext): GuideSection {
  const size = (m: GuideModel): number => m.files[0]?.header.fileBytes ?? 0;
  const largestOf = (role: 'generate' | 'judge'): GuideModel | undefined =>
    modelsFor(context, role).toSorted((a, b) => size(b) - size(a))[0];
  const [generator, judge] = [largestOf('generate'), largestOf('judge')];
  const rows: GuideCell[][] = [];
  if (generator !== undefined && judge !== undefined) {
    const small = available(context, judge).at(-1) ?? '';
    const best = available(context, judge)[0] ?? '';
    const generatorBest = available(context, generator)[0] ?? '';
    const add = (label: string, recipe: string, schedule: Schedule): void => {
      const parts = [
        { model: generator.id, recipe: generatorBest },
        { model: judge.id, recipe },
      ];
      const name = parts.map((p) => context.questions.name(p)).join(' + ');
      rows.push([text(label), text(name), ...adviceCells(context, parts, schedule)]);
    };
    add('In turn, quantized judge', small, 'sequential');
    add('In turn, full precision', best, 'sequential');
    add('Together, quantized judge', small, 'together');
    add('Together, full precision', best, 'together');
  }
  return {
    id: 'setups',
    title: 'Setups for the largest models',
    paragraphs: [],
    tables: [{ id: 'setups', caption: 'Minimum to ideal', columns: ['How', 'Models', ...ADVICE], rows }],
  };
}
