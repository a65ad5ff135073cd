import { compact, intParam, rowParam, textParam, type SearchRecord } from '../../lib/search-params.ts';

export const datasetsSearch = (search: SearchRecord) =>
  compact({ q: textParam(search['q']), dataset: intParam(search['dataset']) });

/** `file` is a grant: the page can be loaded again while core remembers it. */
export const importSearch = (search: SearchRecord) =>
  compact({ file: textParam(search['file']), kind: textParam(search['kind']) });

export const rowsSearch = (search: SearchRecord) =>
  compact({ q: textParam(search['q']), row: rowParam(search['row']) });
