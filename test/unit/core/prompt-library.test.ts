import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPromptLibrary, type PromptLibrary } from '../../../src-main/core/judging/prompt-library.ts';
import type { JudgePromptFields } from '../../../src-main/domain/prompts/judge-prompt.ts';

const SHIPPED = resolve(import.meta.dirname, '..', '..', '..', 'resources', 'prompts');

let root: string;
let library: PromptLibrary;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assize-prompts-'));
  library = createPromptLibrary(SHIPPED, join(root, 'prompts'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function fields(more: Partial<JudgePromptFields> = {}): Promise<JudgePromptFields> {
  const { version: _, needsGold: __, ...strict } = (await library.detail('strict')).prompt;
  return { ...strict, id: 'mine', title: 'Mine', ...more };
}

describe('a prompt of one’s own', () => {
  test('is listed beside those that came, and is what was written', async () => {
    const saved = await library.save(await fields({ description: 'for names' }), null);
    expect(saved).toMatchObject({ builtIn: false, prompt: { version: 1, title: 'Mine', needsGold: true } });
    const listed = await library.list();
    expect(listed.find(({ id }) => id === 'mine')).toMatchObject({
      name: 'Mine',
      description: 'for names',
      sha256: saved.sha256,
      version: 1,
      problem: null,
    });
    expect(listed.find(({ id }) => id === 'strict')?.builtIn).toBe(true);
    expect((await library.get('mine')).prompt.labels).toEqual((await library.get('strict')).prompt.labels);
  });

  test('changed is a new version with a hash of its own, and the old one is still found under both its names', async () => {
    const first = await library.save(await fields(), null);
    const pinned = (await library.get('mine')).ref;
    expect(pinned).toBe(`mine@${first.sha256.slice(0, 12)}`);
    const second = await library.save(await fields({ closing: 'Now say it:' }), first.sha256);
    expect(second.prompt.version).toBe(2);
    expect(second.sha256).not.toBe(first.sha256);
    expect(second.versions.map(({ version }) => version)).toEqual([2, 1]);
    for (const ref of [pinned, 'mine@1']) {
      expect(await library.get(ref)).toMatchObject({ sha256: first.sha256, ref });
    }
    expect((await library.get('mine')).sha256).toBe(second.sha256);
  });

  test('with another title is the same judge', async () => {
    const first = await library.save(await fields(), null);
    const renamed = await library.save(await fields({ title: 'Names only' }), first.sha256);
    expect(renamed).toMatchObject({ sha256: first.sha256, prompt: { version: 1, title: 'Names only' } });
  });

  test('deleted is off the list, but a run that used it finds it, and its number does not come again', async () => {
    const first = await library.save(await fields(), null);
    const { ref } = await library.get('mine');
    await library.remove('mine');
    expect((await library.list()).map(({ id }) => id)).not.toContain('mine');
    await expect(library.get('mine')).rejects.toThrow(/no judge prompt "mine"/);
    expect((await library.get(ref)).sha256).toBe(first.sha256);
    const again = await library.save(await fields({ closing: 'Otherwise:' }), null);
    expect(again.prompt.version).toBe(2);
  });

  test('edited by hand without a new version is pinned by what it says', async () => {
    await library.save(await fields(), null);
    const before = await library.get('mine');
    const path = join(root, 'prompts', 'mine.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('Grade (', 'Mark ('));
    const after = await library.get('mine');
    expect(after.ref).not.toBe(before.ref);
    expect((await library.get(before.ref)).sha256).toBe(before.sha256);
  });

  test('is saved one after the other when two windows save at once: one of them is told', async () => {
    const first = await library.save(await fields(), null);
    const both = await Promise.allSettled([
      library.save(await fields({ closing: 'One:' }), first.sha256),
      library.save(await fields({ closing: 'Two:' }), first.sha256),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await library.get('mine')).prompt.closing).toBe('One:');
  });
});

describe('what cannot be saved is said', () => {
  test.each([
    [{ id: 'strict' }, /came with Assize/],
    [{ id: 'My Judge' }, /lower-case/],
    [{ user: 'no variable' }, /contain \{answer\}/],
    [{ system: 'Use {Gold}.' }, /small letters: \{gold\}/],
    [{ system: 'Use {golden}.' }, /\{golden\}, which does not exist/],
  ])('%j', async (change, sentence) => {
    await expect(library.save(await fields(change), null)).rejects.toThrow(sentence);
    expect(await readdir(join(root, 'prompts')).catch(() => [])).toEqual([]);
  });

  test('a new prompt does not write over one of the same id', async () => {
    await library.save(await fields(), null);
    await expect(library.save(await fields({ closing: 'X' }), null)).rejects.toThrow(/already/);
  });

  test('what came with Assize stays', async () => {
    await expect(library.remove('strict')).rejects.toThrow(/came with Assize/);
    await expect(library.remove('none')).rejects.toThrow(/no judge prompt "none"/);
  });

  test('a file that is no prompt is listed with what is wrong, and the others go on', async () => {
    await library.save(await fields(), null);
    await writeFile(join(root, 'prompts', 'bad.yaml'), 'id: bad\nuser: [');
    const listed = await library.list();
    expect(listed.find(({ id }) => id === 'bad')?.problem).toMatch(/is not YAML/);
    expect((await library.get('mine')).prompt.id).toBe('mine');
    await expect(library.get('bad')).rejects.toThrow(/is not YAML/);
    await library.remove('bad');
    expect((await library.list()).map(({ id }) => id)).not.toContain('bad');
  });
});
