import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { Grants } from '../../../../src-main/core/grants.ts';
import { Problem } from '../../../../src-main/core/problem.ts';
import * as datasets from '../datasets.ts';
import { heldDataset, holdDataset, type State } from '../state.ts';
import { digest, wait } from '../text.ts';

const os = implement(contract);

export function datasetsOf(state: State, grants: Grants) {
  const pathOf = (file: string): string => {
    const path = grants.resolve(file);
    if (path === null) throw new Problem('NOT_FOUND', 'That file is no longer there. Drop it again.');
    return path;
  };
  return {
    list: os.datasets.list.handler(() => [...state.held.values()].map(({ info }) => info).toReversed()),
    get: os.datasets.get.handler(({ input }) => heldDataset(state, input.dataset).info),
    rows: os.datasets.rows.handler(({ input }) => {
      const { rows } = heldDataset(state, input.datasetId);
      const words = input.text?.toLowerCase() ?? '';
      return rows
        .filter(
          (row) => row.position > (input.after ?? -1) && row.question.question.toLowerCase().includes(words),
        )
        .slice(0, input.limit);
    }),
    inspect: os.datasets.inspect.handler(({ input }) =>
      datasets.preview(pathOf(input.file), input.file, input.mapping),
    ),
    import: os.datasets.import.handler(async function* ({ input, signal }) {
      const { rows, problems, mapping } = await datasets.importFile(pathOf(input.file), input.mapping);
      for (let part = 0; part <= 8; part += 1) {
        const progress = { step: 'Importing', done: part * 1000, total: 8000, etaSeconds: (8 - part) / 4 };
        yield {
          kind: 'progress' as const,
          progress,
          rows: Math.round((rows.length * part) / 8),
          problems: problems.length,
        };
        await wait(120, signal);
        if (signal?.aborted) return;
      }
      const made = rows.map(({ question }, position) => ({
        rowId: position + 1,
        position,
        rowSha256: digest(`${position}`),
        occurrence: 0,
        question,
      }));
      const more = {
        problems: problems.slice(0, 100),
        problemCount: problems.length,
        mapping,
        systems: mapping.answers.map(({ system }) => system),
      };
      yield {
        kind: 'done' as const,
        dataset: holdDataset(state, input.name ?? 'dropped', made, more),
        existed: false,
      };
    }),
    importBuiltIn: os.datasets.importBuiltIn.handler(() =>
      holdDataset(state, 'general-knowledge', datasets.madeRows(60), {}),
    ),
    removals: os.datasets.removals.handler(() => []),
    remove: os.datasets.remove.handler(({ input }) => {
      state.held.delete(input.datasetId);
      return null;
    }),
  };
}
