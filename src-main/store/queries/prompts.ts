import type { Database } from 'better-sqlite3';
import { createHash } from 'node:crypto';

import { perConnection } from '../sql.ts';

/** A common beginning shorter than this is not worth a row of its own. */
const SHORTEST_HEAD = 256;

/** Beginnings in use at a time: some for each phase that writes at once. */
const HEADS_KEPT = 32;

interface Head {
  readonly id: number;
  readonly text: string;
}

interface Memory {
  heads: Head[];
  previous: string;
}

const statements = perConnection((db) => ({
  find: db.prepare<[Buffer], number>('SELECT id FROM prompt_head WHERE sha256 = ?').pluck(),
  add: db.prepare<[Buffer, string]>('INSERT INTO prompt_head (sha256, text) VALUES (?, ?)'),
  answer: db.prepare<[number, number | null, string]>(
    'INSERT INTO answer_prompt (answer_id, head_id, tail) VALUES (?, ?, ?)',
  ),
  judgment: db.prepare<[number, number | null, string]>(
    'INSERT INTO judgment_prompt (judgment_id, head_id, tail) VALUES (?, ?, ?)',
  ),
}));

const memory = perConnection<Memory>(() => ({ heads: [], previous: '' }));

/** Keeps the rendered prompt of an answer. */
export function putAnswerPrompt(db: Database, answerId: number, prompt: string): void {
  const { headId, tail } = split(db, prompt);
  statements(db).answer.run(answerId, headId, tail);
}

/** Keeps the rendered prompt of a judgment. */
export function putJudgmentPrompt(db: Database, judgmentId: number, prompt: string): void {
  const { headId, tail } = split(db, prompt);
  statements(db).judgment.run(judgmentId, headId, tail);
}

/** After a rollback: heads that were made in it are not in the file. */
export function forgetPromptHeads(db: Database): void {
  const known = memory(db);
  known.heads = [];
  known.previous = '';
}

function split(db: Database, prompt: string): { headId: number | null; tail: string } {
  const known = memory(db);
  const head = known.heads.find((h) => prompt.startsWith(h.text)) ?? newHead(db, known, prompt);
  known.previous = prompt;
  if (head === null) return { headId: null, tail: prompt };
  return { headId: head.id, tail: prompt.slice(head.text.length) };
}

/** What this prompt and the one before have in common, once it is long enough. */
function newHead(db: Database, known: Memory, prompt: string): Head | null {
  const text = commonHead(known.previous, prompt);
  if (text.length < SHORTEST_HEAD) return null;
  const s = statements(db);
  const sha = createHash('sha256').update(text).digest();
  const id = s.find.get(sha) ?? Number(s.add.run(sha, text).lastInsertRowid);
  const head = { id, text };
  known.heads = [head, ...known.heads].slice(0, HEADS_KEPT);
  return head;
}

function commonHead(a: string, b: string): string {
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i += 1;
  // Not between the halves of a surrogate pair: each part must be valid text of its own.
  const last = a.charCodeAt(i - 1);
  if (i > 0 && last >= 0xd800 && last <= 0xdbff) i -= 1;
  return a.slice(0, i);
}
