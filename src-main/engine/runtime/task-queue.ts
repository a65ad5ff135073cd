import type { GenerateTask, Task } from './task.ts';

/** Taken tasks are cut off this many at a time: shifting an array for each would cost more than the array. */
const CUT_EVERY = 1024;

/** Tasks in the order they came. */
export interface TaskQueue {
  readonly length: number;
  /** The one that comes next, left where it is. */
  readonly next: Task | undefined;
  push(task: Task): void;
  take(): Task | undefined;
  /** Takes the next tasks as long as they generate from the very prompt of `task`: further samples of one question. */
  takeTwins(task: GenerateTask, most: number): GenerateTask[];
  drop(unwanted: (task: Task) => boolean): void;
}

export function createTaskQueue(): TaskQueue {
  let tasks: Task[] = [];
  let head = 0;
  const take = (): Task | undefined => {
    const task = tasks[head];
    if (task === undefined) return undefined;
    head += 1;
    if (head >= CUT_EVERY) {
      tasks = tasks.slice(head);
      head = 0;
    }
    return task;
  };
  return {
    get length() {
      return tasks.length - head;
    },
    get next() {
      return tasks[head];
    },
    push: (task) => {
      tasks.push(task);
    },
    take,
    takeTwins(task, most) {
      const twins: GenerateTask[] = [];
      for (let next = tasks[head]; twins.length < most && next !== undefined; next = tasks[head]) {
        if (next.kind !== 'generate' || !samePrompt(next, task)) break;
        twins.push(next);
        take();
      }
      return twins;
    },
    drop(unwanted) {
      tasks = tasks.slice(head).filter((task) => !unwanted(task));
      head = 0;
    },
  };
}

function samePrompt(one: Task, other: Task): boolean {
  return (
    one.tokens.length === other.tokens.length &&
    one.pieces.join() === other.pieces.join() &&
    one.tokens.every((token, index) => token === other.tokens[index])
  );
}
