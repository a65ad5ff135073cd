// A workbench in a process of its own, to be killed: owner-process.ts ROOT DATADIR SCRIPT start DATASET | resume RUN.
// Says "run N" when the run is under way and "ended STATUS" after it.
import { ended, fakeLocations, launchOf, openCore, type Script } from './workbench.ts';

const [root = '', dataDir = '', scriptText = '{}', verb = '', subject = ''] = process.argv.slice(2);
const script: Script = JSON.parse(scriptText);
const core = await openCore(root, dataDir, fakeLocations(script));
try {
  const runId =
    verb === 'start'
      ? (await core.client.runs.start(launchOf(subject))).runId
      : await resume(Number(subject));
  console.log(`run ${runId}`);
  const run = await ended(core, runId);
  console.log(`ended ${run.status}`);
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : String(error)}`);
}
await core.close();

async function resume(runId: number): Promise<number> {
  await core.client.runs.resume({ runId });
  return runId;
}
