import { compact, intParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

export const runsSearch = (search: SearchRecord) => compact({ q: textParam(search['q']) });

/** What a new run starts from: a dataset to ask, a model to ask, or another run whose answers are judged. */
export const launchSearch = (search: SearchRecord) =>
  compact({
    dataset: intParam(search['dataset']),
    model: textParam(search['model']),
    answersOf: intParam(search['answersOf']),
  });
