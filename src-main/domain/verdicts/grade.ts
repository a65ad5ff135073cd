import { GRADE_MARKER } from '../prompts/judge-prompt.ts';
import type { OfferedLabel } from '../prompts/judge-render.ts';
import { cleanReply } from './clean.ts';
import type { VerdictReading } from './next-token.ts';

export interface GradeReading extends VerdictReading {
  /** What stands before the last marker; null when there is no marker. */
  readonly reason: string | null;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/**
 * The label after the last "GRADE:" of a reply that reasons first. The marker has to be a word of its own
 * ("downgrade:" is none) in any case, mark-up around it is ignored, and the label has to be whole: "GRADE:
 * CI" is not "C", "GRADE: correctly" not "correct". Words match in any case; letters have to be capitals
 * unless they stand alone on their line. Only the last marker counts, so a label tried out while reasoning
 * never does. Unparsed otherwise, with the rest of that line in the note.
 */
export function readGrade(
  reply: string,
  labels: readonly OfferedLabel[],
  marker: string = GRADE_MARKER,
): GradeReading {
  const cleaned = cleanReply(reply);
  const word = escaped(marker.replace(/[:\s]+$/, ''));
  const pattern = new RegExp(String.raw`(?<![\p{L}\p{N}_-])["']?${word}["']?\s*[:=]\s*`, 'giu');
  let end = -1;
  let start = -1;
  for (const match of cleaned.matchAll(pattern)) {
    start = match.index;
    end = match.index + match[0].length;
  }
  if (end < 0) return unread(null, `The reply has no "${marker}" line.`);
  const reason = cleaned.slice(0, start).trim();
  if (/\bor["'\s]*$/i.test(reason)) {
    return unread(reason, `"${marker}" stands only in the list of what could be said.`);
  }
  const rest = cleaned.slice(end);
  const label = matchLabel(rest, labels);
  if (label === null) {
    const line = rest.split('\n')[0]?.slice(0, 60) ?? '';
    return unread(reason, `After "${marker}" stands ${JSON.stringify(line)}, which is none of the labels.`);
  }
  const { verdict, score } = label;
  return { verdict, pCorrect: null, labelMass: null, label: label.text.trim(), score, note: null, reason };
}

function unread(reason: string | null, note: string): GradeReading {
  return { verdict: 'unparsed', pCorrect: null, labelMass: null, label: null, score: null, note, reason };
}

/** Whether another label follows: "correct and incorrect", "A B", "correct, no wait, incorrect". */
function takenBack(rest: string, label: OfferedLabel, asked: readonly OfferedLabel[]): boolean {
  return asked.some((other) => {
    if (other.verdict === label.verdict) return false;
    const name = escaped(other.text.trim()).replaceAll(/[_\s]+/g, String.raw`[\s_-]+`);
    const next = String.raw`^["')\]]*\s*(?:[,;&]|and\b)?\s*["'([]*${name}["')\]]*(?=[.,;!]|\s*(?:\n|$))`;
    const later = String.raw`^[^\n]*\b(?:wait|actually|on second thought|i mean)\b[^\n]*\b${name}(?=[.,;!]|\s*(?:\n|$))`;
    const flags = other.text.trim().length === 1 ? 'u' : 'iu';
    return new RegExp(next, flags).test(rest) || new RegExp(later, flags).test(rest);
  });
}

/** The offered label that a text begins with, as a whole word; longer labels are tried first. */
function matchLabel(text: string, labels: readonly OfferedLabel[]): OfferedLabel | null {
  const asked = labels.filter((label) => !label.variant).toSorted((a, b) => b.text.length - a.text.length);
  for (const label of asked) {
    const name = label.text.trim();
    const body = escaped(name).replaceAll(/[_\s]+/g, String.raw`[\s_-]+`);
    // "A+", "B-" and "A's" are other things than A and B.
    const after = String.raw`(?![\p{L}\p{N}_+]|[.,]\d|-(?!\w)|'s\b|\s*(?:\/|or\b|\|)\s*(?!\d))`;
    const pattern = new RegExp(String.raw`^[\s"'([{<$]*${body}${after}`, name.length === 1 ? 'u' : 'iu');
    const found = pattern.exec(text);
    if (found !== null) return takenBack(text.slice(found[0].length), label, asked) ? null : label;
    const alone = new RegExp(String.raw`^[\s"'([{<$]*${body}["')\]}>$.]*\s*(?:\n|$)`, 'iu');
    if (name.length === 1 && alone.test(text)) return label;
  }
  return null;
}
