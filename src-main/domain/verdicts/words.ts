import type { LabelVerdict } from '../prompts/judge-prompt.ts';

/**
 * What a phrase says about the answer that is judged. "partial": right in part, which a policy decides on.
 */
export type Saying = LabelVerdict | 'partial';

const POSITIVE = String.raw`correct|right|true|accurate|acceptable|valid|equivalent|consistent`;
const NEGATIVE = String.raw`incorrect|wrong|false|inaccurate|unacceptable|invalid|untrue|in correct`;
const PART = String.raw`partially|partly|mostly|somewhat|largely|almost|nearly|half|generally|partial|semi`;
const WHOLLY = String.raw`entirely|fully|completely|totally|wholly|exactly|quite|strictly|precisely|100 ?%|technically`;
const ADVERB = String.raw`(?:very|indeed|also|still|therefore|thus|actually|clearly|definitely|absolutely|simply|essentially|factually|considered|deemed|judged|marked|graded|counted as|to be)`;

const NOT = String.raw`not at all|not|never|neither|anything but|far from(?: being)?|by no means|in no way|nowhere near|hardly`;

/**
 * One judging phrase: optional "not", optional "entirely"/"partially", an adjective. "correct answer" and
 * its kin are left out by the look-ahead: "the correct answer is Oslo" says nothing about the answer that
 * is judged, and "it is true that", "it would be wrong to" speak of what follows.
 */
const PHRASE = String.raw`(?:not (?:only|just|merely)\s+)?(?:(?:${ADVERB}\s+)*(?<not>${NOT})\s+(?:be\s+)?)?(?:${ADVERB}\s+)*(?:(?:(?<wholly>${WHOLLY})|(?<part>${PART}))[\s-]+)?(?:${ADVERB}\s+)*(?:(?<pos>${POSITIVE})|(?<neg>${NEGATIVE})|(?<half>partial))\b(?!\s+(?:answers?|responses?|one|ones|name|spelling|date|year|title|number|term|version|information)\b|\s+(?:that|to)\b)`;

const NOT_ATTEMPTED = String.raw`not[\s-]+attempt(?:ed)?\b|unattempted\b|did not attempt|does not attempt`;

function sayingOf(groups: Readonly<Record<string, string | undefined>>): Saying {
  const negated = groups['not'] !== undefined;
  if (groups['half'] !== undefined) return 'partial';
  if (groups['neg'] !== undefined) {
    // "not incorrect", "partially wrong"
    if (groups['part'] !== undefined || (negated && groups['wholly'] !== undefined)) return 'partial';
    return negated ? 'correct' : 'incorrect';
  }
  if (groups['part'] !== undefined) return negated ? 'incorrect' : 'partial';
  if (negated) return groups['wholly'] === undefined ? 'incorrect' : 'partial';
  return 'correct';
}

export interface Found {
  readonly saying: Saying;
  readonly index: number;
  readonly text: string;
}

const LEADING_PHRASE = new RegExp(String.raw`^(?:${PHRASE})`);
// "No" and "yes" begin a sentence of their own: "no information is given" is no verdict, "no, it is not" is
// one.
const AFTER_YES_NO = String.raw`(?=\s*(?:[,.!;:()\]"'\n|/–—-]|$)|\s+(?:the|it|this|that|because|since|they|these|those|i|he|she|we|its|both|candidate|proposed|my|in|but)\b)`;
const LEADING_YES = new RegExp(String.raw`^(?:yes|yep|yeah|yup|pass|passed|affirmative)\b${AFTER_YES_NO}`);
const LEADING_NO = new RegExp(
  String.raw`^(?:no|nope|nay|fail|failed|negative|(?:absolutely|certainly|definitely|of course|clearly|surely) not)\b${AFTER_YES_NO}`,
);
const BOTH =
  /^(?:neither correct nor (?:incorrect|wrong)\b|yes\s*(?:and|\/|,|or)\s*no\b|no\s*(?:and|\/|,|or)\s*yes\b|correct\s*(?:and|\/|or)\s*incorrect\b|incorrect\s*(?:and|\/|or)\s*correct\b|true\s*(?:and|\/|or)\s*false\b)/;
const LEADING_NOT_ATTEMPTED = new RegExp(`^(?:${NOT_ATTEMPTED})`);

