import { Button, Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { DatasetInfo } from '../../../src-main/domain/dataset.ts';
import type { Experiment } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { Page, PageHead } from '../../components/PageHead.tsx';
import { useCommands } from '../../components/commands.ts';
import { autoName, launchOf, modelChoice, withModel, type Draft } from './draft.ts';
import { withLoad } from './load.ts';
import { withJudges } from './panel.ts';
import { MoreFields, PromptFields } from './GenerateFields.tsx';
import { JudgesEditor } from './JudgesEditor.tsx';
import { useKeptDraft } from './kept-draft.ts';
import { LimitField } from './LimitField.tsx';
import { ParticipantField } from './ParticipantField.tsx';
import { PlanPanel } from './PlanPanel.tsx';
import { SourceFields } from './SourceFields.tsx';
import { useLaunch } from './use-launch.ts';
import { YamlDialog } from './YamlDialog.tsx';
import classes from './Launch.module.css';

export interface LaunchFormProps {
  /** What the page was opened for: under this the form is kept while other pages are looked at. */
  readonly draftKey: string;
  readonly proposed: Draft;
  readonly datasets: readonly DatasetInfo[];
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
}

function scheduled({ schedule: _schedule, ...experiment }: Experiment, together: boolean): Experiment {
  return together ? { ...experiment, schedule: 'together' } : experiment;
}

/** The form at the left, what it would do at the right. */
export function LaunchForm({ draftKey, proposed, datasets, models, fits }: LaunchFormProps) {
  const [edited, setDraft] = useKeptDraft(draftKey);
  const draft = edited ?? proposed;
  const [yaml, setYaml] = useState(false);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const edit = (part: Partial<Experiment>): void => change({ experiment: { ...draft.experiment, ...part } });
  const launching = useLaunch(draft, () => setDraft(null));
  useCommands([
    {
      id: 'launch.start',
      group: 'Runs',
      label: 'Start the run',
      keys: ['Ctrl+Enter'],
      run: launching.onStart,
    },
  ]);
  const generates = draft.source.kind === 'generate';
  const generator = draft.experiment.generator ?? modelChoice('');
  return (
    <Page
      flush
      head={
        <PageHead
          title={generates ? 'New run' : 'Judge stored answers'}
          facts={autoName(draft)}
          actions={
            <>
              {edited === null ? null : (
                <Button variant="subtle" color="gray" onClick={() => setDraft(null)}>
                  As proposed
                </Button>
              )}
              <Button variant="default" onClick={() => setYaml(true)}>
                experiment.yaml…
              </Button>
            </>
          }
        />
      }
    >
      <div className={classes['root']}>
        <div className={classes['form']}>
          <SourceFields draft={draft} datasets={datasets} onChange={change} />
          {generates ? (
            <>
              <ParticipantField
                label="Generator"
                value={generator}
                onChange={(which) => edit({ generator: withModel(generator, which) })}
                onLoad={(load) => edit({ generator: withLoad(generator, load) })}
                models={models}
                fits={fits}
              />
              <div className={classes['grid']}>
                <LimitField draft={draft} datasets={datasets} onChange={edit} />
                <PromptFields experiment={draft.experiment} onChange={edit} />
              </div>
            </>
          ) : (
            <div className={classes['grid']}>
              <LimitField draft={draft} datasets={datasets} onChange={edit} />
            </div>
          )}
          <JudgesEditor
            judges={draft.experiment.judges}
            panel={draft.experiment.panel}
            onChange={(judges, panel) => change({ experiment: withJudges(draft.experiment, judges, panel) })}
            models={models}
            fits={fits}
          />
          {generates && draft.experiment.judges.length > 0 ? (
            <Checkbox
              label="Together: load generator and judges at once, and judge answers as they come; otherwise one model after the other"
              checked={draft.experiment.schedule === 'together'}
              onChange={(event) =>
                change({ experiment: scheduled(draft.experiment, event.currentTarget.checked) })
              }
            />
          ) : null}
          {generates ? <MoreFields experiment={draft.experiment} onChange={edit} /> : null}
          <Checkbox
            label={
              generates
                ? 'Again: answer and judge once more what these models have done before, as a repeat'
                : 'Again: judge once more what this judge has judged before, as a repeat'
            }
            checked={draft.again}
            onChange={(event) => change({ again: event.currentTarget.checked })}
          />
          <TextInput
            label="Name"
            value={draft.named ? draft.experiment.name : autoName(draft)}
            maxLength={200}
            onChange={(event) =>
              change({ named: true, experiment: { ...draft.experiment, name: event.currentTarget.value } })
            }
          />
        </div>
        <PlanPanel {...launching} />
      </div>
      {yaml ? (
        <YamlDialog
          experiment={launchOf(draft, false)?.experiment === undefined ? draft.experiment : named(draft)}
          onRead={(experiment) => setDraft(fromExperiment(experiment, draft))}
          onClose={() => setYaml(false)}
        />
      ) : null}
    </Page>
  );
}

const named = (draft: Draft): Experiment => ({
  ...draft.experiment,
  name: draft.named && draft.experiment.name !== '' ? draft.experiment.name : autoName(draft),
});

/** A file without a generator judges stored answers: the run's that is open, else those of its dataset. */
function fromExperiment(experiment: Experiment, before: Draft): Draft {
  const source =
    experiment.generator !== null
      ? ({ kind: 'generate' } as const)
      : before.source.kind === 'generate'
        ? ({ kind: 'imported', system: null } as const)
        : before.source;
  return { experiment, source, again: before.again, named: true };
}
