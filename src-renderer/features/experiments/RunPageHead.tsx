import { ActionIcon, Button, Menu, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Download, Ellipsis, RotateCcw, Square } from 'lucide-react';
import { useState } from 'react';
import { EXPORT_FORMATS, type ExportFormat, exportFormats } from '../../../src-main/domain/export-formats.ts';
import type { Run } from '../../../src-main/domain/run.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { RunState } from '../../components/RunState.tsx';
import { useCommands } from '../../components/commands.ts';
import { formatCount, formatDateTime, formatRate, formatSeconds } from '../../lib/format.ts';
import { canResume, isLiveRun } from '../../lib/runs.ts';
import { saveText } from '../../lib/save-text.ts';
import { exportMutation } from '../../queries/exporting.ts';
import {
  cancelRunMutation,
  removeRunMutation,
  resumeRunMutation,
  toYamlMutation,
} from '../../queries/runs.ts';
import classes from './Run.module.css';

/** Name, state, rate and time left; what can be done with the run. */
export function RunPageHead({ run }: { readonly run: Run }) {
  const actions = useRunActions(run);
  const { cancel, resume, exporting, yaml, remove } = actions;
  const live = isLiveRun(run);
  const stopping = run.status === 'cancelling' || cancel.isPending || (cancel.isSuccess && live);
  useCommands([
    {
      id: 'run.cancel',
      group: 'Run',
      label: 'Cancel the run',
      disabled: !live || stopping,
      run: () => cancel.mutate({ runId: run.id }),
    },
    {
      id: 'run.resume',
      group: 'Run',
      label: 'Resume the run',
      disabled: !canResume(run),
      run: () => resume.mutate({ runId: run.id }),
    },
    { id: 'run.answers', group: 'Run', label: 'Answers of the run', keys: ['o'], run: actions.openAnswers },
  ]);
  const failures = [
    { mutation: cancel, what: 'The run was not cancelled.' },
    { mutation: resume, what: 'The run was not resumed.' },
    { mutation: exporting, what: 'Nothing was exported.' },
    { mutation: yaml, what: 'The file was not written.' },
    { mutation: remove, what: 'The run was not removed.' },
  ].filter(({ mutation }) => mutation.isError);
  return (
    <PageHead
      title={
        <>
          <Link to="/runs">Runs</Link> <span aria-hidden>›</span> {run.id} · {run.name}
        </>
      }
      facts={<HeadFacts run={run} />}
      actions={
        <>
          {live ? (
            <Button
              variant="default"
              color="red"
              leftSection={<Square size={12} aria-hidden />}
              disabled={stopping}
              onClick={() => cancel.mutate({ runId: run.id })}
            >
              {stopping ? 'Cancelling…' : 'Cancel'}
            </Button>
          ) : null}
          {canResume(run) ? (
            <Button
              leftSection={<RotateCcw size={13} aria-hidden />}
              loading={resume.isPending}
              onClick={() => resume.mutate({ runId: run.id })}
            >
              Resume
            </Button>
          ) : null}
          <Button
            variant={live || canResume(run) ? 'default' : 'filled'}
            renderRoot={(props) => <Link to="/answers" search={{ run: run.id }} {...props} />}
          >
            Answers
          </Button>
          {run.answered > 0 && !live ? (
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/runs/new" search={{ answersOf: run.id }} {...props} />}
            >
              Judge again
            </Button>
          ) : null}
          <RunMenu run={run} actions={actions} />
        </>
      }
    >
      {failures.length === 0
        ? undefined
        : failures.map(({ mutation, what }) => (
            <div key={what} className={classes['failure']}>
              <ErrorNote error={mutation.error} what={what} onDismiss={() => mutation.reset()} />
            </div>
          ))}
    </PageHead>
  );
}

function useRunActions(run: Run) {
  const navigate = useNavigate();
  const cancel = useMutation(cancelRunMutation());
  const resume = useMutation(resumeRunMutation());
  const exporting = useMutation(exportMutation());
  const yaml = useMutation(toYamlMutation());
  const remove = useMutation(removeRunMutation());
  return {
    cancel,
    resume: {
      ...resume,
      // What was said of an earlier cancel is not true of the resumed run.
      mutate: (input: { runId: number }) => {
        cancel.reset();
        resume.mutate(input);
      },
    },
    exporting,
    yaml,
    remove,
    openAnswers: () => void navigate({ to: '/answers', search: { run: run.id } }),
    saveYaml: () =>
      yaml.mutate(
        { experiment: run.experiment },
        { onSuccess: (file) => saveText('experiment.yaml', file.yaml, 'text/yaml') },
      ),
    removeRun: () =>
      remove.mutate({ runId: run.id }, { onSuccess: () => void navigate({ to: '/runs', search: {} }) }),
  };
}

function HeadFacts({ run }: { readonly run: Run }) {
  const { live, startedAt, endedAt } = run;
  const parts = isLiveRun(run)
    ? [
        live?.tokensPerSecond === null || live === null ? null : formatRate(live.tokensPerSecond),
        live?.itemsPerSecond === null || live === null ? null : formatRate(live.itemsPerSecond, 'rows/s'),
        live?.etaSeconds === null || live === null ? null : `about ${formatSeconds(live.etaSeconds)} left`,
        live === null || live.activeSequences === 0 ? null : `${live.activeSequences} in parallel`,
        run.owner !== null && run.owner.door === 'cli'
          ? `run in a terminal (process ${run.owner.pid})`
          : null,
      ]
    : [
        run.datasetName,
        `${formatCount(run.answered)} of ${formatCount(run.total)} answers`,
        startedAt === null || endedAt === null ? null : formatSeconds((endedAt - startedAt) / 1000),
        formatDateTime(run.createdAt),
      ];
  return (
    <span role="status">
      <RunState status={run.status} /> {parts.filter((part) => part !== null).join(' · ')}
    </span>
  );
}

function RunMenu({
  run,
  actions,
}: {
  readonly run: Run;
  readonly actions: ReturnType<typeof useRunActions>;
}) {
  const [asking, setAsking] = useState(false);
  const save = (format: ExportFormat): void => actions.exporting.mutate({ runId: run.id, format });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="default"
            size={28}
            aria-label="Export and more"
            loading={actions.exporting.isPending}
          >
            <Ellipsis size={15} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Export</Menu.Label>
          {exportFormats().map((format) => (
            <Menu.Item
              key={format}
              leftSection={<Download size={14} aria-hidden />}
              onClick={() => save(format)}
            >
              {EXPORT_FORMATS[format].label}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<Download size={14} aria-hidden />} onClick={actions.saveYaml}>
            experiment.yaml
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" disabled={isLiveRun(run)} onClick={() => setAsking(true)}>
            Remove the run…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Remove the run?">
        <p>
          Run {run.id} goes from the lists. Answers and judgments that other runs use as well are kept with
          them.
        </p>
        <div className={classes['modalActions']}>
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep it
          </Button>
          <Button color="red" loading={actions.remove.isPending} onClick={actions.removeRun}>
            Remove
          </Button>
        </div>
      </Modal>
    </>
  );
}
