import { compact, intParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

/** Which run, and which score of it against which judge. */
export const analysisSearch = (search: SearchRecord) =>
  compact({
    run: intParam(search['run']),
    judge: textParam(search['judge']),
    score: textParam(search['score']),
  });
