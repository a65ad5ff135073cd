import react from '@vitejs/plugin-react';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

// The renderer alone, as electron-vite builds it: for work on pages while the other entries do not build.
export default defineConfig({
  root: resolve(import.meta.dirname, '../../src-renderer'),
  base: './',
  plugins: [react()],
  build: { outDir: resolve(import.meta.dirname, '../../out/renderer'), emptyOutDir: true, minify: true },
});
