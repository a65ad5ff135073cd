import type { Migration } from './migration.ts';

const LABELS = `
-- Answers drawn for a person to label, in an order fixed when the queue is made. Runs come and go; the order and what it
-- was drawn from stay as long as its answers do, because corrected accuracies rest on them.
CREATE TABLE label_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL,
  judge_id INTEGER NOT NULL REFERENCES judge(id), -- the person
  draw TEXT NOT NULL CHECK (draw IN ('random', 'sorted')),
  sort_key TEXT NOT NULL, -- '' for random; what a sorted queue was sorted by
  seed INTEGER NOT NULL,
  population INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX label_queue_run ON label_queue(run_id, judge_id);

CREATE TABLE label_item (
  queue_id INTEGER NOT NULL REFERENCES label_queue(id) ON DELETE CASCADE,
  rank INTEGER NOT NULL,
  answer_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  PRIMARY KEY (queue_id, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_item_answer ON label_item(answer_id, queue_id);

-- How a person's judgment came about; one without a row here was made in the open, with everything in view.
-- Taking a label back is a judgment of its own, whose row says which one it takes back.
CREATE TABLE label (
  judgment_id INTEGER PRIMARY KEY REFERENCES judgment(id) ON DELETE CASCADE,
  queue_id INTEGER NOT NULL REFERENCES label_queue(id) ON DELETE CASCADE,
  answer_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  undoes INTEGER REFERENCES judgment(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX label_queue_answer ON label(queue_id, answer_id);
CREATE INDEX label_answer ON label(answer_id);
CREATE INDEX label_undoes ON label(undoes) WHERE undoes IS NOT NULL;

-- Whether one sample of a question implies another, by a model: what clusters of meaning are made from.
CREATE TABLE entailment (
  judge_id INTEGER NOT NULL REFERENCES judge(id),
  first_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  second_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  p_entails REAL,  -- NULL when the reply could not be read
  label_mass REAL,
  PRIMARY KEY (judge_id, first_id, second_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entailment_first ON entailment(first_id);
CREATE INDEX entailment_second ON entailment(second_id);
`;

/** Label queues and entailments between samples. */
export const labels: Migration = {
  version: 2,
  name: 'labels',
  up: (db) => {
    db.exec(LABELS);
  },
};
