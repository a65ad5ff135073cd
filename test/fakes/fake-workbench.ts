import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createGrants } from '../../src-main/core/grants.ts';
import { silentLog } from '../../src-main/core/log.ts';
import { startServer } from '../../src-main/serve/server.ts';
import { createFakeRouter } from './workbench/router.ts';
import type { Scenario } from './workbench/state.ts';

export interface FakeWorkbench extends AsyncDisposable {
  /** With the token in its fragment. */
  readonly url: string;
  readonly port: number;
}

export interface FakeOptions {
  readonly port?: number;
  readonly token?: string;
  /** Where the page was built; out/renderer unless told. */
  readonly rendererDir?: string;
}

/** The built page on the real door, with a workbench of made-up numbers behind it. */
export async function startFakeWorkbench(
  scenario: Scenario,
  options: FakeOptions = {},
): Promise<FakeWorkbench> {
  const { port = 0, token, rendererDir = resolve(import.meta.dirname, '../../out/renderer') } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'assize-fake-'));
  const grants = createGrants();
  const server = await startServer({
    router: createFakeRouter(scenario, grants, dataDir),
    port,
    rendererDir,
    dataDir,
    grants,
    log: silentLog,
    ...(token === undefined ? {} : { token }),
  });
  return {
    url: server.url,
    port: server.port,
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

// `node test/fakes/fake-workbench.ts full 4173` serves it by hand.
if (import.meta.main) {
  const [scenario = 'full', port = '0'] = process.argv.slice(2);
  const { url } = await startFakeWorkbench(scenario === 'empty' ? 'empty' : 'full', { port: Number(port) });
  console.log(url);
}
