import type { Verdict } from '../verdict.ts';

/** States a label can stand for; the others (unparsed, error, skipped) are never said by a judge. */
export type LabelVerdict = Extract<Verdict, 'correct' | 'incorrect' | 'not_attempted'>;

export interface JudgeLabel {
  /** What the judge writes (style "words"), or the name beside its letter (style "letters"). */
  readonly text: string;
  readonly verdict: LabelVerdict;
  /** When the label applies, for the list of labels; may be empty. */
  readonly meaning: string;
  /** Points of a rubric; null where labels are no scale. */
  readonly score: number | null;
}

/**
 * A judge's prompt, as in resources/prompts/*.yaml or the user's own. The texts may use {question}, {gold},
 * {answer}, {context}, {labels} (one line a label), {options} ("a" or "b"), and {#context}…{/context}
 * around what is left out when there is no context.
 */
export interface JudgePrompt {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /**
   * words: the judge writes the label's text. letters: it writes A, B, C … in the order the labels are
   * offered.
   */
  readonly labelStyle: 'words' | 'letters';
  /** In AB order. */
  readonly labels: readonly JudgeLabel[];
  /** Constant: role and rubric. */
  readonly system: string;
  /** Constant: how to reply with a label alone. */
  readonly ask: string;
  /** Constant: how to reply with reasons first. */
  readonly askReason: string;
  /** The item: question and gold first, the answer last. */
  readonly user: string;
  /** After the answer, label modes only; a base model continues it with the label. */
  readonly closing: string;
  /** Whether the texts use {gold}: such a judge skips questions that have none. */
  readonly needsGold: boolean;
}

/** What a person writes of a prompt; the version and what follows from the texts are worked out. */
export type JudgePromptFields = Omit<JudgePrompt, 'version' | 'needsGold'>;

export type ParsedJudgePrompt =
  | { readonly ok: true; readonly prompt: JudgePrompt; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The line that carries the label after reasons: "GRADE: correct". */
export const GRADE_MARKER = 'GRADE:';

const DEFAULT_ASK = 'Reply with {options} and nothing else.';
const DEFAULT_ASK_REASON = `First explain your decision in at most three sentences. Then end with one line: ${GRADE_MARKER} followed by {options}.`;
const DEFAULT_CLOSING = 'Verdict ({options}):';

const DEFAULT_LABELS: readonly JudgeLabel[] = [
  { text: 'correct', verdict: 'correct', meaning: '', score: null },
  { text: 'incorrect', verdict: 'incorrect', meaning: '', score: null },
];

/** Other tools' names of the gold answer, read as {gold}. */
const GOLD_NAMES = ['criterion', 'target', 'reference', 'references', 'expected'] as const;
const VARIABLES = new Set(['question', 'gold', 'answer', 'context', 'labels', 'options']);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks the parsed content of a prompt file (YAML or JSON) and fills its defaults: only `id` and `user` are
 * required. Problems and warnings are sentences for the person who wrote the file.
 */
export function parseJudgePrompt(raw: unknown): ParsedJudgePrompt {
  if (!isRecord(raw)) {
    return {
      ok: false,
      problems: ['A judge prompt is a list of fields such as id, user and labels; this is not.'],
    };
  }
  const problems: string[] = [];
  const text = (field: string, fallback: string): string => {
    const value = raw[field] ?? fallback;
    if (typeof value === 'string') return withGoldNames(value.trim());
    problems.push(`The field "${field}" has to be text.`);
    return fallback;
  };
  const id = text('id', '');
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) {
    problems.push('The field "id" has to be lower-case letters, digits and dashes, for example "my-judge".');
  }
  const version = raw['version'] ?? 1;
  const labelStyle = raw['labelStyle'] ?? 'words';
  if (labelStyle !== 'words' && labelStyle !== 'letters') {
    problems.push('The field "labelStyle" is either "words" or "letters".');
  }
  const labels = parseLabels(raw['labels'], problems);
  const texts = {
    system: text('system', ''),
    ask: text('ask', DEFAULT_ASK),
    askReason: text('askReason', DEFAULT_ASK_REASON),
    user: text('user', ''),
    closing: text('closing', DEFAULT_CLOSING),
  };
  const prompt: JudgePrompt = {
    id,
    version: typeof version === 'number' ? version : 1,
    title: text('title', id),
    description: text('description', ''),
    labelStyle: labelStyle === 'letters' ? 'letters' : 'words',
    labels,
    ...texts,
    needsGold: Object.values(texts).some((part) => part.includes('{gold}')),
  };
  problems.push(...problemsOfTexts(prompt));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, prompt, warnings: warningsOf(prompt) };
}

