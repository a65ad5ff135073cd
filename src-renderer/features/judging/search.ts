import { compact, intParam, rowParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

/** Which run is labelled, in which queue, and whose accuracy the labels correct beside it. */
export const labelSearch = (search: SearchRecord) =>
  compact({
    run: intParam(search['run']),
    queue: intParam(search['queue']),
    judge: textParam(search['judge']),
  });

/** Which prompt is open, and which row it is tried on. */
export const promptsSearch = (search: SearchRecord) =>
  compact({
    id: textParam(search['id']),
    dataset: intParam(search['dataset']),
    row: rowParam(search['row']),
  });
