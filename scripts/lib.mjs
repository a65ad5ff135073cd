// What every script needs before anything is installed: plain JavaScript for Node 20 and newer, no dependencies.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { projectRoot, run, runForeground, say, ScriptError } from './run.mjs';

export { projectRoot, run, runForeground, say };

const MODULES = join(projectRoot, 'node_modules');
const OUT = join(projectRoot, 'out');
const STAMP = join(OUT, '.built-from');
const CACHE = join(projectRoot, '.cache');

/** A registry that answers at all answers this in well under a second. */
const REGISTRY_DEADLINE_MS = 10_000;
/** 700 MB on a slow line; every single file has npm's own time-out. */
const INSTALL_DEADLINE_MS = 45 * 60_000;
const BUILD_DEADLINE_MS = 10 * 60_000;

/** npm as the person started it, so that its version and settings hold; otherwise the one on PATH. */
function npm(args, options) {
  const cli = process.env['npm_execpath'];
  return cli !== undefined && /npm-cli\.c?js$/.test(cli) && existsSync(cli)
    ? run(process.execPath, [cli, ...args], options)
    : run('npm', args, options);
}

/** The project's own Node 24, which engines and tests run on whatever started this script. Throws when nothing fits. */
export function nodePath() {
  const own = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 11)) return process.execPath;
  throw new ScriptError(
    'The project’s Node 24 is missing. Run `npm install` in the project, or use Node 24.',
  );
}

/** The environment in which `node` is the project's Node 24 and the project's tools are found. */
export function withProjectNode(env = process.env) {
  const path = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [path]: [dirname(nodePath()), join(MODULES, '.bin'), env[path] ?? ''].join(delimiter) };
}

/** Where the workbench keeps its data: the same rule as src-main/core/locations.ts. */
export function dataDir(env = process.env) {
  if (env['ASSIZE_DATA_DIR']) return resolve(env['ASSIZE_DATA_DIR']);
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'assize');
  if (process.platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'assize', 'Data');
  }
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'assize');
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** True when node_modules holds what package-lock.json asks for. Optional packages may be missing: they are other systems'. */
export function isInstalled() {
  const wanted = readJson(join(projectRoot, 'package-lock.json'))?.packages;
  const present = readJson(join(MODULES, '.package-lock.json'))?.packages;
  // A packaged program has no lock file and nothing to install.
  if (wanted === undefined) return existsSync(MODULES) || existsSync(OUT);
  if (present === undefined) return false;
  const missing = Object.entries(wanted).some(
    ([path, { version, optional, devOptional }]) =>
      path !== '' && optional !== true && devOptional !== true && present[path]?.version !== version,
  );
  return !missing && hasProjectNode();
}

function hasProjectNode() {
  try {
    return nodePath() !== '';
  } catch {
    return false;
  }
}

/** Installs what package-lock.json says when it is not there. Throws ScriptError with what to do. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  await withLock('install', async () => {
    if (isInstalled()) return;
    say('Installing the packages (about 700 MB, once) …');
    const offline = !(await registryAnswers());
    if (offline) say('The package registry does not answer; trying npm’s cache.');
    const flags = ['--no-audit', '--no-fund', '--loglevel=error', ...(offline ? ['--offline'] : [])];
    const stop = sayWhileWaiting('still installing');
    try {
      // Not `npm ci`: it refuses a lock file that lacks other systems’ optional packages, which npm itself leaves out where a registry
      // has not got them. `--no-save` keeps the lock file as it is. Scripts are off: better-sqlite3 and node-llama-cpp bring their
      // binaries and would only try to build them again.
      await npmOrFail(['install', '--no-save', '--ignore-scripts', ...flags], offline);
      // The one script that has work to do: it fetches the Node binary of this system.
      const rebuilt = await npmOrFail(['rebuild', 'node', ...flags], offline);
      if (!hasProjectNode()) throw new ScriptError(installFailure(offline, rebuilt));
    } finally {
      stop();
    }
    say('Installed.');
  });
}

async function npmOrFail(args, offline) {
  const env = { ...process.env, NODE_LLAMA_CPP_POSTINSTALL: 'skip' };
  const result = await npm(args, { env, quiet: true, timeoutMs: INSTALL_DEADLINE_MS });
  if (result.code !== 0) throw new ScriptError(installFailure(offline, result));
  return result;
}

/** npm is silent when nobody watches it: a line now and then tells that it is not stuck. Returns what ends it. */
function sayWhileWaiting(what) {
  const startedAt = Date.now();
  const timer = setInterval(
    () => say(`… ${what} (${Math.round((Date.now() - startedAt) / 1000)} s)`),
    20_000,
  );
  return () => clearInterval(timer);
}

