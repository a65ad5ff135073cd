import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import { Problem } from '../../../../src-main/core/problem.ts';

const os = implement(contract);

export const exportingOf = () => ({
  create: os.exporting.create.handler(({ input }) => {
    throw new Problem('STORAGE', `This stand-in writes no files (run ${input.runId}).`);
  }),
});
