import { compact, intParam, listParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

/** Which run, which of its models, by which column, and which score against which judge. */
export const analysisSearch = (search: SearchRecord) =>
  compact({
    run: intParam(search['run']),
    /** Only answers of this model. */
    system: textParam(search['system']),
    /** The column of the heat map. */
    column: textParam(search['column']),
    judge: textParam(search['judge']),
    score: textParam(search['score']),
    /** The judge whose accuracy is corrected. */
    corrected: textParam(search['corrected']),
    /** A labelled run whose judge's errors correct it too. */
    calibration: intParam(search['calibration']),
    /** Several judges as one: "majority~judge:1~judge:2". */
    panel: listParam(search['panel']),
  });

export type AnalysisSearch = ReturnType<typeof analysisSearch>;

/** Sides as "run/judge/system", the last two may be empty: "3/judge:2/". */
export const compareSearch = (search: SearchRecord) => compact({ side: listParam(search['side']) });

export const cardSearch = (search: SearchRecord) =>
  compact({ run: intParam(search['run']), judge: textParam(search['judge']) });
