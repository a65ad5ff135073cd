import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { createCore, type Core } from '../../../src-main/core/core.ts';
import { locate, type Locations } from '../../../src-main/core/locations.ts';
import { openSettings } from '../../../src-main/core/settings/settings.ts';
import { SCRIPT_VARIABLE, type scriptSchema } from '../../../src-main/engine/fake/script.ts';
import type { LaunchInput } from '../../../src-main/contract/runs.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { decoderSpec } from '../../fixtures/gguf-headers.ts';
import { writeGguf } from '../../fixtures/gguf-writer.ts';
import { FAKE_ENTRY } from '../helpers.ts';

export type Script = z.input<typeof scriptSchema>;

export const ENTRY_DIR = resolve(import.meta.dirname, '..', '..', '..', 'src-main', 'cli');

/** A data directory with two model files that are headers only, and a dataset of `questions` rows. */
export interface Bench {
  readonly root: string;
  readonly dataDir: string;
  readonly models: string;
  readonly dataset: string;
  open(script?: Script, env?: Record<string, string>): Promise<Core>;
  remove(): void;
}

export async function createBench(questions: number): Promise<Bench> {
  const root = mkdtempSync(join(tmpdir(), 'assize-runs-'));
  const dataDir = join(root, 'data');
  const models = join(root, 'models');
  mkdirSync(models);
  mkdirSync(dataDir);
  for (const [name, layers] of [
    ['generator', 2],
    ['judge', 3],
  ] as const)
    writeModel(join(models, `${name}.gguf`), layers);
  await (await openSettings(join(dataDir, 'settings.json'))).set({ modelFolders: [models] });
  await readHeadersOnce(root, dataDir);
  const dataset = join(root, 'questions.csv');
  const lines = Array.from({ length: questions }, (_, i) => `q${i},What is number ${i}?,${i}`);
  writeFileSync(dataset, `id,question,answer\n${lines.join('\n')}\n`);
  return {
    root,
    dataDir,
    models,
    dataset,
    open: (script = {}, env = {}) => openCore(root, dataDir, fakeLocations(script), env),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function openCore(
  root: string,
  dataDir: string,
  locations: Locations,
  more: Record<string, string> = {},
): Promise<Core> {
  const env = { PATH: process.env['PATH'], ...more };
  return createCore({
    dataDir,
    door: 'cli',
    version: 'test',
    locations,
    nodePath: process.execPath,
    env,
    home: root,
  });
}

/** Headers are read by the real probe and kept in the database; after that the scripted engine answers for the probe, faster. */
async function readHeadersOnce(root: string, dataDir: string): Promise<void> {
  const core = await openCore(root, dataDir, locate(ENTRY_DIR, {}));
  for await (const _ of await core.client.models.rescan());
  await core.close();
}

export function fakeLocations(script: Script): Locations {
  return {
    ...locate(ENTRY_DIR, {}),
    engine: FAKE_ENTRY,
    probe: FAKE_ENTRY,
    engineEnv: { [SCRIPT_VARIABLE]: JSON.stringify(script) },
  };
}

/** A model of so many layers that is a header only. */
export function writeModel(path: string, layers: number): void {
  const spec = decoderSpec(
    {
      architecture: 'llama',
      layers,
      embedding: 64,
      heads: 4,
      headsKv: 2,
      feedForward: 128,
      vocabulary: 256,
      context: 4096,
      tied: true,
    },
    'F16',
  );
  writeGguf(path, { ...spec, metadata: { ...spec.metadata, 'tokenizer.chat_template': '{{ messages }}' } });
}

export async function importQuestions(core: Core, bench: Bench): Promise<string> {
  const file = core.grants.grantPath(bench.dataset);
  for await (const event of await core.client.datasets.import({
    file,
    name: null,
    kind: null,
    mapping: null,
  })) {
    if (event.kind === 'done') return String(event.dataset.id);
  }
  throw new Error('the import ended without a dataset');
}

export function launchOf(dataset: string, more: Partial<LaunchInput['experiment']> = {}): LaunchInput {
  return {
    experiment: { name: 'test', dataset, generator: 'generator.gguf', judges: ['judge.gguf'], ...more },
  };
}

/** Waits for the run's end by watching it, as any client does. */
export async function ended(core: Core, runId: number): Promise<Run> {
  let last: Run | null = null;
  for await (const run of await core.client.runs.watch({ runId })) last = run;
  if (last === null) throw new Error('the run was never seen');
  await core.runs.finished(runId);
  return core.client.runs.get({ runId });
}

/** Watches until `until` holds; the run as it then was. */
export async function waitFor(core: Core, runId: number, until: (run: Run) => boolean): Promise<Run> {
  for await (const run of await core.client.runs.watch({ runId })) if (until(run)) return run;
  throw new Error('the run ended before');
}

/** Every position of the run once, each with an answer and one judgment a judge: nothing lost, nothing twice. */
export async function rowsOf(
  core: Core,
  runId: number,
): Promise<{ answered: number; judged: number; positions: number }> {
  let cursor: string | null = null;
  const positions = new Set<number>();
  let answered = 0;
  let judged = 0;
  do {
    const page: Awaited<ReturnType<typeof core.client.answers.page>> = await core.client.answers.page({
      runId,
      cursor,
      limit: 500,
    });
    for (const item of page.items) {
      if (positions.has(item.position)) throw new Error(`position ${item.position} came twice`);
      positions.add(item.position);
      if (item.answerId !== null) answered += 1;
      judged += item.verdicts.length;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { answered, judged, positions: positions.size };
}

/** Engine children of this process: theirs is the only program of that name among them. */
export function engines(): number[] {
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(FAKE_ENTRY);
      } catch {
        return false;
      }
    });
}
