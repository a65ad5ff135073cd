// `npm start`: the workbench in Electron where it can run, otherwise the same workbench on loopback with its address printed.
// `npm start -- --serve` never opens Electron; other arguments go to `assize serve`.
import { electronBinary, fetchElectron, noWindowReason } from './electron.mjs';
import { ensureBuilt, ensureInstalled, projectRoot, runAssize, runForeground, say } from './lib.mjs';

/** An Electron that ends this soon did not open a window (a missing library, a sandbox the system forbids). */
const STILLBORN_MS = 5000;

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
