import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fitToDisplays,
  MINIMUM,
  readWindowState,
  writeWindowState,
} from '../../src-main/desktop/window-state.ts';

const left = { x: 0, y: 0, width: 1920, height: 1080 };
const right = { x: 1920, y: 0, width: 2560, height: 1440 };
const at = (x: number, y: number) => ({ width: 1280, height: 800, position: { x, y }, maximized: false });

describe('a window comes back', () => {
  test('where it was, on either display', () => {
    expect(fitToDisplays(at(100, 50), [left])).toEqual(at(100, 50));
    expect(fitToDisplays(at(2000, 50), [left, right])).toEqual(at(2000, 50));
    expect(fitToDisplays(at(-200, 0), [left]).position).toEqual({ x: -200, y: 0 });
  });

  // The display was unplugged, or the resolution changed: its title bar would be out of reach.
  test.each([
    [2000, 50],
    [-1270, 0],
    [1910, 0],
    [100, -500],
    [100, 1070],
  ])('not at %d, %d when no display is there', (x, y) => {
    expect(fitToDisplays(at(x, y), [left]).position).toBeNull();
  });

  test('never smaller than what works', () => {
    const tiny = { width: 10, height: 10, position: null, maximized: true };
    expect(fitToDisplays(tiny, [left])).toEqual({ ...MINIMUM, position: null, maximized: true });
  });
});

describe('the file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assize-window-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('keeps what was written', () => {
    const path = join(folder, 'deeper', 'window.json');
    writeWindowState(path, at(3, 4));
    expect(readWindowState(path)).toEqual(at(3, 4));
  });

  test.each([
    '',
    '{',
    '[]',
    '{"width":"wide"}',
    '{"width":1e9,"height":1,"position":null,"maximized":false}',
  ])('%j is not used', async (text) => {
    const path = join(folder, 'bad.json');
    await writeFile(path, text);
    expect(readWindowState(path)).toEqual({ width: 1280, height: 800, position: null, maximized: false });
  });
});