const A_CORRECT_ANSWER = new RegExp(
  String.raw`^(?:an?\s+)(?:(?<pos>${POSITIVE})|(?<neg>${NEGATIVE}))\s+(?:answer|response)(?=\s*(?:[.,;!]|$))`,
);
// "Correct me if I am wrong", "to be correct, it would need a year"
const NO_LEAD = /^(?:to be\b|correct me\b)/;

/** The judging word or phrase that a text (plain words) begins with, or null. */
export function leadingSaying(text: string): Found | null {
  if (BOTH.test(text) || NO_LEAD.test(text)) return null;
  const simple = (pattern: RegExp, saying: Saying): Found | null => {
    const match = pattern.exec(text);
    return match === null ? null : { saying, index: 0, text: match[0] };
  };
  const found =
    simple(LEADING_NOT_ATTEMPTED, 'not_attempted') ??
    simple(LEADING_YES, 'correct') ??
    simple(LEADING_NO, 'incorrect');
  if (found !== null) return found;
  const match = LEADING_PHRASE.exec(text) ?? A_CORRECT_ANSWER.exec(text);
  return match === null ? null : { saying: sayingOf(match.groups ?? {}), index: 0, text: match[0] };
}

const WORD = String.raw`(?:(?<pos>${POSITIVE}|yes|pass)|(?<neg>${NEGATIVE}|no|fail))\b["')\]]*(?=\s*(?:[.,;!|/&]|\n|$))`;
const NEXT_WORD = new RegExp(String.raw`^[\s"')\].,;:!|/&-]*(?:(?:or|and|nor)\s+)?["'([]*${WORD}`);
const SECOND_THOUGHT = new RegExp(
  String.raw`\b(?:wait|actually|on second thought|scratch that|i mean|correction)\b[^\n]*?\b${WORD}`,
);

/**
 * Whether what follows a leading word says the opposite: "correct, incorrect", "correct. Wait, no: incorrect". A whole sentence
 * does not ("no, the candidate is correct"): people who labelled such replies of NQ301 took the first word.
 */
export function isTakenBack(found: Found, rest: string): boolean {
  const word = (pattern: RegExp): Saying | null => {
    const groups = pattern.exec(rest)?.groups;
    return groups === undefined ? null : groups['pos'] === undefined ? 'incorrect' : 'correct';
  };
  const opposite = (saying: Saying | null): boolean =>
    (saying === 'correct' && found.saying === 'incorrect') ||
    (saying === 'incorrect' && found.saying === 'correct');
  return [word(NEXT_WORD), word(SECOND_THOUGHT)].some(opposite);
}

const SUBJECT = String.raw`(?:(?:the|this|that|its|their|his|her|your|my)\s+)?(?:(?:given|proposed|candidate(?:'s)?|model(?:'s)?|student(?:'s)?|submitted|provided|final|generated|predicted|person(?:'s)?|user(?:'s)?|ai(?:'s)?|system(?:'s)?)\s+)*(?:candidate|answer|response|reply|prediction|submission|statement|claim|output|it|this|that|student|model)(?:\s+(?:given|provided|to the question|from the candidate|by the (?:model|candidate|student)))*(?:\s+"[^"\n]{1,80}"|,\s[^,\n]{1,60},)?`;
const VERB = String.raw`(?:is|are|was|were|be|being|seems|appears|looks|counts as|should be|can be|could be|would be|has to be|must be|(?:can|could|should|would|may|must)(?= not be))`;
const PREDICATE = new RegExp(String.raw`\b${SUBJECT}\s+${VERB}\s+(?:${PHRASE})`, 'g');
const JUDGED_AS = new RegExp(
  String.raw`\b(?:(?:judge|grade|mark|rate|classify|consider|deem|label|count|find|call)(?:d|ed)?)\s+(?:the\s+|this\s+|that\s+|it\s*|answer\s*|response\s*|candidate\s*|as\s+|to be\s+)+(?:${PHRASE})`,
  'g',
);
const HAS_ANSWER =
  /\b(?<not>not |fails to |failed to |without )?(?:provid(?:e|es|ed|ing)|giv(?:e|es|ing)|gave|stat(?:e|es|ed|ing)|offer(?:s|ed)?|contain(?:s|ed)?|includ(?:e|es|ed)|nam(?:e|es|ed))\s+(?:a|an|the|no|any)\s+(?<bad>in|wrong |false )?(?:correct|right|accurate|acceptable|valid|answer)\b(?: answer)?/g;
