import { create } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Progress } from '../../src-main/domain/import.ts';
import { isAbort } from '../lib/error-sentence.ts';

/** Long work that this page started and that goes on while other pages are looked at: a download, an import, a hash. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: Progress | null;
  readonly startedAt: number;
  /** What it failed with, for ErrorNote. */
  readonly failure: unknown;
  readonly cancel: () => void;
}

export interface TaskStart<Event> {
  /** One task an id: starting it again while it runs does nothing. */
  readonly id: string;
  readonly title: string;
  readonly start: (signal: AbortSignal) => Promise<AsyncIterable<Event>>;
  readonly progressOf: (event: Event) => Progress | null;
  readonly onEvent?: (event: Event) => void;
  readonly onDone?: () => void;
  /** However it ended. */
  readonly onEnded?: () => void;
}

const useTasks = create<{ readonly tasks: Readonly<Record<string, Task>> }>(() => ({ tasks: {} }));

function change(id: string, part: Partial<Task>): void {
  useTasks.setState(({ tasks }) => {
    const task = tasks[id];
    return task === undefined ? { tasks } : { tasks: { ...tasks, [id]: { ...task, ...part } } };
  });
}

async function follow<Event>(task: TaskStart<Event>, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await task.start(signal)) {
      const progress = task.progressOf(event);
      if (progress !== null) change(task.id, { progress });
      task.onEvent?.(event);
    }
    change(task.id, { status: signal.aborted ? 'cancelled' : 'done' });
    if (!signal.aborted) task.onDone?.();
  } catch (error) {
    if (signal.aborted || isAbort(error)) change(task.id, { status: 'cancelled' });
    else change(task.id, { status: 'failed', failure: error });
  } finally {
    task.onEnded?.();
  }
}

export function startTask<Event>(task: TaskStart<Event>): void {
  if (useTasks.getState().tasks[task.id]?.status === 'running') return;
  const controller = new AbortController();
  const entry: Task = {
    id: task.id,
    title: task.title,
    status: 'running',
    progress: null,
    startedAt: Date.now(),
    failure: null,
    cancel: () => controller.abort(),
  };
  useTasks.setState(({ tasks }) => ({ tasks: { ...tasks, [task.id]: entry } }));
  void follow(task, controller.signal);
}

/** Takes an ended task off the page. */
export function dismissTask(id: string): void {
  useTasks.setState(({ tasks }) => ({
    tasks: Object.fromEntries(Object.entries(tasks).filter(([key]) => key !== id)),
  }));
}

/** The task of that id, while the page knows it. */
export function useTask(id: string | null): Task | null {
  return useTasks(({ tasks }) => (id === null ? null : (tasks[id] ?? null)));
}

/** Every task whose id begins so; all without a prefix. */
export function useTaskList(prefix = ''): readonly Task[] {
  return useTasks(useShallow(({ tasks }) => Object.values(tasks).filter(({ id }) => id.startsWith(prefix))));
}
