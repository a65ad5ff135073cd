import { compact, intParam, type SearchRecord } from '../../lib/search-params.ts';

export const answersSearch = (search: SearchRecord) => compact({ run: intParam(search['run']) });
