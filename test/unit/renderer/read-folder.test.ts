import { expect, test } from 'vitest';
import { type FolderEntry, readFolder } from '../../../src-renderer/lib/read-folder.ts';

const fileEntry = (name: string): FolderEntry & { file(done: (file: File) => void): void } => ({
  name,
  isDirectory: false,
  isFile: true,
  file: (done) => done(new File(['x'], name)),
});

/** A folder that gives two entries at a time, as a browser gives a hundred. */
function folder(name: string, entries: readonly FolderEntry[]): FolderEntry {
  const createReader = () => {
    const left = [...entries];
    return { readEntries: (done: (some: FolderEntry[]) => void) => done(left.splice(0, 2)) };
  };
  return Object.assign({ name, isDirectory: true, isFile: false }, { createReader });
}

test('a folder is read to its end, and only what could be a dataset is taken', async () => {
  const entries = [
    ...['10.csv', '2.csv', 'plot.png', '.hidden.csv', 'm.gguf', 'log.eval'].map(fileEntry),
    folder('deep', [fileEntry('samples.jsonl.gz'), folder('node_modules', [fileEntry('package.json')])]),
    folder('.git', [fileEntry('config.json')]),
  ];
  const { files, models, cut } = await readFolder(folder('results', entries));
  expect(files.map(({ place }) => place)).toEqual(['2.csv', '10.csv', 'deep/samples.jsonl.gz', 'log.eval']);
  expect([models, cut]).toEqual([1, false]);
});

test('a home directory dropped by mistake is not read to its end', async () => {
  const many = Array.from({ length: 2100 }, (_, at) => fileEntry(`${at}.csv`));
  expect(await readFolder(folder('home', many))).toMatchObject({ cut: true });
});
