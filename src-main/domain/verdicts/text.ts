import type { OfferedLabel } from '../prompts/judge-render.ts';
import { cleanReply, plainWords } from './clean.ts';
import type { VerdictReading } from './next-token.ts';
import type { Found, Saying } from './words.ts';
import { isTakenBack, leadingSaying, statedSayings } from './words.ts';

/**
 * What "partially correct" counts as: unparsed (strict) or correct (lenient). Nothing else differs. Stored
 * with the verdict, because accuracies under different policies do not compare.
 */
export type TextPolicy = 'strict' | 'lenient';

export interface TextReading extends VerdictReading {
  readonly policy: TextPolicy;
  /** The words that decided, as cleaned; null when unparsed. */
  readonly matched: string | null;
}

/** What one rule found: a label that was offered, or words. */
type Candidate = { readonly label: OfferedLabel; readonly text: string } | Found;

// The options repeated before the choice: "correct or incorrect: incorrect", "Verdict (yes/no): no".
const ECHO =
  /[("'[]*\b(?:yes\s*(?:or|\/)\s*no|no\s*(?:or|\/)\s*yes|correct\s*(?:or|\/)\s*incorrect|incorrect\s*(?:or|\/)\s*correct|true\s*(?:or|\/)\s*false)\b[)"'\]]*\s*[?:]/g;
// A question states nothing: "Is the candidate correct? No."
// What is none is matched too, so that a long sentence is walked over once and not again from each of its characters.
const QUESTION_OR_NOT = /([^.!?\n]*\?+["')\]]*)|[^.!?\n]+/g;
const withoutQuestions = (text: string): string =>
  text.replaceAll(QUESTION_OR_NOT, (found, question?: string) => (question === undefined ? found : ' '));
const GREETING =
  /^(?:["'([{<\s.,:;=|-]+|(?:sure|okay|ok|well|hmm|certainly|of course|here is (?:my|the) (?:verdict|grade|judge?ment|answer|response))\s*[,:.!]\s*|<?\/?(?:verdict|grade|answer)>|(?:so|therefore|thus|hence)\s*,?\s+)/;
const VERDICT_NOUN =
  /^(?:(?:my|the|final|overall|your)\s+)*(?:verdict|grade|judge?ment|decision|result|rating|score|evaluation|label|conclusion|points|option|choice)\s*(?:is\b|would be\b|:|=|-|—|\n|\()\s*/;
// After these "is" would make a sentence about the answer, which is read as a statement.
const ANSWER_NOUN =
  /^(?:(?:my|the|final|candidate's|proposed|given|your|model's)\s+)*(?:answer|response|output|assistant|judge|candidate)\s*(?:is\s*:|:|=|-|—|\n)\s*/;
const KEYED =
  /["']?\b(?<key>is ?correct|correct|incorrect|correctness|passed?|verdict|grade|judge?ment|label|result|decision|choice|(?:final )?answer|score|rating|points)["']?\s*(?:[:=]|is\b)\s*\[*["'(]*(?<value>(?:[^\n"',}.]|\.(?=\d))+)/g;
/** A key of an object, not a word: {"correct": null}. */
const OBJECT_KEY = /^\s*\{\s*["']?[\w ]+["']?\s*[:=]/;

/**
 * Reads a verdict from a judge's free text that states it first or anywhere ("Yes, the candidate is
 * correct.", "**Verdict:** incorrect", {"correct": false}), for imported replies and for text modes without
 * a grammar. Letters and points are recognised from the labels offered; words (yes, no, correct, wrong, …)
 * always. Contradictions, echoes of the options, refusals and anything not understood are unparsed. For
 * replies that reason first and end with a "GRADE:" line use readGrade instead, never both on one text.
 */
export function readVerdictText(
  reply: string,
  labels: readonly OfferedLabel[],
  policy: TextPolicy = 'strict',
): TextReading {
  const cleaned = cleanReply(reply);
  if (cleaned === '') return unread(policy, 'The reply is empty.');
  const words = withoutQuestions(plainWords(cleaned).replaceAll(ECHO, ': ')).trim();
  const keyed = keyedCandidates(words, labels);
  const first = leadingCandidate(withoutQuestions(cleaned).trim(), words, labels);
  if (first === 'contradicts') return unread(policy, 'The reply states two different verdicts.');
  const decided = first === null ? keyed : [first, ...keyed];
  if (decided.length > 0) return agree(decided, policy);
  const stated = statedSayings(words);
  const concluded = stated.filter((found) => isConclusion(words, found.index));
  return agree(concluded.length > 0 ? concluded.slice(-1) : stated, policy);
}

function unread(policy: TextPolicy, note: string): TextReading {
  return {
    verdict: 'unparsed',
    pCorrect: null,
    labelMass: null,
    label: null,
    score: null,
    note,
    policy,
    matched: null,
  };
}

/**
 * One reading from all that was found: unparsed when it contradicts itself or is partial under the strict
 * policy.
 */
function agree(candidates: readonly Candidate[], policy: TextPolicy): TextReading {
  const [first] = candidates;
  if (first === undefined) return unread(policy, 'The reply states no verdict that could be read.');
  const sayings = new Set(candidates.map(sayingOf));
  if (sayings.has('partial')) {
    if (policy === 'strict')
      return unread(policy, `The reply calls the answer right in part ("${first.text}").`);
    sayings.delete('partial');
    sayings.add('correct');
  }
  const [saying] = sayings;
  if (sayings.size !== 1 || saying === undefined || saying === 'partial') {
    return unread(policy, 'The reply states two different verdicts.');
  }
  const label = candidates.find((candidate) => 'label' in candidate);
  const offered = label !== undefined && 'label' in label ? label.label : null;
  return {
    verdict: saying,
    pCorrect: null,
    labelMass: null,
    label: offered?.text.trim() ?? null,
    score: offered?.score ?? null,
    note: null,
    policy,
    matched: first.text,
  };
}

function sayingOf(candidate: Candidate): Saying {
  return 'label' in candidate ? candidate.label.verdict : candidate.saying;
}

const CONCLUDES =
  /\b(?:therefore|thus|hence|so|overall|in conclusion|in summary|consequently|final(?:ly)?|i conclude|accordingly)\b[^.!?\n]*$/;

/** Whether the sentence up to an index draws a conclusion. */
function isConclusion(words: string, index: number): boolean {
  return CONCLUDES.test(words.slice(Math.max(0, index - 120), index).replace(/^.*[.!?]\s/s, ''));
}

/** What a reply begins with; null where that is no verdict or the key of one. */
function leadingCandidate(
  cleaned: string,
  words: string,
  labels: readonly OfferedLabel[],
): Candidate | 'contradicts' | null {
  const own = offeredLabel(cleaned, labels);
  if (own !== null) return namesAnother(cleaned, own, labels) ? 'contradicts' : own;
  if (OBJECT_KEY.test(words)) return null;
  let rest = words;
  for (let i = 0; i < 6; i += 1) {
    const said = leadingSaying(rest);
    if (said !== null) {
      const after = rest.slice(said.text.length);
      // "incorrect: yes", "correct: no": the value behind the key decides.
      const value = /^["']?\s*[:=]\s*["']?(.*)/.exec(after)?.[1];
      if (value !== undefined && /^(?:in)?correct$/.test(said.text) && leadingSaying(value) !== null)
        return null;
      return isTakenBack(said, after) ? 'contradicts' : said;
    }
    const shorter = rest.replace(GREETING, '').replace(VERDICT_NOUN, '').replace(ANSWER_NOUN, '');
    if (shorter === rest) return null;
    rest = shorter;
  }
  return null;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** Whether other labels follow as in a list: "A, B", "A: CORRECT, B: INCORRECT". */
function namesAnother(text: string, own: Candidate, labels: readonly OfferedLabel[]): boolean {
  if (!('label' in own)) return false;
  const rest = text.slice(text.indexOf(own.text) + own.text.length);
  return labels.some((label) => {
    const name = label.text.trim();
    if (label.variant || name.length > 2 || name === own.label.text.trim()) return false;
    return new RegExp(String.raw`(?:^|[\n,;])[\s("'[]*${escaped(name)}["'\])]*\s*(?:[:.)\],;]|\n|$)`).test(
      rest,
    );
  });
}

/**
 * The label that a text is or begins with, where labels are letters or points: "B", "(B)", "B. incorrect",
 * "4/5", "[[A]]". A letter has to stand alone: "A correct answer would be" begins with an article.
 * Case-sensitive for letters.
 */
function offeredLabel(text: string, labels: readonly OfferedLabel[]): Candidate | null {
  const short = labels.filter((label) => !label.variant && label.text.trim().length <= 2);
  // "4/10" is no four of a scale that ends at five.
  const most = Math.max(...short.map((label) => label.score ?? 0));
  for (const label of short) {
    const name = label.text.trim();
    const end =
      label.score === null
        ? String.raw`(?:[:)\],;]|\.(?!\p{L})|\s*[-–—]|\s*\n|\s*$)`
        : String.raw`(?![.,]?\d)(?:\s*(?:\/|out of)\s*${most}(?!\d)|\s*points?)?(?:[.:)\],;]|\s*[-–—](?!\s*\d)|\s*\n|\s*$)`;
    const match = new RegExp(
      String.raw`^[\s("'[{]*${escaped(name)}["'\])}]*${end}`,
      label.score === null ? 'u' : 'iu',
    ).exec(text);
    if (match !== null) return { label, text: match[0].trim() };
  }
  return null;
}

/**
 * "verdict: incorrect", "correct: no", {"score": 4}: what stands behind a key, wherever it is. The last of
 * each key counts.
 */
function keyedCandidates(words: string, labels: readonly OfferedLabel[]): Candidate[] {
  const last = new Map<string, Candidate>();
  for (const match of words.matchAll(KEYED)) {
    const { key = '', value = '' } = match.groups ?? {};
    const candidate = keyedCandidate(key, value.trim(), labels);
    if (candidate !== null) last.set(key, candidate);
  }
  return [...last.values()];
}

function keyedCandidate(key: string, value: string, labels: readonly OfferedLabel[]): Candidate | null {
  const offered = offeredLabel(value.toUpperCase(), labels);
  const asks = ['correct', 'is correct', 'iscorrect', 'incorrect', 'correctness', 'pass', 'passed'].includes(
    key,
  );
  if (offered !== null && !asks) return offered;
  if (key === 'answer') return null; // "the answer is no" may quote the answer that is judged
  const said = /^[01]$/.test(value) && asks ? bit(value) : leadingSaying(value);
  if (said === null || said.saying === 'partial') return said;
  // "incorrect: yes" says that it is incorrect; "correct: no" the same.
  const turned = key === 'incorrect' ? opposite(said.saying) : said.saying;
  return { ...said, saying: turned, text: `${key}: ${said.text}` };
}

const bit = (value: string): Found => ({
  saying: value === '1' ? 'correct' : 'incorrect',
  index: 0,
  text: value,
});

function opposite(saying: Saying): Saying {
  if (saying === 'correct') return 'incorrect';
  return saying === 'incorrect' ? 'correct' : saying;
}