function withGoldNames(template: string): string {
  return GOLD_NAMES.reduce((text, name) => text.replaceAll(`{${name}}`, '{gold}'), template);
}

function parseLabels(raw: unknown, problems: string[]): readonly JudgeLabel[] {
  if (raw === undefined || raw === null) return DEFAULT_LABELS;
  if (!Array.isArray(raw) || raw.length < 2) {
    problems.push('The field "labels" has to list at least two labels.');
    return DEFAULT_LABELS;
  }
  const labels = raw.map((entry: unknown, index): JudgeLabel => parseLabel(entry, index, problems));
  const texts = labels.map((label) => label.text.toLowerCase());
  if (new Set(texts).size < texts.length) problems.push('Two labels have the same text; each needs its own.');
  for (const verdict of ['correct', 'incorrect'] as const) {
    if (!labels.some((label) => label.verdict === verdict))
      problems.push(`No label stands for "${verdict}".`);
  }
  return labels;
}

function parseLabel(entry: unknown, index: number, problems: string[]): JudgeLabel {
  const fields = isRecord(entry) ? entry : {};
  const rawText = fields['text'];
  const text = typeof rawText === 'number' ? String(rawText) : rawText;
  if (typeof text !== 'string' || text.trim() === '') problems.push(`Label ${index + 1} has no "text".`);
  const verdict = fields['verdict'];
  if (verdict !== 'correct' && verdict !== 'incorrect' && verdict !== 'not_attempted') {
    problems.push(`Label ${index + 1} needs a "verdict": correct, incorrect or not_attempted.`);
  }
  const meaning = fields['meaning'];
  const score = fields['score'];
  return {
    text: typeof text === 'string' ? text.trim() : '',
    verdict: verdict === 'correct' || verdict === 'not_attempted' ? verdict : 'incorrect',
    meaning: typeof meaning === 'string' ? meaning.trim().replaceAll(/\s+/g, ' ') : '',
    score: typeof score === 'number' && Number.isFinite(score) ? score : null,
  };
}

const TEXT_FIELDS = ['system', 'ask', 'askReason', 'user', 'closing'] as const;

function problemsOfTexts(prompt: JudgePrompt): string[] {
  const problems: string[] = [];
  if (!prompt.user.includes('{answer}'))
    problems.push('The field "user" has to contain {answer}: what is judged.');
  for (const field of TEXT_FIELDS) {
    for (const match of prompt[field].matchAll(/\{([a-z_]+)\}/gi)) {
      const name = match[1] ?? '';
      if (VARIABLES.has(name)) continue;
      if (VARIABLES.has(name.toLowerCase())) {
        problems.push(
          `The field "${field}" uses {${name}}; write it in small letters: {${name.toLowerCase()}}.`,
        );
      } else if (/^[a-z_]+$/.test(name)) {
        problems.push(
          `The field "${field}" uses {${name}}, which does not exist; known are {${[...VARIABLES].join('}, {')}}.`,
        );
      }
    }
    const opened = prompt[field].split('{#context}').length;
    const closed = prompt[field].split('{/context}').length;
    if (opened !== closed)
      problems.push(`In the field "${field}" a {#context} has no {/context}, or the reverse.`);
  }
  return problems;
}

function warningsOf(prompt: JudgePrompt): string[] {
  const warnings: string[] = [];
  const item = prompt.user;
  const answerAt = item.indexOf('{answer}');
  if (item.lastIndexOf('{question}') > answerAt || item.lastIndexOf('{gold}') > answerAt) {
    warnings.push(
      'The answer comes before the question or the gold answer: several answers to one question then share no work.',
    );
  }
  const constant = `${prompt.system}${prompt.ask}`;
  if (/\{(?:question|gold|answer|context)\}/.test(constant)) {
    warnings.push('The system text changes with every row, so nothing of it is shared; keep rows in "user".');
  }
  if (!prompt.needsGold)
    warnings.push('The prompt does not show the gold answer: this judge answers from its own knowledge.');
  return warnings;
}

/**
 * The content that decides verdicts, as one text: what a prompt's hash is taken over. Title and description
 * are left out.
 */
export function canonicalJudgePrompt(prompt: JudgePrompt): string {
  const { id, version, labelStyle, labels, system, ask, askReason, user, closing } = prompt;
  return JSON.stringify({ id, version, labelStyle, labels, system, ask, askReason, user, closing });
}

/**
 * The same prompt with A, B, C … in place of words: for tokenizers in which two labels begin with the same
 * token. The change shows in {@link canonicalJudgePrompt}.
 */
export function withLetterLabels(prompt: JudgePrompt): JudgePrompt {
  return { ...prompt, labelStyle: 'letters' };
}
