import type os from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { dataDirectory } from '../../../src-main/core/locations.ts';

const home = vi.hoisted(() => ({ of: (): string => '' }));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof os>()),
  homedir: () => home.of(),
  userInfo: () => ({ homedir: home.of() }),
}));

const nobody = (): never => {
  throw new Error('uv_os_homedir returned ENOENT');
};

// Catches: a stack trace before the first word, also where the data's folder is named.
test('a user without a home names the folder of the data', () => {
  home.of = nobody;
  expect(dataDirectory(undefined, { ASSIZE_DATA_DIR: '/srv/assize' })).toBe('/srv/assize');
  expect(dataDirectory('/srv/other', {})).toBe('/srv/other');
  expect(() => dataDirectory(undefined, {})).toThrow('Name a folder with --data-dir or ASSIZE_DATA_DIR');
});

test.skipIf(process.platform !== 'linux')('data are where the platform keeps those of an application', () => {
  home.of = () => '/home/ada';
  expect(dataDirectory(undefined, {})).toBe(join('/home/ada', '.local', 'share', 'assize'));
  // Catches: data in the folder that a script stood in, whose variable was not set.
  expect(dataDirectory('', { ASSIZE_DATA_DIR: '' })).toBe(join('/home/ada', '.local', 'share', 'assize'));
  expect(dataDirectory(undefined, { XDG_DATA_HOME: '/big' })).toBe(join('/big', 'assize'));
});
