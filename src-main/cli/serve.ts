import type { Command } from 'commander';
import { createCore } from '../core/core.ts';
import { dataDirectory, locate } from '../core/locations.ts';
import { startServer } from '../serve/server.ts';
import { portNumber } from './arguments.ts';
import { note, print, printJson } from './output.ts';
import { type CliContext, type GlobalOptions, versionOf } from './session.ts';

const DEFAULT_PORT = 4747;

export function serveCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('the workbench in a browser of this machine (over SSH: forward the port)')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any free one', portNumber, DEFAULT_PORT)
    .action(async (options: { readonly port: number }, command: Command) => {
      const global = command.optsWithGlobals<GlobalOptions>();
      const dataDir = dataDirectory(global.dataDir, context.env);
      const locations = locate(context.entryDir, context.env);
      const core = await createCore({
        dataDir,
        door: 'serve',
        version: versionOf(context.entryDir),
        locations,
        nodePath: process.execPath,
        env: context.env,
      });
      const server = await startServer({
        router: core.router,
        port: options.port,
        rendererDir: locations.renderer,
        dataDir,
        grants: core.grants,
        log: core.log,
      }).catch(async (error: unknown) => {
        // What the core holds open would keep the process there, with its sentence said and nothing served.
        await core.close();
        throw error;
      });
      const stopped = stopSignal();
      if (global.json === true) printJson({ url: server.url, port: server.port, dataDir });
      else {
        print(`Assize is at ${server.url}`);
        note(
          `Data in ${dataDir}. Over SSH: ssh -L ${server.port}:127.0.0.1:${server.port} HOST, then open the address.`,
        );
        note('Ctrl-C ends it; a run that is on can be resumed.');
      }
      await stopped;
      note('Closing …');
      await server.close();
      await core.close();
    });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
