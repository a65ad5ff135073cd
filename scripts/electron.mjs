// Where Electron's binary is, and whether it could open a window at all. The package has no install script: the binary is fetched when
// first wanted.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath, projectRoot, run, say } from './lib.mjs';

const PACKAGE = join(projectRoot, 'node_modules', 'electron');
const NOT_FETCHED = join(projectRoot, '.cache', 'electron-not-fetched');

/** About 110 MB: a line that is quick enough for it is, and one that is not should not keep anyone waiting. */
const FETCH_DEADLINE_MS = 25_000;
/** After a failure the fetch is not tried again for a day; `npx install-electron` does it at any time. */
const RETRY_AFTER_MS = 24 * 60 * 60_000;

function executableName(platform) {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

/** The Electron binary, by ELECTRON_OVERRIDE_DIST_PATH or the package's own; null when there is none. */
export function electronBinary(env = process.env, packageFolder = PACKAGE, platform = process.platform) {
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const path = join(override || join(packageFolder, 'dist'), executableName(platform));
  if (!existsSync(path)) return null;
  if (override) return path;
  // A download that was cut off leaves half a folder: the package writes path.txt last.
  try {
    return readFileSync(join(packageFolder, 'path.txt'), 'utf8') === '' ? null : path;
  } catch {
    return null;
  }
}

/** Why no window can be opened here whatever is installed; null when one can. */
export function noWindowReason({
  env = process.env,
  platform = process.platform,
  uid = process.getuid?.(),
} = {}) {
  if (platform !== 'linux') return null;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display here';
  return uid === 0 ? 'Electron’s sandbox does not run as root' : null;
}

/** Tries to fetch the binary within seconds, once a day. Afterwards electronBinary() says whether it is there. */
export async function fetchElectron(env = process.env) {
  if (env['ELECTRON_OVERRIDE_DIST_PATH']) return;
  if (existsSync(NOT_FETCHED) && Date.now() - statSync(NOT_FETCHED).mtimeMs < RETRY_AFTER_MS) return;
  say(
    `Fetching Electron (about 110 MB); if it is not here in ${FETCH_DEADLINE_MS / 1000} s, the browser will do …`,
  );
  await run(nodePath(), [join(PACKAGE, 'install.js')], { quiet: true, timeoutMs: FETCH_DEADLINE_MS });
  mkdirSync(join(projectRoot, '.cache'), { recursive: true });
  if (electronBinary(env) === null) writeFileSync(NOT_FETCHED, '');
  else rmSync(NOT_FETCHED, { force: true });
}
