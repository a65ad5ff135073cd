import type { Verdict } from '../verdict.ts';

/** One member's vote on one answer. */
export interface Vote {
  readonly verdict: Verdict;
  /** P(correct) in [0, 1]; null where the member gives none. */
  readonly pCorrect: number | null;
  /** Used by the weighted panel only; not negative. */
  readonly weight?: number;
}

export interface PanelVerdict {
  readonly verdict: Extract<Verdict, 'correct' | 'incorrect' | 'not_attempted' | 'unparsed'>;
  /** Share of the votes (or of the weight) for "correct", or their mean P(correct); null without votes. */
  readonly pCorrect: number | null;
  /** Members that had a vote: unparsed, errors and skipped rows have none. */
  readonly votes: number;
  readonly unanimous: boolean;
}

const NO_VERDICT: PanelVerdict = { verdict: 'unparsed', pCorrect: null, votes: 0, unanimous: false };
type Ballot = Extract<Verdict, 'correct' | 'incorrect' | 'not_attempted'>;

const isBallot = (verdict: Verdict): verdict is Ballot =>
  verdict === 'correct' || verdict === 'incorrect' || verdict === 'not_attempted';

/** The verdict with the most votes; a tie for the first place is unparsed, as is a panel without votes. */
export function majority(votes: readonly Vote[]): PanelVerdict {
  return byWeight(votes.map(({ verdict, pCorrect }) => ({ verdict, pCorrect, weight: 1 })));
}

/**
 * Members weighted (by their κ against humans, say). A member counts with its P(correct) where it has one,
 * as a whole vote otherwise; more than half of the weight on "correct" is correct. Weight on not_attempted
 * counts when it is the greatest. Ties are unparsed.
 */
export function weighted(votes: readonly Vote[]): PanelVerdict {
  const soft = votes.flatMap((vote): (Vote & { weight: number })[] => {
    const weight = Math.max(0, vote.weight ?? 1);
    if (vote.pCorrect === null || !isBallot(vote.verdict) || vote.verdict === 'not_attempted')
      return [{ ...vote, weight }];
    return [
      { verdict: 'correct', pCorrect: null, weight: weight * vote.pCorrect },
      { verdict: 'incorrect', pCorrect: null, weight: weight * (1 - vote.pCorrect) },
    ];
  });
  const ballots = votes.filter((vote) => isBallot(vote.verdict));
  const result = byWeight(soft);
  const unanimous = ballots.length > 0 && new Set(ballots.map((vote) => vote.verdict)).size === 1;
  return { ...result, votes: ballots.length, unanimous };
}

function byWeight(votes: readonly (Vote & { readonly weight: number })[]): PanelVerdict {
  const tally = { correct: 0, incorrect: 0, not_attempted: 0 };
  let count = 0;
  for (const { verdict, weight } of votes) {
    if (!isBallot(verdict)) continue;
    tally[verdict] += weight;
    count += 1;
  }
  const total = tally.correct + tally.incorrect + tally.not_attempted;
  if (!(total > 0)) return NO_VERDICT;
  const order = (['correct', 'incorrect', 'not_attempted'] as const).toSorted((a, b) => tally[b] - tally[a]);
  const [first = 'correct', second = 'incorrect'] = order;
  const tie = tally[first] - tally[second] < 1e-12 * total;
  return {
    verdict: tie ? 'unparsed' : first,
    pCorrect: tally.correct / total,
    votes: count,
    unanimous: tally[first] === total,
  };
}

/** Whether a cascade has to ask further: the first judges disagree, or one of them has no vote. */
function disagree(firsts: readonly Vote[]): boolean {
  const [verdict] = firsts.map((vote) => vote.verdict);
  return verdict === undefined || !isBallot(verdict) || firsts.some((vote) => vote.verdict !== verdict);
}

/**
 * A cascade's verdict: the first judges where they agree, else the majority together with those asked then (Badshah and
 * Sajjad 2025, arXiv 2503.08542, call this lightweight vote for two and a third). `later` has null for one that has not
 * been asked: null then, if it is needed.
 */
export function cascade(firsts: readonly Vote[], later: readonly (Vote | null)[]): PanelVerdict | null {
  if (!disagree(firsts)) return majority(firsts);
  const asked = later.filter((vote) => vote !== null);
  return asked.length < later.length ? null : majority([...firsts, ...asked]);
}
