import { compact, flagParam, intParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

export const runsSearch = (search: SearchRecord) =>
  compact({ q: textParam(search['q']), run: intParam(search['run']) });

/** What a new run starts from: a dataset to ask, a model to ask, or stored answers that are judged. */
export const launchSearch = (search: SearchRecord) =>
  compact({
    dataset: intParam(search['dataset']),
    model: textParam(search['model']),
    judge: textParam(search['judge']),
    /** A run whose answers are judged. */
    answersOf: intParam(search['answersOf']),
    /** The answers that came with `dataset` are judged: of `system`, or of all. */
    stored: flagParam(search['stored']),
    system: textParam(search['system']),
  });

export type LaunchSearch = ReturnType<typeof launchSearch>;
