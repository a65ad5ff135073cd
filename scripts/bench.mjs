// Tables of speed and memory: npm run bench [-- NAME [ARGS]]. Without a name, those that need nothing but the project.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  ensureBuilt,
  ensureInstalled,
  nodePath,
  projectRoot,
  runForeground,
  withProjectNode,
} from './lib.mjs';

const FOLDER = join(projectRoot, 'test', 'bench');
/** In the order of a paper's section: what a run costs, what browsing costs, what planning costs. */
const DEFAULTS = ['generate', 'score', 'plan'];

const [name, ...args] = process.argv.slice(2);
await ensureInstalled();
await ensureBuilt();
const there = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
const wanted = name === undefined ? DEFAULTS.filter((bench) => there.includes(bench)) : [name];
for (const bench of wanted) {
  if (!there.includes(bench)) {
    console.error(`There is no bench "${bench}". There are: ${there.join(', ')}.`);
    process.exit(2);
  }
  console.log(`\n== ${bench}`);
  const code = await runForeground(nodePath(), [join(FOLDER, `${bench}.ts`), ...args], {
    env: withProjectNode(),
  });
  if (code !== 0) process.exit(code);
}
