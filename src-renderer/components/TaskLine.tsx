import { Button } from '@mantine/core';
import { formatBytes, formatCount } from '../lib/format.ts';
import { dismissTask, useTask } from '../queries/tasks.ts';
import { ErrorNote, Note } from './ErrorNote.tsx';
import { ProgressLine } from './ProgressLine.tsx';

export interface TaskLineProps {
  readonly id: string;
  /** Progress in bytes or in things. */
  readonly unit: 'bytes' | 'count';
  /** "The model was not downloaded." */
  readonly failed: string;
  /** What is left when it was cancelled: "What was fetched is kept; the next download goes on from there." */
  readonly cancelled?: string;
  readonly onRetry?: () => void;
}

/** A task of this page: its progress while it runs, its failure until it is read, nothing when it is done. */
export function TaskLine({ id, unit, failed, cancelled, onRetry }: TaskLineProps) {
  const task = useTask(id);
  if (task === null || task.status === 'done') return null;
  if (task.status === 'running') {
    const format = unit === 'bytes' ? formatBytes : formatCount;
    return (
      <ProgressLine label={task.title} progress={task.progress} format={format} onCancel={task.cancel} />
    );
  }
  if (task.status === 'failed') {
    return (
      <ErrorNote
        error={task.failure}
        what={failed}
        onDismiss={() => dismissTask(id)}
        {...(onRetry === undefined ? {} : { onRetry })}
      />
    );
  }
  const dismiss = (
    <Button variant="subtle" color="gray" onClick={() => dismissTask(id)}>
      Dismiss
    </Button>
  );
  return (
    <Note tone="info" actions={dismiss}>
      {task.title}: cancelled. {cancelled}
    </Note>
  );
}
