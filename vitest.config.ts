import { defineConfig } from 'vitest/config';

// One project a kind of test: what a developer runs while working (unit, store, contract), what spawns real
// children (engine, model), and what needs a build and a browser (e2e, guards).
const project = (name: string, include: string[], extra: Record<string, unknown> = {}) => ({
  test: {
    name,
    include,
    environment: 'node',
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...extra,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/desktop/**/*.test.ts']),
      project('store', ['test/store/**/*.test.ts']),
      project('contract', ['test/contract/**/*.test.ts', 'test/serve/**/*.test.ts'], { testTimeout: 60_000 }),
      project('engine', ['test/engine/**/*.test.ts'], { testTimeout: 120_000, fileParallelism: false }),
      project('model', ['test/model/**/*.test.ts'], { testTimeout: 300_000, fileParallelism: false }),
      project('e2e', ['test/e2e/**/*.test.ts', 'test/guards/**/*.test.ts'], {
        testTimeout: 180_000,
        fileParallelism: false,
      }),
    ],
  },
});
