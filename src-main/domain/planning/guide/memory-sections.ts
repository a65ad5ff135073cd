import { GIB } from '../../memory/ggml-types.ts';
import type { ComponentName, PlanComponent } from '../../plan.ts';
import { cellText, fitCell } from '../matrix.ts';
import { wishesFor } from '../plan-model.ts';
import { mebibytes } from '../verdict.ts';
import { gibibytes } from './check-memory.ts';
import type { Part } from './claims.ts';
import { modelsFor, type GuideContext } from './context.ts';
import { text, type GuideCell, type GuideSection, type GuideTable } from './document.ts';
import type { GuideModel } from './questions.ts';

function bytesOf(components: readonly PlanComponent[], ...names: readonly ComponentName[]): number {
  return components
    .filter((c) => names.length === 0 || names.includes(c.name))
    .reduce((sum, c) => sum + c.bytes, 0);
}

function needsTable(context: GuideContext, role: 'generate' | 'judge', caption: string): GuideTable {
  const rows = modelsFor(context, role).map((model) => {
    const cells = context.recipes.map((recipe): GuideCell => {
      const components = context.questions.needs([{ model: model.id, recipe }]);
      const bytes = bytesOf(components);
      return components.length === 0 ? text('–') : { text: gibibytes(bytes), value: bytes };
    });
    return [text(model.name), ...cells];
  });
  return { id: `needs-${role}`, caption, columns: ['Model', ...context.recipes], rows };
}

function breakdownRow(context: GuideContext, model: GuideModel, recipe: string): GuideCell[] {
  const part: Part = { model: model.id, recipe };
  const components = context.questions.needs([part]);
  const cell = (...names: ComponentName[]): GuideCell => {
    const value = bytesOf(components, ...names);
    return { text: (value / GIB).toFixed(2), value };
  };
  const fileBytes = context.questions.header(part)?.fileBytes ?? 0;
  return [
    text(`${model.name} ${recipe}`),
    { text: `${(fileBytes / 1e9).toFixed(2)} GB`, value: fileBytes },
    cell('weights'),
    cell('kv-cache', 'recurrent-state'),
    cell('compute'),
    cell('driver-context'),
    cell(),
  ];
}

/** What each model takes of a card that holds it whole, in total and by component. */
export function needsSection(context: GuideContext): GuideSection {
  const { contextPerSequence, sequences } = context.assumptions;
  const rows = context.models.flatMap((model) =>
    context.recipes
      .filter((recipe) => model.files.some((f) => f.recipe === recipe))
      .map((recipe) => breakdownRow(context, model, recipe)),
  );
  return {
    id: 'needs',
    title: 'What each model needs',
    paragraphs: [
      `On one card, whole, with ${sequences === 1 ? 'one sequence' : `${sequences} sequences`} of ${contextPerSequence} tokens: weights, cache, compute buffer and the driver's own context. The reserve comes on top.`,
    ],
    tables: [
      needsTable(context, 'generate', 'Models that answer'),
      needsTable(context, 'judge', 'Models that judge'),
      {
        id: 'components',
        caption: 'By component, GiB',
        columns: ['File', 'On disk', 'Weights', 'Cache', 'Compute', 'Driver', 'Total'],
        rows,
      },
    ],
  };
}

/** Models × quantizations × boxes. */
export function matrixSection(context: GuideContext): GuideSection {
  const { contextPerSequence, sequences, batch, flashAttention, kvType, reserveBytes } = context.assumptions;
  const wishes = wishesFor({
    role: 'judge',
    modelId: '',
    modelName: '',
    contextPerSequence,
    sequences,
    batch,
    flashAttention,
    kvType,
    reserveBytes,
  });
  const machines = context.boxes.map((box) => context.questions.machine(box));
  const rows = context.models.flatMap((model) =>
    context.recipes.flatMap((recipe) => {
      const header = context.questions.header({ model: model.id, recipe });
      if (header === null) {
        return [];
      }
      const cells = machines.map((machine): GuideCell => {
        const cell = fitCell(header, machine, wishes);
        return { text: cellText(cell), verdict: cell.verdict, value: cell.marginBytes };
      });
      return [[text(`${model.name} ${recipe}`), ...cells]];
    }),
  );
  return {
    id: 'matrix',
    title: 'Models, quantizations and cards',
    paragraphs: ['Whole on the cards, with the room left or missing on the fullest of them.'],
    tables: [{ id: 'matrix', caption: 'What fits where', columns: ['File', ...context.boxes], rows }],
  };
}

interface Saving {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  readonly costs: string;
}

function savingRow(saving: Saving): GuideCell[] {
  const value = saving.before - saving.after;
  return [text(saving.what), { text: mebibytes(value), value }, text(saving.costs)];
}

function savingsOf(context: GuideContext, model: GuideModel, recipe: string): Saving[] {
  const part: Part = { model: model.id, recipe };
  const needs = (variation = {}): number => bytesOf(context.questions.needs([part], variation));
  const before = needs();
  const name = context.questions.name(part);
  const smaller = context.recipes[context.recipes.indexOf(recipe) + 1];
  const savings: Saving[] = [
    {
      what: `${name}: 8-bit cache instead of 16-bit`,
      before,
      after: needs({ kvType: 'q8_0' }),
      costs: 'hardly any quality',
    },
    {
      what: `${name}: half the context`,
      before,
      after: needs({ contextPerSequence: context.assumptions.contextPerSequence / 2 }),
      costs: 'long prompts',
    },
    {
      what: `${name}: batches of 128 tokens`,
      before,
      after: needs({ batch: 128 }),
      costs: 'speed of reading',
    },
    {
      what: `${name}: flash attention, which is on`,
      before: needs({ flashAttention: false }),
      after: before,
      costs: 'nothing',
    },
  ];
  if (smaller !== undefined) {
    const after = bytesOf(context.questions.needs([{ model: model.id, recipe: smaller }]));
    savings.push({ what: `${name}: ${smaller} instead`, before, after, costs: 'some quality' });
  }
  return savings.filter((s) => s.before > 0 && s.after > 0);
}

/** What each way to save memory saves, for the largest model and for loading in turn. */
export function strategiesSection(context: GuideContext): GuideSection {
  const largest = context.models.toSorted(
    (a, b) => (b.files[0]?.header.fileBytes ?? 0) - (a.files[0]?.header.fileBytes ?? 0),
  )[0];
  const [generator] = modelsFor(context, 'generate');
  const recipe = context.recipes[1] ?? context.recipes[0] ?? '';
  const savings = largest === undefined ? [] : savingsOf(context, largest, recipe);
  if (largest !== undefined && generator !== undefined) {
    const parts = [
      { model: generator.id, recipe: context.recipes[0] ?? recipe },
      { model: largest.id, recipe },
    ];
    const together = bytesOf(context.questions.needs(parts));
    const peak = Math.max(...parts.map((p) => bytesOf(context.questions.needs([p]))));
    savings.unshift({
      what: `${parts.map((p) => context.questions.name(p)).join(' and ')}: in turn instead of together`,
      before: together,
      after: peak,
      costs: 'loading twice',
    });
  }
  return {
    id: 'strategies',
    title: 'Ways to save memory',
    paragraphs: [],
    tables: [
      {
        id: 'savings',
        caption: 'What each saves on the card',
        columns: ['What', 'Saves', 'Costs'],
        rows: savings.map(savingRow),
      },
    ],
  };
}
