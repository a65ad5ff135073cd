import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { resolve } from 'node:path';

const entry = (path: string): string => resolve(import.meta.dirname, path);

/**
 * One ESM file an entry: the shell, the core utility process, the store worker, the engine child, serve and the CLI are separate
 * programs that must not import one another's entry (test/guards walks the output).
 */
export default defineConfig({
  main: {
    build: {
      minify: false,
      rolldownOptions: {
        input: {
          desktop: entry('src-main/desktop/main.ts'),
          core: entry('src-main/desktop/core-process.ts'),
          'store-worker': entry('src-main/store/worker.ts'),
          engine: entry('src-main/engine/runtime/main.ts'),
          'fake-engine': entry('src-main/engine/fake/main.ts'),
          cli: entry('src-main/cli/main.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: entry('src-main/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    plugins: [react()],
    build: {
      minify: true,
      rolldownOptions: { input: { index: entry('src-renderer/index.html') } },
    },
  },
});