const NO_CORRECT =
  /\bno (?:correct|right|valid|acceptable) (?:answer|response)\b|\bnot (?:a|an|the) (?:correct|right|valid|acceptable) (?:answer|response)\b/g;
const MATCHES =
  /\b(?<not>not )?(?:match(?:es|ed)?|agrees? with|mean(?:s)? the same(?: thing)? as|(?:has|have) the same meaning as|equivalent to|equals?)\s+(?:the\s+|any of the\s+|one of the\s+)?(?:gold|reference|expected|correct|ground truth|target|true|golden)\b|\b(?<differ>not )?mean the same(?: thing)?\b(?! as)/g;

const IS_ANSWER = new RegExp(
  String.raw`\b${SUBJECT}\s+(?:is|was)\s+(?<not>not )?(?:an?|the)\s+(?:(?<pos>${POSITIVE})|(?<neg>${NEGATIVE}))\s+(?:answer|response|one)\b`,
  'g',
);

// "I cannot determine whether the answer is correct", "if it is correct" state nothing.
const HYPOTHETICAL =
  /\b(?:whether|if|unless|assuming|suppose|determine|unsure|unclear|unable to|uncertain|not (?:sure|certain)|either|nobody|no one|(?:might|may|could) (?:think|say|argue|claim)|no (?:evidence|reason|proof|indication)|can not (?:say|tell|verify|confirm|prove))\b[^.,;!?\n]*$/;
// "I do not think that it is correct" says that it is not.
const DENIED =
  /\b(?:not (?:think|believe|say|consider|find|agree|feel|call|judge|the case|true)|(?:false|untrue|wrong) (?:that|to))\b[^.,;!?\n]*$|\b(?:not|never)\s+$/;
const COUNTERFACTUAL = /\b(?:if|unless|had)\b/;
const OTHERWISE = new RegExp(String.raw`^["'\s]*(?:or|nor|\/)\s*["']?(?:${POSITIVE}|${NEGATIVE}|not)\b`);

/**
 * Every judgment that a text (plain words) states about the answer, in order: "the candidate is not
 * correct".
 */
export function statedSayings(text: string): Found[] {
  const found: Found[] = [];
  const add = (
    pattern: RegExp,
    say: (groups: Readonly<Record<string, string | undefined>>, text: string) => Saying | null,
  ) => {
    for (const match of text.matchAll(pattern)) {
      const said = say(match.groups ?? {}, match[0]);
      const saying = said === null ? null : inContext(text, match.index, match[0], said);
      if (saying !== null) found.push({ saying, index: match.index, text: match[0] });
    }
  };
  add(PREDICATE, sayingOf);
  add(JUDGED_AS, sayingOf);
  add(IS_ANSWER, sayingOf);
  add(HAS_ANSWER, (groups, whole) => {
    // "gives the answer" alone judges nothing; "gives the wrong answer" and "gives no answer" do.
    if (groups['bad'] !== undefined) return 'incorrect';
    if (groups['not'] !== undefined || / no /.test(whole)) return 'incorrect';
    return /correct|right|accurate|acceptable|valid/.test(whole) ? 'correct' : null;
  });
  add(NO_CORRECT, () => 'incorrect');
  add(MATCHES, (groups) => ((groups['not'] ?? groups['differ']) === undefined ? 'correct' : 'incorrect'));
  add(new RegExp(String.raw`\b(?:${NOT_ATTEMPTED})`, 'g'), () => 'not_attempted');
  return found.toSorted((a, b) => a.index - b.index);
}

/** What a judgment says within its sentence: nothing where that is hypothetical, the opposite where it is denied. */
function inContext(text: string, index: number, phrase: string, saying: Saying): Saying | null {
  const before = text.slice(Math.max(0, index - 100), index);
  const after = text.slice(index + phrase.length, index + phrase.length + 100);
  if (HYPOTHETICAL.test(before) || OTHERWISE.test(after)) return null;
  const sentence = `${before.replace(/^.*[.!?\n]/s, '')} ${after.replace(/[.!?\n].*$/s, '')}`;
  if (/\b(?:would|could) be\b/.test(phrase) && COUNTERFACTUAL.test(sentence)) return null;
  if (/\b(?:seems|appears|looks)\b/.test(phrase) && /^[^.!?\n]*\bbut\b/.test(after)) return null;
  if (!DENIED.test(before)) return saying;
  return saying === 'correct' ? 'incorrect' : null;
}
