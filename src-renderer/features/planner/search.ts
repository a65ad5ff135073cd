import { compact, intParam, type SearchRecord } from '../../lib/search-params.ts';

/** Tokens per sequence; left out, the workbench chooses. */
export const planSearch = (search: SearchRecord) =>
  compact({ context: intParam(search['context']) || undefined });
