import type { Migration } from './migration.ts';

const TOKEN_RELEVANCE = `
-- How much each token of an answer matters to what it says, by a model: what relevance-weighted scores are made from.
CREATE TABLE token_relevance (
  judge_id INTEGER NOT NULL REFERENCES judge(id),
  answer_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  relevances BLOB NOT NULL, -- Float32, little-endian, one an own token; NaN where the reply could not be read
  PRIMARY KEY (judge_id, answer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_relevance_answer ON token_relevance(answer_id);
`;

/** Relevances of tokens. */
export const tokenRelevance: Migration = {
  version: 5,
  name: 'token-relevance',
  up: (db) => {
    db.exec(TOKEN_RELEVANCE);
  },
};
