import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import { Problem } from '../../../../src-main/core/problem.ts';
import type { Judgment } from '../../../../src-main/domain/answer.ts';
import * as answers from '../answers.ts';
import { JUDGES } from '../runs.ts';
import { heldRuns, type State } from '../state.ts';

const os = implement(contract);

export function answersOf(state: State) {
  const { rows } = heldRuns(state);
  return {
    page: os.answers.page.handler(({ input }) => answers.page(rows(input.runId), input)),
    count: os.answers.count.handler(({ input }) => ({
      count: answers.select(rows(input.runId), input).length,
      capped: false,
    })),
    get: os.answers.get.handler(({ input }) => {
      const row = rows(input.runId).find(({ position }) => position === input.position);
      if (row === undefined) throw new Problem('NOT_FOUND', 'There is no such answer in this run.');
      return answers.detail(row, state.labels.get(row.rowId) ?? []);
    }),
    label: os.answers.label.handler(({ input }) => {
      const [, , judge] = JUDGES;
      if (judge === undefined) throw new Problem('NOT_FOUND', 'There is no such answer.');
      const label: Judgment = {
        id: (state.nextId += 1),
        judge,
        verdict: input.verdict,
        pCorrect: null,
        labelMass: null,
        raw: null,
        reason: null,
        note: input.note,
        renderedPrompt: null,
        labelOrder: null,
        mode: 'human',
        repeat: 0,
        at: Date.now(),
        durationMs: null,
        error: null,
      };
      state.labels.set(input.answerId, [...(state.labels.get(input.answerId) ?? []), label]);
      return label;
    }),
  };
}
