import type { Run, RunPhase } from '../../../src-main/domain/run.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts, type Fact } from '../../components/Facts.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatDateTime, shortHash } from '../../lib/format.ts';
import classes from './Run.module.css';

type Values = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How the run was made: one line a phase, that opens to everything that was kept. */
export function Provenance({ run }: { readonly run: Run }) {
  const kept = run.phases.filter(({ provenance }) => provenance !== null);
  if (kept.length === 0) return null;
  return (
    <Section
      title="How it was made"
      actions={<CopyButton value={JSON.stringify(run, null, 2)} label="Copy the run’s record as JSON" />}
    >
      {kept.map((phase) => (
        <details key={phase.seq} className={classes['provenance']}>
          <summary>
            <strong>{phase.role === 'generate' ? 'Generate' : 'Judge'}</strong> {lineOf(phase)}
            <Check phase={phase} />
          </summary>
          <Facts facts={[...flatten(phase.provenance ?? {}), ...timesOf(phase)]} />
        </details>
      ))}
    </Section>
  );
}

/** What the phase's own check found, once it has made a sample of its rows again. */
function Check({ phase }: { readonly phase: RunPhase }) {
  const check = phase.provenance?.['check'];
  const sentence = isRecord(check) ? check['sentence'] : undefined;
  return typeof sentence === 'string' ? <span className={classes['check']}>Checked: {sentence}</span> : null;
}

function lineOf({ provenance, modelName, plan }: RunPhase): string {
  const at = (...path: readonly string[]): string | null => {
    let value: unknown = provenance;
    for (const key of path) value = isRecord(value) ? value[key] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const hash = at('model', 'sha256');
  const context = at('settings', 'contextPerSequence');
  const version = at('engine', 'llamaCpp');
  const quantization = at('model', 'quantization');
  return [
    modelName,
    // The file's name mostly says it already.
    quantization === null || modelName.includes(quantization) ? null : quantization,
    hash === null ? null : `SHA-256 ${shortHash(hash)}`,
    at('backend'),
    plan === null ? null : `${at('settings', 'gpuLayers') ?? '–'} of ${plan.totalLayers} layers on the GPU`,
    context === null ? null : `${at('settings', 'sequences') ?? '–'} × ${context} tokens`,
    version === null ? null : `llama.cpp ${version}`,
    at('seed') === null ? null : `seed ${at('seed')}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function timesOf({ startedAt, endedAt }: RunPhase): Fact[] {
  return [
    { name: 'started', value: formatDateTime(startedAt) },
    { name: 'ended', value: formatDateTime(endedAt) },
  ];
}

/** Nested values as "settings.batch: 512", so that a record reads as a list. */
function flatten(values: Values, prefix = ''): Fact[] {
  return Object.entries(values).flatMap(([key, value]): Fact[] => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (isRecord(value)) return flatten(value, name);
    if (value === null || value === undefined) return [];
    return [{ name, value: <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code> }];
  });
}
