import type { Migration } from './migration.ts';

const DATASETS = `
CREATE TABLE dataset (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL UNIQUE,
  file_sha256 TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  source_name TEXT NOT NULL,
  mapping TEXT,
  row_count INTEGER NOT NULL DEFAULT 0,
  without_gold INTEGER NOT NULL DEFAULT 0,
  problems TEXT NOT NULL DEFAULT '[]',
  problem_count INTEGER NOT NULL DEFAULT 0,
  imported_at INTEGER NOT NULL,
  importer TEXT -- JSON RunOwner while the import goes on; NULL once it is finished
) STRICT;

CREATE TABLE dataset_row (
  id INTEGER PRIMARY KEY,
  dataset_id INTEGER NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  line INTEGER NOT NULL,
  row_sha256 BLOB NOT NULL CHECK (length(row_sha256) = 32),
  occurrence INTEGER NOT NULL,
  external_id TEXT,
  question TEXT NOT NULL,
  gold TEXT NOT NULL,      -- JSON string[]
  gold_text TEXT NOT NULL, -- the same, a line each: what the text search reads
  choices TEXT,
  context TEXT,
  metadata TEXT NOT NULL,
  UNIQUE (dataset_id, row_sha256, occurrence),
  UNIQUE (dataset_id, position)
) STRICT;

-- Who made an answer: a model by the SHA-256 of its file, or the name that a file gave.
CREATE TABLE system (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_sha256 TEXT UNIQUE,
  name TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX system_imported_name ON system(name) WHERE model_sha256 IS NULL;

CREATE TABLE dataset_system (
  dataset_id INTEGER NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
  system_id INTEGER NOT NULL REFERENCES system(id),
  PRIMARY KEY (dataset_id, system_id)
) STRICT, WITHOUT ROWID;
`;

const ANSWERS = `
-- Row 0 stands for "made elsewhere": imported answers have no decoding that we know.
CREATE TABLE decoding (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO decoding (id, sha256) VALUES (0, '');

-- One key for both kinds, with nothing NULL in it (NULLs are distinct and would not hold): an imported answer has
-- decoding 0, an empty prompt hash and seed 0, so that it is unique by row (and so by source), system and sample.
CREATE TABLE answer (
  id INTEGER PRIMARY KEY,
  row_id INTEGER NOT NULL REFERENCES dataset_row(id) ON DELETE CASCADE,
  system_id INTEGER NOT NULL REFERENCES system(id),
  decoding_id INTEGER NOT NULL REFERENCES decoding(id),
  prompt_sha256 BLOB NOT NULL,
  sample_index INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  at INTEGER NOT NULL,
  finish_reason TEXT,
  prompt_tokens INTEGER,
  tokens INTEGER,
  reasoning_tokens INTEGER,
  nll_sum REAL,
  nll_mean REAL,
  eog_logprob REAL,
  exact_match INTEGER CHECK (exact_match IN (0, 1)),
  f1 REAL,
  contains INTEGER CHECK (contains IN (0, 1)),
  injected INTEGER NOT NULL CHECK (injected IN (0, 1)), -- speaks to a judge, or closes its prompt
  is_empty INTEGER NOT NULL CHECK (is_empty IN (0, 1)), -- nothing but white space
  duration_ms REAL,
  text TEXT NOT NULL,
  reasoning TEXT,
  UNIQUE (row_id, prompt_sha256, system_id, decoding_id, sample_index, seed)
) STRICT;

-- Read by the detail pane and by exports, never by a list.
CREATE TABLE answer_token (
  answer_id INTEGER PRIMARY KEY REFERENCES answer(id) ON DELETE CASCADE,
  ids BLOB,      -- Int32, little-endian
  logprobs BLOB, -- Float32, little-endian
  texts TEXT     -- JSON string[]
) STRICT;

-- Rendered prompts are long and begin alike (few-shot examples, instructions): the common beginning is kept once.
CREATE TABLE prompt_head (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE answer_prompt (
  answer_id INTEGER PRIMARY KEY REFERENCES answer(id) ON DELETE CASCADE,
  head_id INTEGER REFERENCES prompt_head(id),
  tail TEXT NOT NULL
) STRICT;
`;

