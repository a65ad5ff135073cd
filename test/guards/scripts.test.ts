import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataDirectory } from '../../src-main/core/locations.ts';
import { electronBinary, noWindowReason } from '../../scripts/electron.mjs';
import { dataDir, ensureBuilt, isInstalled, nodePath, projectRoot, run } from '../../scripts/lib.mjs';

const BUILD_MS = 180_000;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assize-scripts-'));
  await ensureBuilt();
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ended, or ended and not yet collected by an init process, which containers often lack. */
function isGone(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

const BIN = join(projectRoot, 'scripts', 'assize.mjs');

describe('run', () => {
  test('a program that hangs is ended at its time-out, with the children it started', async () => {
    const script = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
      console.log(c.pid); setInterval(() => {}, 1e6)`;
    const result = await run(nodePath(), ['-e', script], { quiet: true, timeoutMs: 1500 });
    expect(result.code).toBe(124);
    const grandchild = Number(result.output);
    expect(grandchild).toBeGreaterThan(0);
    await expect.poll(() => isGone(grandchild)).toBe(true);
  });

  test('a program that is not there is a code, not an exception', async () => {
    expect((await run('assize-no-such-program', [], { quiet: true })).code).toBe(127);
  });
});

test('what is installed here is seen as that, and is not installed again', () => {
  expect(isInstalled()).toBe(true);
});

test.each([
  { HOME: '/home/ada' },
  { XDG_DATA_HOME: '/data' },
  { ASSIZE_DATA_DIR: '/elsewhere', XDG_DATA_HOME: '/data' },
])('scripts and core look for the data in the same place: %j', async (env) => {
  const script = `const { dataDirectory } = await import(process.argv[1]); console.log(dataDirectory(undefined))`;
  const core = join(projectRoot, 'src-main', 'core', 'locations.ts');
  const told = await run(nodePath(), ['--input-type=module', '-e', script, core], { quiet: true, env });
  const lib = join(projectRoot, 'scripts', 'lib.mjs');
  const script2 = `const { dataDir } = await import(process.argv[1]); console.log(dataDir())`;
  const asked = await run(nodePath(), ['--input-type=module', '-e', script2, lib], { quiet: true, env });
  expect(asked.output).toBe(told.output);
  expect(dataDir({ ASSIZE_DATA_DIR: '/x' })).toBe(dataDirectory(undefined, { ASSIZE_DATA_DIR: '/x' }));
});

describe('assize', () => {
  test('gives arguments on and exit codes back', async () => {
    const version = await run(nodePath(), [BIN, '--version'], { quiet: true });
    expect(version.code).toBe(0);
    expect(version.output.trimEnd().split('\n').at(-1)).toBe('0.1.0');
    expect((await run(nodePath(), [BIN, 'no-such-verb'], { quiet: true })).code).toBe(2);
  });

  test('serve, told to end, closes in order and leaves no process', async () => {
    const child = spawn(nodePath(), [BIN, 'serve', '--port', '0', '--json'], {
      env: { ...process.env, ASSIZE_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await once(child.stdout, 'data');
    const { url } = JSON.parse(String(printed));
    const page = await fetch(url);
    expect(page.status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});

describe('start', () => {
  const makePackage = (name: string, withPath: boolean): string => {
    const at = join(folder, name);
    mkdirSync(join(at, 'dist'), { recursive: true });
    writeFileSync(join(at, 'dist', 'electron'), '');
    if (withPath) writeFileSync(join(at, 'path.txt'), 'electron');
    return at;
  };

  test('finds the binary of the package, but not half of one', () => {
    const whole = makePackage('whole', true);
    expect(electronBinary({}, whole, 'linux')).toBe(join(whole, 'dist', 'electron'));
    expect(electronBinary({}, makePackage('half', false), 'linux')).toBeNull();
    expect(electronBinary({}, join(folder, 'none'), 'linux')).toBeNull();
  });

  test('prefers one that is named, and takes no other when that is not there', () => {
    const whole = makePackage('named', true);
    const env = { ELECTRON_OVERRIDE_DIST_PATH: join(whole, 'dist') };
    expect(electronBinary(env, join(folder, 'none'), 'linux')).toBe(join(whole, 'dist', 'electron'));
    expect(electronBinary({ ELECTRON_OVERRIDE_DIST_PATH: '/none' }, whole, 'linux')).toBeNull();
  });

  test.each([
    [{ env: {}, platform: 'linux', uid: 1000 }, /display/],
    [{ env: { DISPLAY: ':0' }, platform: 'linux', uid: 0 }, /root/],
  ])('says why it opens no window: %j', (facts, why) => expect(noWindowReason(facts)).toMatch(why));

  test.each([
    { env: { DISPLAY: ':0' }, platform: 'linux', uid: 1000 },
    { env: { WAYLAND_DISPLAY: 'wayland-0' }, platform: 'linux', uid: 1000 },
    { env: {}, platform: 'darwin', uid: 501 },
    { env: {}, platform: 'win32' },
  ])('opens one where it can: %j', (facts) => expect(noWindowReason(facts)).toBeNull());
});
