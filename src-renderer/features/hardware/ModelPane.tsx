import { ActionIcon, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Note } from '../../components/ErrorNote.tsx';
import { Facts, type Fact } from '../../components/Facts.tsx';
import { FitBadge } from '../../components/FitBadge.tsx';
import { PlanDeviceBar } from '../../components/MemoryBar.tsx';
import { Pane, PaneSection } from '../../components/Pane.tsx';
import { TaskLine } from '../../components/TaskLine.tsx';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDateTime,
  formatParameters,
  formatPlural,
} from '../../lib/format.ts';
import { sourceLabel } from '../../lib/kinds.ts';
import { hashModel } from '../../queries/models.ts';
import { useTask } from '../../queries/tasks.ts';

export interface ModelPaneProps {
  readonly model: ModelFile;
  readonly fit: ModelFit | null;
  readonly onClose: () => void;
}

/** One model: whether and how it fits, drawn, and what its header says. */
export function ModelPane({ model, fit, onClose }: ModelPaneProps) {
  const actions = (
    <>
      {model.problem === null ? (
        <Button renderRoot={(props) => <Link to="/runs/new" search={{ model: model.id }} {...props} />}>
          New run
        </Button>
      ) : null}
      <ActionIcon onClick={onClose} aria-label="Close the model">
        <X size={15} aria-hidden />
      </ActionIcon>
    </>
  );
  return (
    <Pane title={model.name} actions={actions}>
      {model.problem === null ? null : <Note tone="error">{model.problem}</Note>}
      {fit === null || model.problem !== null ? null : <Fit fit={fit} />}
      <PaneSection title="File">
        <Facts facts={fileFacts(model)} />
        {model.sha256 === null && model.problem === null ? <HashNow model={model} /> : null}
      </PaneSection>
      {model.facts === null ? null : (
        <PaneSection title="Header">
          <Facts facts={headerFacts(model.facts)} />
        </PaneSection>
      )}
    </Pane>
  );
}

function Fit({ fit }: { readonly fit: ModelFit }) {
  const { phase } = fit;
  return (
    <PaneSection title="Fit" note={`computed at ${formatClock(fit.at)}, from the memory free then`}>
      <p>
        <FitBadge verdict={fit.verdict} /> {fit.reason}
      </p>
      {phase === null ? null : (
        <>
          {phase.devices.map((device) => (
            <PlanDeviceBar key={device.deviceId} device={device} />
          ))}
          <Facts
            facts={[
              { name: 'GPU layers', value: `${phase.settings.gpuLayers} of ${phase.totalLayers}` },
              {
                name: 'Context',
                value: `${formatCount(phase.settings.contextPerSequence)} tokens × ${formatPlural(phase.settings.sequences, 'sequence')}`,
              },
              {
                name: 'Longest context',
                value: fit.maxContext === null ? '–' : `${formatCount(fit.maxContext)} tokens`,
              },
              {
                name: 'KV cache',
                value: `${phase.settings.kvType}${phase.settings.flashAttention ? ', flash attention' : ''}`,
              },
            ]}
          />
        </>
      )}
    </PaneSection>
  );
}

function fileFacts(model: ModelFile): Fact[] {
  return [
    {
      name: 'Path',
      value: (
        <>
          <code>{model.path}</code> <CopyButton value={model.path} label="Copy the path" />
        </>
      ),
    },
    ...(model.parts.length > 1 ? [{ name: 'Parts', value: formatCount(model.parts.length) }] : []),
    { name: 'Size', value: formatBytes(model.fileBytes) },
    { name: 'Changed', value: formatDateTime(model.modifiedAt) },
    { name: 'Found in', value: sourceLabel(model.source) },
    {
      name: 'SHA-256',
      value:
        model.sha256 === null ? (
          'not yet; taken before the first run at the latest'
        ) : (
          <>
            <code>{model.sha256}</code> <CopyButton value={model.sha256} label="Copy the SHA-256" />
          </>
        ),
    },
  ];
}

function headerFacts(facts: NonNullable<ModelFile['facts']>): Fact[] {
  const types = Object.entries(facts.tensorTypes).map(([type, count]) => `${formatCount(count)} × ${type}`);
  return [
    { name: 'Name', value: facts.name ?? '–' },
    { name: 'Architecture', value: facts.architecture },
    { name: 'Quantization', value: facts.quantization },
    { name: 'Parameters', value: formatParameters(facts.parameters) },
    { name: 'Layers', value: formatCount(facts.layers) },
    {
      name: 'Trained context',
      value: facts.contextTrained === null ? '–' : `${formatCount(facts.contextTrained)} tokens`,
    },
    { name: 'Vocabulary', value: `${formatCount(facts.vocabulary)} tokens` },
    {
      name: 'Chat template',
      value: facts.hasChatTemplate ? 'yes' : 'none: a base model, asked with few-shot examples',
    },
    { name: 'Tensors', value: types.join(', ') },
  ];
}

function HashNow({ model }: { readonly model: ModelFile }) {
  const id = `hash:${model.id}`;
  const running = useTask(id)?.status === 'running';
  return (
    <div>
      {running ? null : (
        <Button variant="default" onClick={() => hashModel(model.id, model.name)}>
          Hash it now
        </Button>
      )}
      <TaskLine id={id} unit="bytes" failed="The model was not hashed." />
    </div>
  );
}
