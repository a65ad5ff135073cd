/** A host that starts an engine, prints its process id and then only waits to be killed. */
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { fakeOptions } from './helpers.ts';

const engine = await startEngine(fakeOptions());
process.stdout.write(`${engine.model.pid}\n`);
await engine.exited;
