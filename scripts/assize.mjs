#!/usr/bin/env node
// `assize`: the same arguments to the built command on the project's Node 24, whichever Node (20 or newer) started this.
import { ensureBuilt, ensureInstalled, runAssize } from './lib.mjs';

await ensureInstalled();
await ensureBuilt();
process.exitCode = await runAssize(process.argv.slice(2));
