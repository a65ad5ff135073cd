import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { importsOf, OUT, type Reach, reachOf } from './bundles.ts';
import { ensureBuilt } from '../../scripts/lib.mjs';

const BUILD_MS = 180_000;

const ENTRIES = ['desktop', 'core', 'store-worker', 'engine', 'fake-engine', 'cli'] as const;
const PLAIN_NODE = ENTRIES.filter((name) => name !== 'desktop');

const reach = new Map<string, Reach>();
const of = (name: string): Reach => reach.get(name) ?? { files: new Set(), packages: new Set() };

beforeAll(async () => {
  await ensureBuilt();
  for (const name of ENTRIES) reach.set(name, reachOf(`${name}.js`));
}, BUILD_MS);

describe('out/main', () => {
  test('has one file an entry and nothing else beside its chunks', () => {
    const files = readdirSync(join(OUT, 'main')).filter((name) => name !== 'chunks');
    expect(files.sort()).toEqual(ENTRIES.map((name) => `${name}.js`).sort());
  });

  test.each(PLAIN_NODE)('%s does not reach electron', (name) => {
    expect(of(name).packages).not.toContain('electron');
  });

  // A helper shared by two entries once ended up inside one of them: the other then ran its whole program.
  test.each(ENTRIES)('%s reaches no other entry', (name) => {
    const others = [...of(name).files].filter((file) => !file.startsWith('chunks/') && file !== `${name}.js`);
    expect(others).toEqual([]);
  });

  test('the engine alone reaches node-llama-cpp', () => {
    const users = ENTRIES.filter((name) => of(name).packages.has('node-llama-cpp'));
    expect(users).toEqual(['engine']);
  });

  test('the store worker alone reaches better-sqlite3', () => {
    const users = ENTRIES.filter((name) => of(name).packages.has('better-sqlite3'));
    expect(users).toEqual(['store-worker']);
  });

  test('the shell is thin: no store, no engine, no server', () => {
    const heavy = [
      'ws',
      'kysely',
      'csv-parse',
      'systeminformation',
      'commander',
      'birpc',
      'pino',
      'hyparquet',
    ];
    expect(heavy.filter((name) => of('desktop').packages.has(name))).toEqual([]);
  });

  test('what is left outside the bundles is installed with the program', () => {
    const text = readFileSync(join(OUT, '..', 'package.json'), 'utf8');
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text));
    const outside = new Set(ENTRIES.flatMap((name) => Array.from(of(name).packages)));
    expect([...outside].filter((name) => name !== 'electron' && !(name in dependencies))).toEqual([]);
  });

  test('native packages are not bundled: their binaries are found by their own layout', () => {
    expect(of('engine').packages).toContain('node-llama-cpp');
    expect(of('store-worker').packages).toContain('better-sqlite3');
  });
});

describe('out/preload', () => {
  test('is one CommonJS file that asks for nothing but electron, as a sandboxed preload must', () => {
    expect(readdirSync(join(OUT, 'preload'))).toEqual(['preload.cjs']);
    const code = readFileSync(join(OUT, 'preload', 'preload.cjs'), 'utf8');
    const { now, later } = importsOf(code);
    expect([...now, ...later]).toEqual([]);
    const required = [...code.matchAll(/\brequire\(([^)]*)\)/g)].map(([, what]) => what);
    expect(new Set(required)).toEqual(new Set(['"electron"']));
    // The names a page sees are its whole way to the shell.
    expect(code).not.toMatch(/exposeInMainWorld\([^)]*ipcRenderer/);
  });
});

describe('the walk', () => {
  test('sees every way to import', () => {
    const code = `import a from 'a'; import 'b'; import * as c from './c.js'; export { d } from 'd';
      export * from 'e'; const f = await import('f'); const g = await import(a); console.log(c, f, g);`;
    const { now, later } = importsOf(code);
    expect(now.sort()).toEqual(['./c.js', 'a', 'b', 'd', 'e']);
    expect(later).toEqual(['f']);
  });

  test('reached more than the entries’ own files', () => {
    expect(of('cli').files.size).toBeGreaterThan(1);
    expect(of('cli').packages).toContain('@orpc/server');
  });
});
