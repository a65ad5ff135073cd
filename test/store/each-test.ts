import { afterEach, beforeEach } from 'vitest';

import type { Store } from '../../src-main/store/api.ts';
import { assertSound } from './audit.ts';
import { open, type TempDir, tempDir } from './helpers.ts';

/** The database of the test that runs, in a folder of its own. */
export let store: Store;

/** Gives each test of the calling file a fresh `store`. When the test has ended, what it left must be sound. */
export function openForEachTest(): void {
  let dir: TempDir;

  beforeEach(async () => {
    dir = tempDir();
    store = await open(dir.file);
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    assertSound(dir.file);
    dir[Symbol.dispose]();
  });
}