const JUDGMENTS = `
CREATE TABLE judge (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('model', 'human', 'lexical', 'imported', 'api', 'panel')),
  name TEXT NOT NULL,
  model_sha256 TEXT,
  prompt_id TEXT,
  prompt_sha256 TEXT,
  label_order TEXT CHECK (label_order IN ('AB', 'BA')),
  mode TEXT NOT NULL,
  last_repeat INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Append-only: another judge, another repeat or another human label is another row.
CREATE TABLE judgment (
  id INTEGER PRIMARY KEY,
  answer_id INTEGER NOT NULL REFERENCES answer(id) ON DELETE CASCADE,
  judge_id INTEGER NOT NULL REFERENCES judge(id),
  repeat INTEGER NOT NULL,
  verdict TEXT NOT NULL
    CHECK (verdict IN ('correct', 'incorrect', 'not_attempted', 'unparsed', 'error', 'skipped')),
  p_correct REAL,
  label_mass REAL,
  score REAL, -- what an imported judge gave, on its own scale
  at INTEGER NOT NULL,
  duration_ms REAL,
  mode TEXT NOT NULL CHECK (mode IN ('next-token', 'grammar', 'reason', 'human', 'lexical', 'imported')),
  label_order TEXT CHECK (label_order IN ('AB', 'BA')),
  error TEXT,
  note TEXT,
  reason TEXT,
  raw TEXT,
  UNIQUE (answer_id, judge_id, repeat)
) STRICT;

CREATE TABLE judgment_prompt (
  judgment_id INTEGER PRIMARY KEY REFERENCES judgment(id) ON DELETE CASCADE,
  head_id INTEGER REFERENCES prompt_head(id),
  tail TEXT NOT NULL
) STRICT;
`;

const RUNS = `
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  dataset_id INTEGER NOT NULL REFERENCES dataset(id),
  name TEXT NOT NULL,
  status TEXT NOT NULL
    CHECK (status IN ('queued', 'running', 'cancelling', 'cancelled', 'interrupted', 'failed', 'done')),
  total INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  again INTEGER NOT NULL CHECK (again IN (0, 1)),
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  error TEXT,
  owner TEXT, -- JSON RunOwner; NULL when nobody has it
  claim_token INTEGER NOT NULL DEFAULT 0,
  heartbeat_at INTEGER,
  live TEXT,
  experiment TEXT NOT NULL,
  plan TEXT
) STRICT;
CREATE INDEX run_dataset ON run(dataset_id);
CREATE INDEX run_owned ON run(id) WHERE owner IS NOT NULL;

CREATE TABLE run_request (
  run_id INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  cancel_at INTEGER NOT NULL
) STRICT;

CREATE TABLE run_phase (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('generate', 'judge')),
  model_name TEXT NOT NULL,
  judge_id INTEGER REFERENCES judge(id),
  repeat INTEGER NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'loading', 'running', 'unloading', 'done', 'failed', 'cancelled')),
  total INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  ended_at INTEGER,
  tokens INTEGER NOT NULL DEFAULT 0,
  busy_ms REAL NOT NULL DEFAULT 0,
  load_ms REAL,
  error TEXT,
  plan TEXT,
  measured TEXT,
  provenance TEXT,
  PRIMARY KEY (run_id, seq)
) STRICT;

CREATE TABLE run_event (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  text TEXT NOT NULL,
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE memory_sample (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  phase_seq INTEGER NOT NULL,
  device_id TEXT NOT NULL,
  process_bytes INTEGER,
  device_used_bytes INTEGER,
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE cache (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

const ITEMS = `
-- One wanted answer of a run. row_id has no foreign key: a dataset with runs is never removed, and the check would need
-- an index as large as the table. The id is run_id * 2^32 + position: a run's items lie together in the order of its
-- pages, a page is a range of ids, and the text index, keyed on the same id, streams its hits in that order.
-- The columns after answer_id repeat the answer's, so that sorting and filtering read narrow rows only. They have no
-- indexes on purpose: the best hundred of a million rows are found by reading them all in 50 ms, and four indexes in
-- random order would more than double what storing an answer writes.
CREATE TABLE run_item (
  id INTEGER PRIMARY KEY,
  run_id INTEGER GENERATED ALWAYS AS (id >> 32) VIRTUAL,
  position INTEGER GENERATED ALWAYS AS (id & 4294967295) VIRTUAL,
  row_id INTEGER NOT NULL,
  sample_index INTEGER NOT NULL,
  answer_id INTEGER REFERENCES answer(id),
  tokens INTEGER,
  nll_sum REAL,
  nll_mean REAL,
  f1 REAL,
  finish_reason TEXT,
  disagree INTEGER NOT NULL DEFAULT 0 CHECK (disagree IN (0, 1))
) STRICT;
CREATE INDEX run_item_answer ON run_item(answer_id) WHERE answer_id IS NOT NULL;
CREATE INDEX run_item_disagree ON run_item(disagree) WHERE disagree = 1;

