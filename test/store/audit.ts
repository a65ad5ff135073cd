import Database from 'better-sqlite3';

/** A statement of what must hold in every database of ours, with rows only where it does not. */
const RULES: Readonly<Record<string, string>> = {
  'an answer stands under one key only once': `
    SELECT row_id, prompt_sha256, system_id, decoding_id, sample_index, seed FROM answer
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1`,
  'an item repeats the columns of its answer': `
    SELECT i.id FROM run_item AS i JOIN answer AS a ON a.id = i.answer_id
    WHERE a.row_id <> i.row_id OR a.tokens IS NOT i.tokens OR a.nll_sum IS NOT i.nll_sum OR a.nll_mean IS NOT i.nll_mean
      OR a.f1 IS NOT i.f1 OR a.finish_reason IS NOT i.finish_reason`,
  'an item without an answer has none of its columns': `
    SELECT id FROM run_item WHERE answer_id IS NULL
      AND (tokens IS NOT NULL OR nll_sum IS NOT NULL OR f1 IS NOT NULL OR finish_reason IS NOT NULL)`,
  'items belong to runs': 'SELECT id FROM run_item WHERE run_id NOT IN (SELECT id FROM run)',
  'a run has as many items as it says': `
    SELECT id FROM run WHERE total <> (SELECT count(*) FROM run_item WHERE run_item.run_id = run.id)`,
  'every stored answer of a model has its tokens and its prompt': `
    SELECT id FROM answer WHERE decoding_id <> 0
      AND (id NOT IN (SELECT answer_id FROM answer_token) OR id NOT IN (SELECT answer_id FROM answer_prompt))`,
  'the sums of a run are those of its answers': `
    SELECT t.run_id FROM run_tally AS t WHERE (
      SELECT json_array(count(*), total(r.gold <> '[]'), total(a.finish_reason IN ('length', 'context')),
        total(a.finish_reason = 'loop'), total(a.is_empty), total(a.injected), total(a.tokens), count(a.tokens),
        round(total(a.nll_sum), 6), count(a.nll_sum), total(a.exact_match), count(a.exact_match), total(a.contains),
        count(a.contains), round(total(a.f1), 6), count(a.f1))
      FROM run_item AS i JOIN answer AS a ON a.id = i.answer_id JOIN dataset_row AS r ON r.id = i.row_id
      WHERE i.run_id = t.run_id
    ) <> json_array(t.answers, t.with_gold + 0.0, t.truncated + 0.0, t.loops + 0.0, t.empty + 0.0, t.injected + 0.0,
      t.token_sum + 0.0, t.token_count, round(t.nll_sum, 6), t.nll_count, t.exact_correct + 0.0, t.exact_scored,
      t.contains_correct + 0.0, t.contains_scored, round(t.f1_sum, 6), t.f1_scored)`,
  'the verdict that counts is that of the run’s own repeat, else the newest': `
    WITH own AS (SELECT run_id, judge_id, max(repeat) AS repeat FROM run_phase WHERE judge_id IS NOT NULL GROUP BY 1, 2),
    wanted AS (
      SELECT i.id AS item_id, j.judge_id, j.verdict, j.p_correct, j.label_mass
      FROM run_item AS i JOIN judgment AS j ON j.answer_id = i.answer_id
      LEFT JOIN own ON own.run_id = i.run_id AND own.judge_id = j.judge_id
      WHERE j.repeat = own.repeat OR (own.repeat IS NULL AND j.id = (
        SELECT max(k.id) FROM judgment AS k WHERE k.answer_id = j.answer_id AND k.judge_id = j.judge_id))),
    shown AS (SELECT item_id, judge_id, verdict, p_correct, label_mass FROM item_verdict)
    SELECT * FROM (SELECT * FROM wanted EXCEPT SELECT * FROM shown)
    UNION ALL SELECT * FROM (SELECT * FROM shown EXCEPT SELECT * FROM wanted)`,
  'the counts of a judge are those of its verdicts': `
    WITH counted AS (
      SELECT run_id, judge_id, verdict, count(*) AS n, round(total(p_correct), 6) AS p, count(p_correct) AS pn,
        round(total(label_mass), 6) AS m, count(label_mass) AS mn, coalesce(sum(label_mass < 0.5), 0) AS ml
      FROM item_verdict GROUP BY 1, 2, 3),
    kept AS (
      SELECT run_id, judge_id, verdict, answers, round(p_sum, 6), p_count, round(mass_sum, 6), mass_count, mass_little
      FROM run_judge WHERE answers <> 0)
    SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept)
    UNION ALL SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted)`,
  'an item is marked when judges differ on it': `
    SELECT id FROM run_item WHERE disagree <> (
      SELECT count(DISTINCT verdict) > 1 FROM item_verdict
      WHERE item_id = run_item.id AND verdict IN ('correct', 'incorrect'))`,
  'a phase has done what is there': `
    SELECT p.run_id, p.seq FROM run_phase AS p WHERE p.done <> CASE
      WHEN p.role = 'generate' THEN (
        SELECT count(*) FROM run_item AS i WHERE i.run_id = p.run_id AND i.answer_id IS NOT NULL)
      ELSE (
        SELECT count(*) FROM run_item AS i JOIN judgment AS j ON j.answer_id = i.answer_id
        WHERE i.run_id = p.run_id AND j.judge_id = p.judge_id AND j.repeat = p.repeat) END`,
  'a phase has failed what is noted': `
    SELECT p.run_id, p.seq FROM run_phase AS p WHERE p.failed <> (
      SELECT count(*) FROM failure AS f JOIN run_item AS i ON i.id = f.item_id
      WHERE i.run_id = p.run_id AND f.seq = p.seq)`,
};

/** @throws an error that lists what is wrong in a database: rules above that do not hold, and SQLite's own checks. */
export function assertSound(file: string): void {
  const broken = audit(file);
  if (broken.length > 0) throw new Error(broken.join('\n'));
}

function audit(file: string): string[] {
  const db = new Database(file);
  try {
    const broken = Object.entries(RULES).flatMap(([rule, sql]) => {
      const rows = db.prepare(sql).raw().all();
      return rows.length === 0
        ? []
        : [`not so: ${rule} (${rows.length}, such as ${JSON.stringify(rows[0])})`];
    });
    const damage = db.pragma('integrity_check', { simple: true });
    if (damage !== 'ok') broken.push(`integrity_check: ${String(damage)}`);
    const orphans = db.prepare('PRAGMA foreign_key_check').raw().all();
    if (orphans.length > 0) broken.push(`foreign keys: ${JSON.stringify(orphans[0])}`);
    try {
      // Rank 1 compares the index with the texts it was made of.
      db.exec("INSERT INTO item_text (item_text, rank) VALUES ('integrity-check', 1)");
    } catch (error) {
      broken.push(`the text index does not match its texts: ${String(error)}`);
    }
    return broken;
  } finally {
    db.close();
  }
}