async function registryAnswers() {
  const { version } = readJson(join(projectRoot, 'package-lock.json'))?.packages?.['node_modules/zod'] ?? {};
  const asked = await npm(
    [
      'view',
      `zod@${version ?? 'latest'}`,
      'version',
      '--prefer-online',
      '--fetch-retries=0',
      `--fetch-timeout=${REGISTRY_DEADLINE_MS}`,
    ],
    { quiet: true, timeoutMs: REGISTRY_DEADLINE_MS + 2000 },
  );
  return asked.code === 0;
}

function installFailure(offline, { code, output }) {
  const why =
    code === 124
      ? 'It took too long.'
      : offline
        ? 'The package registry does not answer and npm’s cache does not hold everything. Try again with a network.'
        : 'Run `npm install --no-save --ignore-scripts` yourself to see why.';
  return `The packages could not be installed. ${why}\n${output.trim().split('\n').slice(-12).join('\n')}`;
}

/** What a build is made of. Tests and documents do not change it. */
const SOURCES = ['src-main', 'src-renderer', 'electron.vite.config.ts', 'package-lock.json'];

/** SHA-256 over the paths and contents of everything the build reads: unlike times, equal after a checkout. */
function sourcesHash() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(projectRoot, path);
    let entries;
    try {
      entries = readdirSync(full, { withFileTypes: true });
    } catch {
      if (existsSync(full)) hash.update(`${path}\0`).update(readFileSync(full));
      return;
    }
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) visit(`${path}/${name}`);
  };
  SOURCES.forEach(visit);
  return hash.digest('hex');
}

/** True when out/ was built from the sources that are here, or when there are no sources (packaged). */
export function isBuilt() {
  if (!existsSync(join(projectRoot, 'src-main'))) return existsSync(join(OUT, 'main', 'cli.js'));
  try {
    return readFileSync(STAMP, 'utf8') === sourcesHash();
  } catch {
    return false;
  }
}

/** Builds when the sources are not those of out/. Throws ScriptError with the builder's words. */
export async function ensureBuilt() {
  if (!isBuilt()) await build();
}

/** Builds all entries and the page into out/, unless another process has just built the same sources. */
export async function build() {
  await withLock('build', async () => {
    if (isBuilt()) return;
    say('Building …');
    const hash = sourcesHash();
    rmSync(STAMP, { force: true });
    const tool = join(MODULES, 'electron-vite', 'bin', 'electron-vite.js');
    const built = await run(nodePath(), [tool, 'build', '--logLevel', 'warn'], {
      quiet: true,
      timeoutMs: BUILD_DEADLINE_MS,
    });
    if (built.code !== 0) throw new ScriptError(`The build failed:\n${built.output.trim()}`);
    writeFileSync(STAMP, hash);
  });
}

/** One process at a time installs or builds; the others wait for it. A lock whose process is gone is taken over. */
async function withLock(name, work) {
  mkdirSync(CACHE, { recursive: true });
  const lock = join(CACHE, `${name}.lock`);
  let waited = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!waited) say(`Another process does the ${name} already; waiting for it …`);
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Just created and not written yet: someone is there.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Runs the built `assize` on the project's Node and resolves its exit code. Ctrl-C reaches it by the terminal; a SIGTERM or SIGHUP that
 * reaches only this process is handed on, so that a run is given back before both end.
 */
export function runAssize(args, { env = process.env } = {}) {
  return runForeground(nodePath(), [join(OUT, 'main', 'cli.js'), ...args], { env });
}
