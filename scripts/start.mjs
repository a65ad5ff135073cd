// `npm start`: the workbench in Electron where it can run, otherwise the same workbench on loopback with its address printed.
// `npm start -- --serve` never opens Electron; other arguments go to `assize serve`.
import { existsSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureBuilt,
  ensureInstalled,
  nodePath,
  projectRoot,
  run,
  runAssize,
  runForeground,
  say,
} from './lib.mjs';

const ELECTRON = join(projectRoot, 'node_modules', 'electron');
const NOT_FETCHED = join(projectRoot, '.cache', 'electron-not-fetched');

/** About 110 MB: a line that is quick enough for it is, and one that is not should not keep anyone waiting. */
const FETCH_DEADLINE_MS = 25_000;
/** After a failure the fetch is not tried again for a day; `npx install-electron` does it at any time. */
const RETRY_AFTER_MS = 24 * 60 * 60_000;
/** An Electron that ends this soon did not open a window (a missing library, a sandbox the system forbids). */
const STILLBORN_MS = 5000;

function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/** The Electron binary, by ELECTRON_OVERRIDE_DIST_PATH or the package's own; null when there is none. */
function electronBinary() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const path = join(override || join(ELECTRON, 'dist'), executableName());
  if (!existsSync(path)) return null;
  if (override) return path;
  // A download that was cut off leaves a binary of nothing: the package writes path.txt last.
  try {
    return readFileSync(join(ELECTRON, 'path.txt'), 'utf8') === '' ? null : path;
  } catch {
    return null;
  }
}

/** Why no window can be opened here whatever is installed; null when one can. */
function noWindowReason() {
  const { env, platform } = process;
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display here';
  if (platform === 'linux' && process.getuid?.() === 0) return 'Electron’s sandbox does not run as root';
  return null;
}

async function fetchElectron() {
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH']) return;
  if (existsSync(NOT_FETCHED) && Date.now() - statSync(NOT_FETCHED).mtimeMs < RETRY_AFTER_MS) return;
  say(
    `Fetching Electron (about 110 MB); if it is not here in ${FETCH_DEADLINE_MS / 1000} s, the browser will do …`,
  );
  await run(nodePath(), [join(ELECTRON, 'install.js')], { quiet: true, timeoutMs: FETCH_DEADLINE_MS });
  mkdirSync(join(projectRoot, '.cache'), { recursive: true });
  if (electronBinary() === null) writeFileSync(NOT_FETCHED, '');
  else rmSync(NOT_FETCHED, { force: true });
}

/** The exit code of the desktop, or null when it could not be opened and why was said. */
async function openDesktop() {
  const reason = noWindowReason();
  if (reason !== null) {
    say(`Serving the workbench for a browser: ${reason}.`);
    return null;
  }
  if (electronBinary() === null) await fetchElectron();
  const binary = electronBinary();
  if (binary === null) {
    say(
      'Serving the workbench for a browser: Electron’s binary is not here. `npx install-electron` fetches it.',
    );
    return null;
  }
  const startedAt = Date.now();
  // With it set, the binary would be a bare Node and open nothing.
  const { ELECTRON_RUN_AS_NODE: _unused, ...env } = process.env;
  const code = await runForeground(binary, [projectRoot], { env }).catch(() => 127);
  if (code === 0 || Date.now() - startedAt > STILLBORN_MS) return code;
  say(`Electron ended at once (code ${code}); serving the workbench for a browser instead.`);
  return null;
}

const args = process.argv.slice(2);
const serveOnly = args.includes('--serve');
await ensureInstalled();
await ensureBuilt();
const code = serveOnly ? null : await openDesktop();
process.exitCode = code ?? (await runAssize(['serve', ...args.filter((arg) => arg !== '--serve')]));
