import type { Question } from '../dataset.ts';
import type { LabelOrder, VerdictMode } from '../verdict.ts';
import { choiceLetter, comparedGold, questionText } from './choices.ts';
import { goldText } from './gold.ts';
import type { JudgeLabel, JudgePrompt, LabelVerdict } from './judge-prompt.ts';
import { GRADE_MARKER } from './judge-prompt.ts';
import type { ModelPrompt } from './model-prompt.ts';
import { type Delimiters, delimitersOf, neutralise, stripReasoning } from './untrusted.ts';

/** A label as it is looked for in the judge's reply. */
export interface OfferedLabel {
  /** Exactly what the model has to write at that place, a leading space included for base models. */
  readonly text: string;
  readonly verdict: LabelVerdict;
  readonly score: number | null;
  /** Another spelling of a label before it in the list ("Correct"): counted, never asked for. */
  readonly variant: boolean;
}

export interface JudgeInput {
  readonly question: Question;
  readonly answer: string;
}

export interface JudgeOptions {
  readonly mode: Extract<VerdictMode, 'next-token' | 'grammar' | 'reason'>;
  readonly labelOrder: LabelOrder;
  /** False for base models: one text that ends where the label belongs. */
  readonly instruct: boolean;
  /**
   * Most questions have several answers, one after the other: question and gold are evaluated once for all of them. Costs a
   * tenth where a question has but one, and moves the last bits of a verdict, so it is a property of the run.
   */
  readonly severalAnswers?: boolean;
}

export interface RenderedJudgePrompt {
  readonly prompt: ModelPrompt;
  /** In the order offered, variants after the labels; their texts go to the engine as they are. */
  readonly labels: readonly OfferedLabel[];
}

/**
 * Why this row cannot be judged with this prompt, as a sentence; null when it can. The verdict is then
 * "skipped".
 */
export function whyNotJudgeable(prompt: JudgePrompt, question: Question): string | null {
  if (prompt.needsGold && goldText(question.gold) === '') {
    return 'The question has no gold answer to compare with; add one or use a judge prompt that needs none.';
  }
  return null;
}

/**
 * The labels a judge is offered. AB keeps the file's order ("correct" first), BA reverses it; with letters
 * the first offered is A in either order. Words also count when capitalised, as chat models like to begin.
 */
export function offeredLabels(prompt: JudgePrompt, order: LabelOrder, instruct: boolean): OfferedLabel[] {
  const lead = instruct ? '' : ' ';
  const ordered = inOrder(prompt.labels, order);
  const offer = (text: string, label: JudgeLabel, variant: boolean): OfferedLabel => ({
    text: lead + text,
    verdict: label.verdict,
    score: label.score,
    variant,
  });
  if (prompt.labelStyle === 'letters') {
    return ordered.map((label, index) => offer(choiceLetter(index), label, false));
  }
  const capitalised = ordered.flatMap((label) => {
    const other = label.text.charAt(0).toUpperCase() + label.text.slice(1);
    return other === label.text ? [] : [offer(other, label, true)];
  });
  return [...ordered.map((label) => offer(label.text, label, false)), ...capitalised];
}

function inOrder(labels: readonly JudgeLabel[], order: LabelOrder): readonly JudgeLabel[] {
  return order === 'AB' ? labels : labels.toReversed();
}

/** `A. correct: …` or `- correct: …`, one line a label. */
function labelLines(prompt: JudgePrompt, order: LabelOrder): string {
  return inOrder(prompt.labels, order)
    .map((label, index) => {
      const lead = prompt.labelStyle === 'letters' ? `${choiceLetter(index)}.` : '-';
      return label.meaning === '' ? `${lead} ${label.text}` : `${lead} ${label.text}: ${label.meaning}`;
    })
    .join('\n');
}

function optionsText(labels: readonly OfferedLabel[]): string {
  const texts = labels.filter((label) => !label.variant).map((label) => label.text.trim());
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`;
}

/** Fills a template in one pass: braces inside a value are text, never another variable. */
function fill(template: string, values: ReadonlyMap<string, string>): string {
  const hasContext = (values.get('context') ?? '') !== '';
  return template
    .replaceAll(/\{#context\}([\s\S]*?)\{\/context\}/g, hasContext ? '$1' : '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
    .replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values.get(name) ?? whole);
}

const known = new WeakMap<JudgePrompt, Delimiters>();

/** A prompt file is one value for all rows of a run: it is read for its delimiters once. */
function delimitersIn(prompt: JudgePrompt): Delimiters {
  const found = known.get(prompt) ?? delimitersOf([prompt.system, prompt.user, prompt.closing].join('\n'));
  known.set(prompt, found);
  return found;
}

/**
 * A judge's prompt for one answer. Constant text (role, rubric, labels) comes first, then question and
 * gold, then the answer, so that answers to one question share what an engine has evaluated. Delimiters
 * inside the values are neutralised and reasoning is stripped from the answer. The judge is never told
 * which model answered.
 */
export function renderJudgePrompt(
  prompt: JudgePrompt,
  input: JudgeInput,
  options: JudgeOptions,
): RenderedJudgePrompt {
  const labels = offeredLabels(prompt, options.labelOrder, options.instruct);
  const delimiters = delimitersIn(prompt);
  const safe = (value: string): string => neutralise(value.trim(), delimiters);
  const values = new Map([
    ['question', safe(questionText(input.question))],
    ['gold', safe(goldText(comparedGold(input.question)))],
    ['context', safe(input.question.context ?? '')],
    ['answer', safe(stripReasoning(input.answer)) || '(the answer is empty)'],
    ['labels', labelLines(prompt, options.labelOrder)],
    ['options', optionsText(labels)],
  ]);
  const reason = options.mode === 'reason';
  const constant = [prompt.system, reason ? prompt.askReason : prompt.ask].map((part) => fill(part, values));
  const closing = reason
    ? `Explain, then end with the line "${GRADE_MARKER} " and {options}.`
    : prompt.closing;
  const item = [prompt.user, closing].map((part) => fill(part, values));
  const system = constant.filter((part) => part !== '').join('\n\n');
  const head = options.severalAnswers === true ? headOf(prompt.user, values, item[0] ?? '') : 0;
  const user = item.filter((part) => part !== '').join('\n\n');
  if (options.instruct) {
    const shared = head > 0 ? { shared: [head] } : {};
    return { prompt: { kind: 'chat', system: system === '' ? null : system, user, ...shared }, labels };
  }
  const before = system === '' ? '' : `${system}\n\n`;
  const shared = [before.length, before.length + head].filter(
    (end, index, all) => end > (all[index - 1] ?? 0),
  );
  const text = { kind: 'text', text: `${before}${user}` } as const;
  return { prompt: shared.length > 0 ? { ...text, shared } : text, labels };
}

/** How much of a filled item comes before its answer; 0 where that cannot be told from the template. */
function headOf(template: string, values: ReadonlyMap<string, string>, filled: string): number {
  const at = template.indexOf('{answer}');
  if (at < 0) return 0;
  const head = fill(template.slice(0, at), values);
  return filled.startsWith(head) ? head.length : 0;
}
