import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FoundModel, ScanNote, ScannedPlace } from '../../../src-main/core/models/found.ts';
import { modelPlaces } from '../../../src-main/core/models/model-places.ts';
import { scanModels } from '../../../src-main/core/models/scan-models.ts';
import type { ScanOptions } from '../../../src-main/core/models/scan-models.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'assize-scan-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function plant(path: string, text = 'GGUF'): string {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  symlinkSync(target, join(home, path));
}

async function scan(
  more: Partial<ScanOptions> = {},
): Promise<{ models: FoundModel[]; notes: ScanNote[]; places: ScannedPlace[] }> {
  const out = {
    models: new Array<FoundModel>(),
    notes: new Array<ScanNote>(),
    places: new Array<ScannedPlace>(),
  };
  const options: ScanOptions = {
    folders: [],
    ownFolder: null,
    env: {},
    home,
    platform: 'linux',
    signal: new AbortController().signal,
    ...more,
  };
  for await (const file of scanModels(options)) {
    if (file.kind === 'model') out.models.push(file);
    else if (file.kind === 'note') out.notes.push(file);
    else out.places.push(file);
  }
  return out;
}

describe("the user's folders", () => {
  it('are searched deep, hidden folders and other files left out', async () => {
    plant('m/user/repo/Model-A.Q8_0.gguf');
    plant('m/B.GGUF');
    plant('m/.trash/C.gguf');
    plant('m/readme.md');
    plant('m/D.gguf.part');
    const { models } = await scan({ folders: [join(home, 'm')] });
    expect(models.map((model) => [model.name, model.source])).toEqual([
      ['B', 'folder'],
      ['Model-A.Q8_0', 'folder'],
    ]);
  });

  it('may be one file', async () => {
    const file = plant('m/one.gguf');
    expect((await scan({ folders: [file] })).models.map((model) => model.path)).toEqual([file]);
  });

  it('that are away are said to be away: an empty list alone would look like lost models', async () => {
    const { places } = await scan({ folders: [join(home, 'usb')] });
    expect(places).toEqual([
      expect.objectContaining({ found: 0, note: expect.stringContaining('is not there') }),
    ]);
  });

  it('with a link back to themselves end, with a note', async () => {
    plant('m/a/x.gguf');
    link(join(home, 'm'), 'm/a/again');
    const { models, notes } = await scan({ folders: [join(home, 'm')] });
    expect(models).toHaveLength(1);
    expect(notes).toEqual([expect.objectContaining({ text: expect.stringContaining('links back') })]);
  });

  it('list a file once that two links lead to', async () => {
    const file = plant('store/x.gguf');
    link(file, 'm/first.gguf');
    link(file, 'm/second.gguf');
    link(join(home, 'm'), 'n');
    const { models } = await scan({ folders: [join(home, 'm'), join(home, 'n'), join(home, 'store')] });
    expect(models.map((model) => model.name)).toEqual(['first']);
  });

  it('note a link to nothing', async () => {
    link(join(home, 'gone.gguf'), 'm/x.gguf');
    const { models, notes } = await scan({ folders: [join(home, 'm')] });
    expect(models).toEqual([]);
    expect(notes[0]?.text).toContain('not there');
  });

  it('note a folder that may not be read, and go on', async () => {
    plant('m/secret/x.gguf');
    plant('m/y.gguf');
    chmodSync(home, 0o755);
    chmodSync(join(home, 'm/secret'), 0o000);
    const root = process.geteuid?.() === 0;
    // Root may read everything.
    if (root) process.seteuid?.(65534);
    try {
      const { models, notes } = await scan({ folders: [join(home, 'm')] });
      expect(models.map((model) => model.name)).toEqual(['y']);
      expect(notes[0]?.text).toContain('may not be read');
    } finally {
      if (root) process.seteuid?.(0);
      chmodSync(join(home, 'm/secret'), 0o755);
    }
  });
});

describe('split models', () => {
  it('are one model of all parts, in order', async () => {
    for (const part of [3, 1, 2]) plant(`m/Big-Q4_K_M-0000${part}-of-00003.gguf`, 'x'.repeat(part));
    const { models } = await scan({ folders: [join(home, 'm')] });
    expect(models).toHaveLength(1);
    expect(models[0]).toMatchObject({ name: 'Big-Q4_K_M', problem: null });
    expect(models[0]?.parts.map((part) => part.bytes)).toEqual([1, 2, 3]);
  });

  it('name their missing parts, and keep the id they have when complete', async () => {
    plant('m/Big-00002-of-00003.gguf');
    const [partial] = (await scan({ folders: [join(home, 'm')] })).models;
    expect(partial?.problem).toContain(
      '2 of 3 parts are missing: Big-00001-of-00003.gguf, Big-00003-of-00003.gguf',
    );
    plant('m/Big-00001-of-00003.gguf');
    plant('m/Big-00003-of-00003.gguf');
    const [whole] = (await scan({ folders: [join(home, 'm')] })).models;
    expect(whole).toMatchObject({ problem: null, id: partial?.id });
  });

  it('of the same name but another count are two', async () => {
    plant('m/Big-00001-of-00001.gguf');
    plant('m/Big-00001-of-00002.gguf');
    expect(
      (await scan({ folders: [join(home, 'm')] })).models.map((model) => model.problem === null),
    ).toEqual([true, false]);
  });

  it('cut by hand are explained', async () => {
    plant('m/llama-2-70b-chat.Q8_0.gguf-split-a');
    expect((await scan({ folders: [join(home, 'm')] })).notes[0]?.text).toContain('join them');
  });
});

