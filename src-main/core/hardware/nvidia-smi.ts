import type { Run, RunOutcome } from './run-command.ts';
import {
  explainFailure,
  parseComputeApps,
  parseGpuList,
  parseQueryGpu,
  QUERY_FIELDS,
  withSliceMemory,
} from './nvidia-smi-parse.ts';
import type { MigSlice, NvidiaCard } from './nvidia-smi-parse.ts';

/**
 * A healthy nvidia-smi answers in 0.1-2 s (slowest without persistence mode); one that takes 5 s is stuck.
 */
export const NVIDIA_SMI_TIMEOUT_MS = 5_000;

export interface NvidiaReading {
  readonly cards: readonly NvidiaCard[];
  readonly slices: readonly MigSlice[];
  readonly notes: readonly string[];
  /** True when it did not answer in time: a watcher then asks less often. */
  readonly stuck: boolean;
}

export interface NvidiaDeps {
  readonly run: Run;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal;
}

const NOTHING: NvidiaReading = { cards: [], slices: [], notes: [], stuck: false };

/**
 * Cards, slices and notes from nvidia-smi. `slicesKnown` spares the two extra questions on MIG when an
 * earlier reading found none (empty) and asks only for their memory when it found some; null asks for
 * everything. Never throws; a machine without nvidia-smi gives an empty reading without a note.
 */
export async function readNvidia(
  deps: NvidiaDeps,
  slicesKnown: readonly MigSlice[] | null,
): Promise<NvidiaReading> {
  const answer = await ask(deps, [`--query-gpu=${QUERY_FIELDS.join(',')}`, '--format=csv']);
  if (answer.kind === 'missing' || answer.kind === 'cancelled') return NOTHING;
  if (answer.kind === 'timeout') return { ...NOTHING, stuck: true, notes: [TIMEOUT_NOTE] };
  if (answer.kind === 'failed')
    return { ...NOTHING, notes: [`nvidia-smi could not be started (${answer.reason}).`] };
  const text = answer.stdout.trim() === '' ? answer.stderr : answer.stdout;
  const { cards, notes } = parseQueryGpu(text);
  if (cards.length === 0) return { ...NOTHING, notes };
  const slices = await readSlices(deps, slicesKnown);
  return { cards, slices: slices.found, notes: [...notes, ...slices.notes], stuck: false };
}

/**
 * GPU memory of one process by card (UUID to bytes), or null where it is not known: no nvidia-smi, a driver
 * that does not say (WSL, Windows), a container with process ids of its own, or a process that uses no card.
 */
export async function gpuMemoryOfProcess(
  pid: number,
  deps: NvidiaDeps,
): Promise<ReadonlyMap<string, number> | null> {
  const answer = await ask(deps, ['--query-compute-apps=pid,gpu_uuid,used_memory', '--format=csv']);
  if (answer.kind !== 'done' || answer.code !== 0) return null;
  const byCard = new Map<string, number>();
  for (const app of parseComputeApps(answer.stdout)) {
    if (app.pid !== pid) continue;
    if (app.usedBytes === null) return null;
    byCard.set(app.gpuUuid, (byCard.get(app.gpuUuid) ?? 0) + app.usedBytes);
  }
  return byCard.size === 0 ? null : byCard;
}

const TIMEOUT_NOTE = `nvidia-smi did not answer within ${NVIDIA_SMI_TIMEOUT_MS / 1000} s: the driver may hang; NVIDIA cards are shown only as far as the engine sees them.`;

async function readSlices(
  deps: NvidiaDeps,
  known: readonly MigSlice[] | null,
): Promise<{ found: readonly MigSlice[]; notes: readonly string[] }> {
  if (known?.length === 0) return { found: [], notes: [] };
  const list = await ask(deps, ['-L']);
  const found = list.kind === 'done' ? parseGpuList(list.stdout) : [];
  if (found.length === 0) return { found, notes: [] };
  const full = await ask(deps, ['-q', '-x']);
  const slices = full.kind === 'done' ? withSliceMemory(found, full.stdout) : found;
  const blind = slices.some((slice) => slice.totalBytes === null);
  const why = full.kind === 'done' && full.code !== 0 ? ` ${explainFailure(full.stdout)}` : '';
  return {
    found: slices,
    notes: blind ? [`The memory of a MIG slice could not be read from nvidia-smi.${why}`] : [],
  };
}

/** On PATH, then where Windows and WSL keep it when PATH does not say. */
function places(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32')
    return [
      'nvidia-smi.exe',
      String.raw`C:\Windows\System32\nvidia-smi.exe`,
      String.raw`C:\Program Files\NVIDIA Corporation\NVSMI\nvidia-smi.exe`,
    ];
  if (platform === 'linux') return ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi', '/usr/bin/nvidia-smi'];
  return [];
}

async function ask(deps: NvidiaDeps, args: readonly string[]): Promise<RunOutcome> {
  for (const place of places(deps.platform)) {
    const outcome = await deps.run(place, args, { timeoutMs: NVIDIA_SMI_TIMEOUT_MS, signal: deps.signal });
    if (outcome.kind !== 'missing') return outcome;
  }
  return { kind: 'missing' };
}
