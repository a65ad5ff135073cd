import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProbeHeaders } from '../../../src-main/core/models/header-reader.ts';
import { createModelLibrary } from '../../../src-main/core/models/library.ts';
import type { ModelLibrary, RescanProgress } from '../../../src-main/core/models/library.ts';
import { memoryCache } from '../../../src-main/core/models/model-cache.ts';
import type { ModelCache } from '../../../src-main/core/models/model-cache.ts';
import { scanModels } from '../../../src-main/core/models/scan-models.ts';
import type { GgufHeader } from '../../../src-main/domain/model.ts';
import type { ProbedHeader } from '../../../src-main/engine/protocol.ts';

const never = new AbortController().signal;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assize-library-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The first bytes of a GGUF file and then `rest`: enough for core, which never reads further. */
function gguf(path: string, rest = ''): string {
  const head = Buffer.alloc(24);
  head.write('GGUF', 0, 'latin1');
  head.writeUInt32LE(3, 4);
  const full = join(dir, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, Buffer.concat([head, Buffer.from(rest)]));
  return full;
}

const header = (name: string): GgufHeader => ({
  architecture: 'llama',
  metadata: { 'general.name': name, 'general.file_type': 7, 'llama.block_count': 2 },
  tensors: [{ name: 'token_embd.weight', type: 'Q8_0', dimensions: [32, 1], offset: 0, part: 0 }],
  fileBytes: 1000,
  parts: 1,
});

const answer = (path: string, more: Partial<ProbedHeader> = {}): ProbedHeader => ({
  path,
  header: header(`Name of ${basename(path, '.gguf')}`),
  chatTemplateSha256: null,
  vocabulary: 100,
  problem: null,
  ...more,
});

/** A probe that answers for every path and keeps what it was asked. */
function probe(asked: string[][] = []): ProbeHeaders {
  return async function* ask(paths) {
    asked.push([...paths]);
    for (const path of paths) yield answer(path);
  };
}

