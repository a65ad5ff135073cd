// The one test command: sets itself up on a fresh machine, then checks, builds and tests. Plain JavaScript, because it runs on the
// system's Node (20 or newer) before anything is installed. The last line it prints is "N passed, N failed, N skipped".
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, ensureInstalled, run, withProjectNode } from './lib.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHECKS = ['check:types', 'check:lint', 'check:format', 'check:unused'];

const totals = { passed: 0, failed: 0, skipped: 0 };

/** A system package for tests that need it. Without root or apt the tests say themselves that they were skipped. */
async function ensurePackage(name, present, why) {
  if (present()) return;
  const root = process.getuid?.() === 0;
  if (!root || !existsSync('/usr/bin/apt-get')) {
    console.log(`${name} is not installed: ${why} are skipped. Install it with: apt-get install ${name}`);
    return;
  }
  console.log(`Installing ${name} for ${why} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env, quiet: true, timeoutMs: 120_000 });
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
    env,
    quiet: true,
    timeoutMs: 600_000,
  });
  if (code !== 0) console.log(`${name} could not be installed: ${why} are skipped.`);
}

function hasBrowser() {
  if (process.env['ASSIZE_CHROMIUM']) return true;
  const folders = (process.env['PATH'] ?? '').split(':');
  return BROWSERS.some((name) => folders.some((folder) => existsSync(join(folder, name))));
}

async function check(name) {
  const { code } = await run('npm', ['run', '--silent', name], { env: withProjectNode() });
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  totals[code === 0 ? 'passed' : 'failed'] += 1;
}

async function tests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'assize-tests-'));
  const report = join(folder, 'report.json');
  try {
    const args = [
      'run',
      '--silent',
      'vitest',
      '--',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${report}`,
    ];
    const { code } = await run('npm', [...args, ...filters], { env: withProjectNode() });
    const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
    if (result === null) {
      totals.failed += 1;
      return;
    }
    totals.passed += result.numPassedTests;
    totals.failed += result.numFailedTests;
    totals.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
    // A file that could not be loaded has no failed test of its own.
    if (code !== 0 && result.numFailedTests === 0)
      totals.failed += Math.max(1, result.numFailedTestSuites ?? 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filters = process.argv.slice(2);
await ensureInstalled();
await ensurePackage('chromium', hasBrowser, 'browser tests');
await ensurePackage(
  'mesa-vulkan-drivers',
  () =>
    process.platform !== 'linux' ||
    existsSync('/usr/share/vulkan/icd.d/lvp_icd.x86_64.json') ||
    existsSync('/usr/share/vulkan/icd.d/lvp_icd.json'),
  'tests on a software GPU',
);
await build();
if (filters.length === 0) for (const name of CHECKS) await check(name);
await tests(filters);

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
