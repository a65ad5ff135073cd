import {
  compact,
  flagParam,
  intParam,
  listParam,
  oneOfParam,
  textParam,
  type SearchRecord,
} from '../../lib/search-params.ts';
import { loadParam, loadsParam } from './load.ts';

export const runsSearch = (search: SearchRecord) =>
  compact({ q: textParam(search['q']), run: intParam(search['run']) });

/** What a new run starts from: a dataset to ask, a model to ask, or stored answers that are judged. */
export const launchSearch = (search: SearchRecord) =>
  compact({
    dataset: intParam(search['dataset']),
    model: textParam(search['model']),
    /** How it is loaded, where the planner found a way. */
    load: loadParam(search['load']),
    judge: listParam(search['judge']),
    /** Of each judge, in their order. */
    judgeLoad: loadsParam(search['judgeLoad']),
    /** Generator and judges are loaded at once; left out: one after the other. */
    schedule: oneOfParam(search['schedule'], ['together']),
    /** A run whose answers are judged. */
    answersOf: intParam(search['answersOf']),
    /** The answers that came with `dataset` are judged: of `system`, or of all. */
    stored: flagParam(search['stored']),
    system: textParam(search['system']),
  });

export type LaunchSearch = ReturnType<typeof launchSearch>;
