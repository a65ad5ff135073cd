// The main job on the small default model, on a bare clone: install, build, fetch the model, show what fits, generate, unload,
// judge, print the table. Everything is kept, so a second run repeats nothing.
import { join } from 'node:path';
import { dataDir, ensureBuilt, ensureInstalled, projectRoot, runAssize } from './lib.mjs';

const EXPERIMENT = join(projectRoot, 'resources', 'demo', 'experiment.yaml');
const QUESTIONS = join(projectRoot, 'resources', 'datasets', 'general-knowledge.jsonl');

async function step(title, args, options = {}) {
  console.log(`\n== ${title}`);
  const code = await runAssize(args, options);
  if (code !== 0) {
    console.error(
      `This step failed (exit code ${code}). What was done is kept: run \`npm run demo\` again to go on.`,
    );
    process.exit(code);
  }
}

await ensureInstalled();
await ensureBuilt();
await step('The machine', ['hardware']);
await step('The default model (98 MB, SmolLM2-135M-Instruct)', ['models', '--fetch', 'default']);
await step('What fits', ['fit']);
await step('The questions', ['import', QUESTIONS]);
await step('Generate, unload, judge', ['run', EXPERIMENT, '--continue']);
console.log(`
A model of 135 million parameters cannot judge: its verdicts are close to chance, which is what the warnings above are for.
The point of this demo is the way there; put your own models in the two lines of ${EXPERIMENT}.

Database: ${join(dataDir(), 'assize.sqlite')}
Workbench on it: npm start`);
