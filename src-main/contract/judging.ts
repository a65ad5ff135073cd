import { type } from '@orpc/contract';
import { z } from 'zod';
import type { Alarm } from '../domain/alarm.ts';
import type { JudgePromptInfo } from '../domain/app.ts';
import { base, id } from './base.ts';

export const judging = {
  prompts: base.output(type<JudgePromptInfo[]>()),
  /** What makes a run's numbers doubtful, worst first. */
  alarms: base.input(z.object({ runId: id })).output(type<Alarm[]>()),
};