-- The verdict of a judge that counts in a run: that of the run's own repeat where the run has a phase of this
-- judge, else the newest. Derived from judgment, in the same transaction.
CREATE TABLE item_verdict (
  item_id INTEGER NOT NULL REFERENCES run_item(id) ON DELETE CASCADE,
  run_id INTEGER GENERATED ALWAYS AS (item_id >> 32) VIRTUAL,
  judge_id INTEGER NOT NULL REFERENCES judge(id),
  verdict TEXT NOT NULL,
  p_correct REAL,
  label_mass REAL,
  PRIMARY KEY (item_id, judge_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_verdict_verdict ON item_verdict(judge_id, verdict, item_id, p_correct);

-- Sums over a run, kept in the transaction that changes what they sum: progress and accuracy are one read.
CREATE TABLE run_tally (
  run_id INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  answers INTEGER NOT NULL DEFAULT 0,
  with_gold INTEGER NOT NULL DEFAULT 0,
  truncated INTEGER NOT NULL DEFAULT 0,
  loops INTEGER NOT NULL DEFAULT 0,
  empty INTEGER NOT NULL DEFAULT 0,
  injected INTEGER NOT NULL DEFAULT 0,
  token_sum INTEGER NOT NULL DEFAULT 0,
  token_count INTEGER NOT NULL DEFAULT 0,
  nll_sum REAL NOT NULL DEFAULT 0,
  nll_count INTEGER NOT NULL DEFAULT 0,
  exact_correct INTEGER NOT NULL DEFAULT 0,
  exact_scored INTEGER NOT NULL DEFAULT 0,
  contains_correct INTEGER NOT NULL DEFAULT 0,
  contains_scored INTEGER NOT NULL DEFAULT 0,
  f1_sum REAL NOT NULL DEFAULT 0,
  f1_scored INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE run_judge (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  judge_id INTEGER NOT NULL REFERENCES judge(id),
  verdict TEXT NOT NULL,
  answers INTEGER NOT NULL,
  p_sum REAL NOT NULL,
  p_count INTEGER NOT NULL,
  mass_sum REAL NOT NULL,
  mass_count INTEGER NOT NULL,
  mass_little INTEGER NOT NULL, -- of mass_count: below one half
  PRIMARY KEY (run_id, judge_id, verdict)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
  item_id INTEGER NOT NULL REFERENCES run_item(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (item_id, seq)
) STRICT, WITHOUT ROWID;

-- Keyed on run_item.id, a real column (an implicit rowid may change in a VACUUM). detail=none keeps row numbers
-- only, which is all that "each word is found" needs and a fifth of the size; prefix indexes serve typing.
CREATE VIEW item_text_source AS
  SELECT i.id AS id, r.question AS question, r.gold_text AS gold, a.text AS answer
  FROM run_item i JOIN dataset_row r ON r.id = i.row_id JOIN answer a ON a.id = i.answer_id;
CREATE VIRTUAL TABLE item_text USING fts5(
  question, gold, answer,
  content='item_text_source', content_rowid='id',
  detail=none, columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 2'
);
`;

/** All tables of the first version. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  up: (db) => {
    for (const part of [DATASETS, ANSWERS, JUDGMENTS, RUNS, ITEMS]) db.exec(part);
  },
};