it('a vision part is not offered as a model', async () => {
  plant('m/mmproj-model-f16.gguf');
  expect((await scan({ folders: [join(home, 'm')] })).models[0]?.problem).toContain('vision part');
});

describe("other programs' caches", () => {
  it('of the Hugging Face hub: a file is listed under its name, not its hash, and once over all revisions', async () => {
    const repo = '.cache/huggingface/hub/models--user--repo';
    const blob = plant(`${repo}/blobs/0123abcd`);
    link(blob, `${repo}/snapshots/rev1/Model.Q4_0.gguf`);
    link(blob, `${repo}/snapshots/rev2/Model.Q4_0.gguf`);
    const { models } = await scan();
    expect(models.map((model) => [model.name, model.source])).toEqual([['Model.Q4_0', 'hugging-face']]);
  });

  it('of LM Studio: where its settings and its home pointer say', async () => {
    plant('.lmstudio-home-pointer', join(home, 'lm'));
    plant('lm/settings.json', JSON.stringify({ downloadsFolder: join(home, 'elsewhere') }));
    plant('elsewhere/pub/repo/A.gguf');
    plant('lm/models/pub/repo/B.gguf');
    plant('.lmstudio/models/pub/repo/C.gguf');
    plant('.lmstudio/settings.json', '{broken');
    plant('.cache/lm-studio/models/pub/repo/D.gguf');
    const { models } = await scan();
    expect(models.map((model) => model.name)).toEqual(['A', 'B', 'C', 'D']);
    expect(new Set(models.map((model) => model.source))).toEqual(new Set(['lm-studio']));
  });

  const digest = (character: string): string => `sha256:${character.repeat(64)}`;
  const manifest = (tag: string, ...layers: readonly [type: string, digest: string][]): string =>
    plant(
      `.ollama/models/manifests/${tag}`,
      JSON.stringify({
        schemaVersion: 2,
        layers: layers.map(([type, of]) => ({
          mediaType: `application/vnd.ollama.image.${type}`,
          digest: of,
          size: 4,
        })),
      }),
    );

  it('of Ollama: blobs get the names of their tags, shared ones all of them', async () => {
    plant(`.ollama/models/blobs/sha256-${'a'.repeat(64)}`);
    manifest('registry.ollama.ai/library/llama3.2/1b', ['model', digest('a')], ['template', digest('f')]);
    manifest('registry.ollama.ai/library/llama3.2/latest', ['model', digest('a')]);
    manifest('hf.co/user/repo-GGUF/Q4_K_M', ['model', digest('b')]);
    const { models, notes } = await scan();
    expect(models).toEqual([
      expect.objectContaining({
        name: 'llama3.2:1b',
        aliases: ['llama3.2:latest'],
        source: 'ollama',
        problem: null,
      }),
    ]);
    expect(notes[0]?.text).toContain('ollama pull hf.co/user/repo-GGUF:Q4_K_M');
  });

  it('of Ollama: a tag with an adapter is not its base model', async () => {
    plant(`.ollama/models/blobs/sha256-${'a'.repeat(64)}`);
    manifest('registry.ollama.ai/library/base/latest', ['model', digest('a')]);
    manifest('registry.ollama.ai/me/tuned/latest', ['model', digest('a')], ['adapter', digest('c')]);
    const { models } = await scan();
    expect(models.map((model) => [model.name, model.problem === null])).toEqual([
      ['base:latest', true],
      ['me/tuned:latest', false],
    ]);
    expect(new Set(models.map((model) => model.id)).size).toBe(2);
  });

  it('of Ollama: a manifest that is none is a note', async () => {
    plant('.ollama/models/manifests/registry.ollama.ai/library/x/latest', 'not json');
    expect((await scan()).notes[0]?.text).toContain('no manifest');
  });

  it('are found in the right places on every platform', async () => {
    const at = async (
      platform: NodeJS.Platform,
      env: Record<string, string>,
      root: string,
    ): Promise<string[]> =>
      (await modelPlaces({ folders: [], ownFolder: null, env, home: root, platform })).map(
        (place) => place.path,
      );
    expect(await at('darwin', {}, '/Users/me')).toContain('/Users/me/Library/Caches/llama.cpp');
    expect(await at('win32', { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'C:\\Users\\me')).toEqual([
      'C:\\Users\\me\\.lmstudio\\models',
      'C:\\Users\\me\\.cache\\lm-studio\\models',
      'C:\\Users\\me\\.cache\\huggingface\\hub',
      'C:\\Users\\me\\AppData\\Local\\llama.cpp',
      'C:\\Users\\me\\.ollama\\models',
    ]);
    const named = await at(
      'linux',
      {
        HF_HOME: '/data/hf',
        LLAMA_CACHE: '/data/llama',
        OLLAMA_MODELS: '/data/ollama',
        HF_HUB_CACHE: '/data/hub',
      },
      '/home/me',
    );
    for (const path of ['/data/hf/hub', '/data/hub', '/data/llama', '/data/ollama'])
      expect(named).toContain(path);
    expect(named).not.toContain('/home/me/.cache/llama.cpp');
  });
});

it('stops when aborted', async () => {
  plant('m/a.gguf');
  const stop = new AbortController();
  stop.abort();
  await expect(scan({ folders: [join(home, 'm')], signal: stop.signal })).rejects.toThrow('aborted');
});
