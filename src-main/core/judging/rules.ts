import type { RuleResult } from '../../contract/analysis.ts';
import { type LexicalJudge, lexicalVerdict } from '../../domain/lexical/judges.ts';
import type { NewJudge, NewJudgment, Store } from '../../store/api.ts';
import { sha256Of } from '../hash.ts';
import { Problem } from '../problem.ts';

/** Of a rule's wording and thresholds: verdicts under another version are another judge's. */
const RULE_VERSIONS: Readonly<Record<LexicalJudge, number>> = {
  'exact-match': 1,
  contains: 1,
  f1: 1,
  'rouge-l': 1,
  // 2: dates, mixed numbers and fractions of TeX are read; whole numbers are not rounded.
  numeric: 2,
  // 2: boxed letters, "C is correct", "B because …"; "A, B" picks nothing.
  'multiple-choice': 2,
};

const PAGE = 500;

function ruleJudge(rule: LexicalJudge): NewJudge {
  return {
    sha256: sha256Of({ lexical: rule, version: RULE_VERSIONS[rule] }),
    kind: 'lexical',
    name: rule,
    modelSha256: null,
    promptId: null,
    promptSha256: null,
    labelOrder: null,
    mode: 'lexical',
  };
}

/**
 * Judges a run's answers by rules that need no model, as judgments like any other's. Throws Problem NOT_FOUND, and what an
 * abort throws; what was judged by then is kept.
 */
export async function judgeByRules(
  store: Store,
  runId: number,
  rules: readonly LexicalJudge[],
  signal: AbortSignal,
): Promise<RuleResult[]> {
  const run = await store.call('runs.get', { runId });
  if (run === null) throw new Problem('NOT_FOUND', `There is no run ${runId}.`);
  const results: RuleResult[] = [];
  for (const rule of rules) {
    const judgeId = await store.call('judges.ensure', ruleJudge(rule));
    results.push({ rule, judgeId, judged: await judgeAll(store, runId, rule, judgeId, signal) });
  }
  return results;
}

async function judgeAll(
  store: Store,
  runId: number,
  rule: LexicalJudge,
  judgeId: number,
  signal: AbortSignal,
): Promise<number> {
  let after = -1;
  let judged = 0;
  for (;;) {
    signal.throwIfAborted();
    const page = await store.call('runs.pendingJudgments', { runId, judgeId, after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return judged;
    after = last.position;
    const judgments = page.map((item): NewJudgment & { readonly score: number | null } => {
      const { verdict, score, note } = lexicalVerdict(rule, item.row.question, item.answer);
      return {
        answerId: item.answerId,
        judgeId,
        repeat: 0,
        verdict,
        score,
        note,
        pCorrect: null,
        labelMass: null,
        raw: null,
        reason: null,
        renderedPrompt: null,
        labelOrder: null,
        mode: 'lexical',
        durationMs: null,
        error: null,
      };
    });
    await store.call('judgments.addRule', { judgments });
    judged += judgments.length;
  }
}
