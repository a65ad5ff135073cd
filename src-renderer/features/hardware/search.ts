import { compact, textParam, type SearchRecord } from '../../lib/search-params.ts';

export const machineSearch = (search: SearchRecord) =>
  compact({ q: textParam(search['q']), model: textParam(search['model']) });