function library(probeHeaders: ProbeHeaders, cache: ModelCache = memoryCache()): ModelLibrary {
  return createModelLibrary({
    probeHeaders,
    cache,
    scan: (signal) =>
      scanModels({
        folders: [dir],
        ownFolder: null,
        env: {},
        home: join(dir, 'home'),
        platform: 'linux',
        signal,
      }),
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function rescan(models: ModelLibrary): Promise<RescanProgress[]> {
  return all(models.rescan(never));
}

describe('rescan', () => {
  it('lists models with the facts of their headers and says how far it is', async () => {
    gguf('a.gguf');
    gguf('b.gguf');
    const models = library(probe());
    const progress = await rescan(models);
    expect(models.list().map((model) => [model.name, model.facts?.name, model.facts?.quantization])).toEqual([
      ['a', 'Name of a', 'Q8_0'],
      ['b', 'Name of b', 'Q8_0'],
    ]);
    expect(progress.map((step) => [step.phase, step.read, step.found])).toEqual([
      ['looking', 0, 2],
      ['reading', 1, 2],
      ['reading', 2, 2],
      ['done', 2, 2],
    ]);
    expect(models.places()[0]).toMatchObject({ path: dir, found: 2 });
    expect(models.scannedAt()).not.toBeNull();
  });

  it('asks the child for a header once, and again when the file has changed', async () => {
    const path = gguf('a.gguf');
    const asked: string[][] = [];
    const cache = memoryCache();
    await rescan(library(probe(asked), cache));
    const second = library(probe(asked), cache);
    await rescan(second);
    expect(asked).toEqual([[path]]);
    expect(second.list()[0]?.facts?.name).toBe('Name of a');
    utimesSync(path, 1, 1);
    await rescan(second);
    expect(asked).toHaveLength(2);
  });

  it('shows no file to the parser that does not begin like a GGUF', async () => {
    writeFileSync(join(dir, 'page.gguf'), '<!DOCTYPE html>');
    writeFileSync(join(dir, 'empty.gguf'), '');
    const asked: string[][] = [];
    const models = library(probe(asked));
    await rescan(models);
    expect(asked).toEqual([]);
    expect(models.list().map((model) => model.problem)).toEqual([
      expect.stringContaining('empty'),
      expect.stringContaining('web page'),
    ]);
  });

  it('loses only the file over which the child dies', async () => {
    gguf('a.gguf');
    const bad = gguf('b.gguf');
    gguf('c.gguf');
    const asked: string[][] = [];
    const dying: ProbeHeaders = async function* ask(paths) {
      asked.push([...paths]);
      for (const path of paths) {
        if (path === bad) throw new Error('the child crashed (SIGSEGV)');
        yield answer(path);
      }
    };
    const models = library(dying);
    await rescan(models);
    expect(models.list().map((model) => model.problem)).toEqual([
      null,
      expect.stringContaining('SIGSEGV'),
      null,
    ]);
    expect(asked.map((paths) => paths.length)).toEqual([3, 1, 1]);
  });

  it('reads a file over which the reader died twice only when it has changed', async () => {
    const bad = gguf('a.gguf');
    const asked: string[] = [];
    const cache = memoryCache();
    const dying: ProbeHeaders = async function* ask(paths) {
      asked.push(...paths);
      for (const path of paths) {
        yield answer(path, { header: null, problem: 'It ended the reader.', died: true });
      }
    };
    const models = library(dying, cache);
    await rescan(models);
    expect(asked).toEqual([bad, bad]);
    const [file] = models.list();
    expect(file?.problem).toBe('It ended the reader. It is read again when it changes.');
    await rescan(models);
    await rescan(library(dying, cache));
    await expect(models.header(file?.id ?? '', never)).rejects.toThrow(/read again when it changes/);
    expect(asked).toHaveLength(2);
    utimesSync(bad, 1, 1);
    const healthy = library(probe(), cache);
    await rescan(healthy);
    expect(healthy.list()[0]?.problem).toBeNull();
  });

  it('takes a reader that died once for a moment without memory', async () => {
    const path = gguf('a.gguf');
    let tries = 0;
    const models = library(async function* ask(paths) {
      tries += 1;
      for (const one of paths) {
        yield tries === 1 ? answer(one, { header: null, problem: 'It died.', died: true }) : answer(one);
      }
    });
    await rescan(models);
    expect(models.list()).toMatchObject([{ path, problem: null }]);
  });

  it("keeps the probe's own sentence on a file", async () => {
    gguf('a.gguf');
    const models = library(async function* ask(paths) {
      for (const path of paths) yield answer(path, { header: null, problem: 'Its metadata ends too early.' });
    });
    await rescan(models);
    expect(models.list()[0]).toMatchObject({ facts: null, problem: 'Its metadata ends too early.' });
  });

  it('drops what is gone', async () => {
    const path = gguf('a.gguf');
    gguf('b.gguf');
    const models = library(probe());
    await rescan(models);
    rmSync(path);
    await rescan(models);
    expect(models.list().map((model) => model.name)).toEqual(['b']);
  });

  it('works with a cache that fails', async () => {
    gguf('a.gguf');
    const broken: ModelCache = {
      get: () => Promise.reject(new Error('database is locked')),
      put: () => Promise.reject(new Error('disk full')),
    };
    const models = library(probe(), broken);
    await rescan(models);
    expect(models.list()[0]?.facts?.name).toBe('Name of a');
  });

  it('leaves the list alone when aborted', async () => {
    gguf('a.gguf');
    const models = library(probe());
    await rescan(models);
    const stop = new AbortController();
    stop.abort();
    await expect(all(models.rescan(stop.signal))).rejects.toThrow('aborted');
    expect(models.list()).toHaveLength(1);
    await rescan(models);
    expect(models.list()).toHaveLength(1);
  });
});

describe('hash', () => {
  const sha256 = (...texts: Buffer[]): string =>
    createHash('sha256').update(Buffer.concat(texts)).digest('hex');
  const head = Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16)]);

  it('is of all parts in order, told with progress, and kept', async () => {
    gguf('s-00001-of-00002.gguf', 'one');
    gguf('s-00002-of-00002.gguf', 'two');
    const cache = memoryCache();
    const models = library(probe(), cache);
    await rescan(models);
    const [model] = models.list();
    const seen: number[] = [];
    const expected = sha256(head, Buffer.from('one'), head, Buffer.from('two'));
    expect(await models.hash(model?.id ?? '', never, ({ bytesDone }) => seen.push(bytesDone))).toBe(expected);
    expect(seen.at(-1)).toBe(54);
    expect(models.list()[0]?.sha256).toBe(expected);
    const later = library(probe(), cache);
    await rescan(later);
    expect(later.list()[0]?.sha256).toBe(expected);
  });

  it('is refused for a file that changed since it was listed: it would name another model', async () => {
    const path = gguf('a.gguf', 'x');
    const models = library(probe());
    await rescan(models);
    appendFileSync(path, 'y');
    await expect(models.hash(models.list()[0]?.id ?? '', never)).rejects.toThrow(/changed while/);
  });

  it('waits in the background while paused, but not when a run needs it', async () => {
    gguf('a.gguf', 'a');
    gguf('b.gguf', 'b');
    const models = library(probe());
    await rescan(models);
    models.pauseHashing();
    const background = models.hashInBackground(never);
    const [a, b] = models.list();
    expect(await models.hash(b?.id ?? '', never)).toBe(sha256(head, Buffer.from('b')));
    expect(models.get(a?.id ?? '')?.sha256).toBeNull();
    models.resumeHashing();
    await background;
    expect(models.get(a?.id ?? '')?.sha256).toBe(sha256(head, Buffer.from('a')));
  });

  it('ends for the one who leaves and goes on for the others', async () => {
    gguf('a.gguf', 'a');
    const models = library(probe());
    await rescan(models);
    models.pauseHashing();
    const background = models.hashInBackground(never);
    const stop = new AbortController();
    const mine = models.hash(models.list()[0]?.id ?? '', stop.signal);
    stop.abort();
    await expect(mine).rejects.toThrow('aborted');
    models.resumeHashing();
    await background;
    expect(models.list()[0]?.sha256).not.toBeNull();
  });
});

