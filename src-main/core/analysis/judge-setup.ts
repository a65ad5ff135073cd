import { z } from 'zod';
import type { JudgeSetup } from '../../domain/analysis/report-card.ts';
import type { RunPhase } from '../../domain/run.ts';
import type { Store } from '../../store/api.ts';
import type { AnalysisTable, Series } from './table.ts';

/** What a phase's provenance says, as far as a card shows it; older runs may lack parts. */
const provenance = z.looseObject({
  model: z.looseObject({ file: z.string(), quantization: z.string().optional() }).optional(),
  engine: z.looseObject({ llamaCpp: z.string().optional() }).optional(),
  backend: z.string().optional(),
  devices: z.array(z.string()).optional(),
  settings: z
    .looseObject({
      gpuLayers: z.number().optional(),
      contextPerSequence: z.number().optional(),
      sequences: z.number().optional(),
    })
    .optional(),
  totalLayers: z.number().optional(),
  judgePrompt: z.looseObject({ id: z.string() }).optional(),
  mode: z.string().optional(),
});

/** The phase that made a judge's verdicts, the run that it was of, and how many verdicts it made in all. */
export interface JudgeWork {
  readonly runId: number;
  readonly phase: RunPhase;
  readonly judged: number;
}

/** By the judge's id; without those of whom no phase is left. */
export type JudgeWorks = ReadonlyMap<number, JudgeWork>;

/** Who made the verdicts of a table: a run that found them made before has nothing to tell of device and speed. */
export async function judgeWorks(store: Store, { run, matrix }: AnalysisTable): Promise<JudgeWorks> {
  const judgeIds = matrix.judges
    .filter(({ judge: { kind } }) => kind === 'model' || kind === 'api')
    .map(({ judge }) => judge.id);
  const works = await store.call('analysis.judgePhases', { runId: run.id, judgeIds });
  return new Map(works.map(({ judgeId, ...work }) => [judgeId, work]));
}

/** Null of people, rules and imported judges: nothing here worked for them. */
export function workOf(works: JudgeWorks, { ref: { judgeId } }: Series): JudgeWork | null {
  return judgeId === null ? null : (works.get(judgeId) ?? null);
}

/** What was recorded of the model of a phase, as a sentence needs it. */
export function judgeProvenance(phase: RunPhase): {
  readonly quantization: string | null;
  readonly llamaCpp: string | null;
  readonly device: string | null;
  readonly prompt: string | null;
  readonly mode: string | null;
} {
  const read = provenance.safeParse(phase.provenance ?? {});
  const known = read.success ? read.data : {};
  return {
    quantization: known.model?.quantization ?? null,
    llamaCpp: known.engine?.llamaCpp ?? null,
    device: deviceText(known),
    prompt: known.judgePrompt?.id ?? null,
    mode: known.mode ?? null,
  };
}

/** How a judging model was run; null for people, rules, panels and imported judges. */
export function judgeSetup(table: AnalysisTable, works: JudgeWorks, series: Series): JudgeSetup | null {
  const judge = table.matrix.judges.find((column) => column.judge.id === series.ref.judgeId)?.judge;
  if (judge === undefined || (judge.kind !== 'model' && judge.kind !== 'api')) return null;
  const work = workOf(works, series);
  const read = provenance.safeParse(work?.phase.provenance ?? {});
  const known = read.success ? read.data : {};
  return {
    madeIn: work?.runId ?? null,
    model: known.model?.file ?? judge.name,
    modelSha256: judge.modelSha256,
    quantization: known.model?.quantization ?? null,
    prompt: judge.promptId,
    promptSha256: judge.promptSha256,
    labelOrder: judge.labelOrder,
    mode: judge.mode,
    device: deviceText(known),
    contextPerSequence: known.settings?.contextPerSequence ?? null,
    sequences: known.settings?.sequences ?? null,
    llamaCpp: known.engine?.llamaCpp ?? null,
  };
}

function deviceText({ backend, devices, settings, totalLayers }: z.output<typeof provenance>): string | null {
  if (backend === undefined) return null;
  const layers = settings?.gpuLayers ?? 0;
  if (backend === 'cpu' || layers === 0) return 'CPU';
  const names = devices === undefined || devices.length === 0 ? backend : devices.join(' + ');
  return `${names} (${layers} of ${totalLayers ?? '?'} layers)`;
}
