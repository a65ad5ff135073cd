import type { RunPhase } from '../../../domain/run.ts';
import { formatBytes } from '../../../domain/units.ts';
import type { RunFacts } from './content.ts';
import { htmlTable, section } from './html.ts';
import { count, moment } from './numbers.ts';
import { escape } from './svg.ts';

/** What another person needs to make the same rows again. */
export function provenanceSection({ run, dataset, experimentYaml }: RunFacts): string {
  const facts: readonly (readonly [string, string])[] = [
    ['run', `${run.id}, ${run.name}: ${run.status}, ${count(run.answered)} of ${count(run.total)} answered`],
    ['begun and ended', `${moment(run.startedAt ?? run.createdAt)} – ${moment(run.endedAt)}`],
    [
      'dataset',
      dataset === null ? run.datasetName : `${dataset.name} (${dataset.sourceName}, ${dataset.kind})`,
    ],
    ['SHA-256 of the file', dataset?.fileSha256 ?? '–'],
    ['SHA-256 of file and mapping', dataset?.sha256 ?? '–'],
  ];
  return section(
    'provenance',
    'Provenance',
    htmlTable('Run', facts, [
      { head: 'what', cell: ([name]) => name },
      { head: 'is', cell: ([, value]) => value },
    ]),
    run.phases.length === 0
      ? ''
      : htmlTable<RunPhase>('Phases', run.phases, [
          { head: 'phase', cell: (phase) => phase.role },
          { head: 'model', cell: (phase) => phase.modelName },
          { head: 'done', cell: (phase) => `${count(phase.done)}/${count(phase.total)}`, number: true },
          { head: 'failed', cell: (phase) => count(phase.failed), number: true },
          { head: 'load', cell: (phase) => seconds(phase.loadMs), number: true },
          { head: 'work', cell: (phase) => seconds(phase.busyMs === 0 ? null : phase.busyMs), number: true },
          { head: 'tokens', cell: (phase) => count(phase.tokens), number: true },
          { head: 'memory, measured', cell: measured, number: true },
        ]),
    ...run.phases.map((phase) =>
      phase.provenance === null
        ? ''
        : `<details><summary>${escape(`${phase.role}, ${phase.modelName}: everything that was recorded`)}</summary><pre>${escape(JSON.stringify(phase.provenance, null, 2))}</pre></details>`,
    ),
    `<details><summary>experiment.yaml</summary><pre>${escape(experimentYaml)}</pre></details>`,
  );
}

function seconds(ms: number | null): string {
  return ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`;
}

function measured({ measured: seen }: RunPhase): string {
  if (seen === null) return '–';
  const bytes = seen.devices.reduce(
    (sum, device) => sum + (device.peakBytes ?? device.weightsBytes + device.kvBytes + device.computeBytes),
    0,
  );
  return formatBytes(bytes);
}