describe('resolve', () => {
  const resolved = async (models: ModelLibrary, choice: string): Promise<string> => {
    const resolution = await models.resolve(choice, never);
    return resolution.ok ? resolution.model.path : resolution.reason;
  };

  it('takes id, path, file name with and without ending, and header name', async () => {
    const path = gguf('Some-Model.Q8_0.gguf');
    gguf('other.gguf');
    const models = library(probe());
    await rescan(models);
    const id = models.list().find((model) => model.path === path)?.id ?? '';
    for (const choice of [id, path, 'Some-Model.Q8_0.gguf', 'some-model.q8_0', 'name of some-model.q8_0'])
      expect(await resolved(models, choice)).toBe(path);
  });

  it('asks back when a name has two meanings', async () => {
    gguf('x/a.gguf', 'short');
    gguf('y/a.gguf', 'much longer');
    const models = library(probe());
    await rescan(models);
    expect(await resolved(models, 'a')).toMatch(/may mean 2 models: a \(m_.*by its file, its path or its id/);
  });

  it('takes the first of two copies', async () => {
    gguf('x/a.gguf', 'same');
    gguf('y/a.gguf', 'same');
    const models = library(probe());
    await rescan(models);
    expect(await resolved(models, 'a')).toBe(join(dir, 'x/a.gguf'));
  });

  it('says what there is instead', async () => {
    gguf('Llama-3.2-1B.gguf');
    const models = library(probe());
    await rescan(models);
    expect(await resolved(models, 'llama-3.2')).toContain('Is it one of these: Llama-3.2-1B');
    expect(await resolved(models, 'mistral')).toContain('Found are: Llama-3.2-1B');
    expect(await resolved(library(probe()), 'mistral')).toContain('none at all was found');
  });

  it('gives the reason of a file that cannot be used', async () => {
    writeFileSync(join(dir, 'empty.gguf'), '');
    const models = library(probe());
    await rescan(models);
    expect(await resolved(models, 'empty')).toContain('empty cannot be used. This file is empty');
  });

  it('takes a file outside the folders by its path, and keeps it over a rescan', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'assize-outside-'));
    const models = library(probe());
    const path = join(outside, 'o.gguf');
    writeFileSync(path, Buffer.concat([head(), Buffer.from('o')]));
    expect(await resolved(models, path)).toBe(path);
    await rescan(models);
    expect(models.list().map((model) => model.path)).toEqual([path]);
    rmSync(outside, { recursive: true });
    await rescan(models);
    expect(models.list()).toEqual([]);
  });
});

function head(): Buffer {
  return Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16)]);
}
