import type { Backend } from '../domain/hardware.ts';
import type { LedgerEntry, LoadOutcome } from '../domain/ledger.ts';
import type { JudgeInfo, PhaseState, RunEvent, RunStatus } from '../domain/run.ts';
import type { LabelOrder, Verdict, VerdictMode } from '../domain/verdict.ts';

type Flag = 0 | 1;

interface DatasetTable {
  id: number;
  sha256: string;
  file_sha256: string;
  name: string;
  kind: string;
  source_name: string;
  mapping: string | null;
  row_count: number;
  without_gold: number;
  problems: string;
  problem_count: number;
  imported_at: number;
  importer: string | null;
}

interface DatasetRowTable {
  id: number;
  dataset_id: number;
  position: number;
  line: number;
  row_sha256: Buffer;
  occurrence: number;
  external_id: string | null;
  question: string;
  gold: string;
  gold_text: string;
  choices: string | null;
  context: string | null;
  metadata: string;
  source: string | null;
}

interface AnswerTable {
  id: number;
  row_id: number;
  system_id: number;
  decoding_id: number;
  prompt_sha256: Buffer;
  sample_index: number;
  seed: number;
  at: number;
  finish_reason: string | null;
  prompt_tokens: number | null;
  tokens: number | null;
  reasoning_tokens: number | null;
  nll_sum: number | null;
  nll_mean: number | null;
  eog_logprob: number | null;
  exact_match: Flag | null;
  f1: number | null;
  contains: Flag | null;
  injected: Flag;
  is_empty: Flag;
  duration_ms: number | null;
  text: string;
  reasoning: string | null;
}

interface JudgeTable {
  id: number;
  sha256: string;
  kind: JudgeInfo['kind'];
  name: string;
  model_sha256: string | null;
  prompt_id: string | null;
  prompt_sha256: string | null;
  label_order: LabelOrder | null;
  mode: string;
  last_repeat: number;
}

interface JudgmentTable {
  id: number;
  answer_id: number;
  judge_id: number;
  repeat: number;
  verdict: Verdict;
  p_correct: number | null;
  label_mass: number | null;
  score: number | null;
  at: number;
  duration_ms: number | null;
  mode: VerdictMode;
  label_order: LabelOrder | null;
  error: string | null;
  note: string | null;
  reason: string | null;
  raw: string | null;
}

interface RunTable {
  id: number;
  dataset_id: number;
  name: string;
  status: RunStatus;
  total: number;
  samples: number;
  again: Flag;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  error: string | null;
  owner: string | null;
  claim_token: number;
  heartbeat_at: number | null;
  live: string | null;
  experiment: string;
  plan: string | null;
}

interface RunPhaseTable {
  run_id: number;
  seq: number;
  role: 'generate' | 'judge';
  model_name: string;
  judge_id: number | null;
  repeat: number;
  state: PhaseState;
  total: number;
  done: number;
  failed: number;
  started_at: number | null;
  ended_at: number | null;
  tokens: number;
  busy_ms: number;
  worked: number;
  load_ms: number | null;
  error: string | null;
  plan: string | null;
  measured: string | null;
  provenance: string | null;
}

interface RunItemTable {
  id: number;
  run_id: number;
  position: number;
  row_id: number;
  sample_index: number;
  answer_id: number | null;
  tokens: number | null;
  nll_sum: number | null;
  nll_mean: number | null;
  f1: number | null;
  finish_reason: string | null;
  disagree: Flag;
}

interface ItemVerdictTable {
  item_id: number;
  run_id: number;
  judge_id: number;
  verdict: Verdict;
  p_correct: number | null;
  label_mass: number | null;
}

interface RunTallyTable {
  run_id: number;
  answers: number;
  with_gold: number;
  truncated: number;
  loops: number;
  empty: number;
  injected: number;
  token_sum: number;
  token_count: number;
  nll_sum: number;
  nll_count: number;
  exact_correct: number;
  exact_scored: number;
  contains_correct: number;
  contains_scored: number;
  f1_sum: number;
  f1_scored: number;
}

interface RunJudgeTable {
  run_id: number;
  judge_id: number;
  verdict: Verdict;
  answers: number;
  p_sum: number;
  p_count: number;
  mass_sum: number;
  mass_count: number;
  mass_little: number;
}

interface LedgerTable {
  id: number;
  at: number;
  run_id: number | null;
  role: LedgerEntry['role'];
  model_name: string;
  model_sha256: string | null;
  backend: Backend;
  driver: string | null;
  settings: string;
  total_layers: number;
  versions: string;
  outcome: LoadOutcome;
  reason: string | null;
  load_ms: number | null;
  devices: string;
}

/** The tables as migrations leave them: what queries are typed by. STRICT tables hold to it at run time. */
export interface Schema {
  dataset: DatasetTable;
  dataset_row: DatasetRowTable;
  dataset_system: { dataset_id: number; system_id: number };
  system: { id: number; model_sha256: string | null; name: string };
  decoding: { id: number; sha256: string };
  answer: AnswerTable;
  answer_token: { answer_id: number; ids: Buffer | null; logprobs: Buffer | null; texts: string | null };
  prompt_head: { id: number; sha256: Buffer; text: string };
  answer_prompt: { answer_id: number; head_id: number | null; tail: string };
  judge: JudgeTable;
  judgment: JudgmentTable;
  judgment_prompt: { judgment_id: number; head_id: number | null; tail: string };
  run: RunTable;
  run_request: { run_id: number; cancel_at: number };
  run_phase: RunPhaseTable;
  run_event: { run_id: number; seq: number; at: number; level: RunEvent['level']; text: string };
  memory_sample: {
    run_id: number;
    seq: number;
    at: number;
    phase_seq: number;
    device_id: string;
    process_bytes: number | null;
    device_used_bytes: number | null;
  };
  run_item: RunItemTable;
  item_verdict: ItemVerdictTable;
  run_tally: RunTallyTable;
  run_judge: RunJudgeTable;
  failure: { item_id: number; seq: number; reason: string; at: number };
  cache: { key: string; value: string; at: number };
  ledger: LedgerTable;
}
