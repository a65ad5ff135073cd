import { createHash } from 'node:crypto';
import type { Llama, LlamaModel, Token } from 'node-llama-cpp';
import type { ModelPrompt } from '../../domain/prompts/model-prompt.ts';
import { createRenderer } from './binding.ts';
import type { JinjaRenderer } from './binding.ts';

/**
 * Llama 3.1 and later print a date into every prompt, today's where the renderer knows it. A prompt must be the same
 * tomorrow, so it gets the date their own template falls back to.
 */
const TEMPLATE_DATE = '26 Jul 2024';
const REASONING_OPENED = /<think>\s*$/;
/**
 * What texts begin with after a shared part: letters, digits, quotes, brackets, other scripts. Not white space: what is
 * asked and answered comes trimmed.
 */
const USUAL_BEGINNINGS = ['a', 'The', 'Q', 'W', 'x', '1', '"', '(', 'É', '中'];

export interface PreparedPrompt {
  readonly text: string;
  readonly tokens: Uint32Array;
  /** Ascending ends, in tokens, of the parts that neighbours share; each less than the number of tokens. */
  readonly cuts: readonly number[];
  readonly startsInReasoning: boolean;
}

export interface Prompter {
  readonly template: string | null;
  readonly templateSha256: string | null;
  prepare(prompt: ModelPrompt): PreparedPrompt;
  /** First token of each label where the prompt ends. */
  labelTokens(prompt: PreparedPrompt, labels: readonly string[]): number[];
  /** All tokens of each text where the prompt ends. */
  continuations(prompt: PreparedPrompt, texts: readonly string[]): (readonly number[])[];
  readonly notes: readonly string[];
}

interface Rendered {
  readonly text: string;
  /** Text of the turns that came from outside, and must not speak in control tokens. */
  readonly foreign: readonly string[];
  /** Offset in text of each shared part's end. */
  readonly sharedEnds: readonly number[];
}

export function chatTemplateOf(model: LlamaModel): string | null {
  const template: unknown = model.fileInfo.metadata.tokenizer.chat_template;
  return typeof template === 'string' && template.trim() !== '' ? template : null;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Turns prompts into text and tokens as the model's makers meant it: chat turns by the template in the file, rendered
 * by llama.cpp's own Jinja with the generation prompt; text as it is; the beginning-of-sequence token exactly once
 * where the tokenizer wants it. A template that knows no system turn gets the system text before the user's.
 */
export function createPrompter(llama: Llama, model: LlamaModel): Prompter {
  const template = chatTemplateOf(model);
  const notes: string[] = [];
  let renderer: JinjaRenderer | null = null;
  try {
    renderer = template === null ? null : createRenderer(llama, template);
  } catch (error) {
    notes.push(`The model's chat template cannot be read (${String(error)}); prompts go as plain text.`);
  }
  const bos = model.tokens.bos;
  const items = {
    bos_token: model.tokens.bosString ?? '',
    eos_token: model.tokens.eosString ?? '',
    date_string: TEMPLATE_DATE,
    add_generation_prompt: true,
  };
  const heads = new Map<string | null, string>();
  const prefixTokens = new Map<string, readonly number[]>();
  const labelCache = new Map<string, readonly number[]>();

  const render = (system: string | null, user: string): string => {
    if (!renderer) return system === null ? user : `${system}\n\n${user}`;
    const userTurn = { role: 'user', content: user };
    if (system === null) return renderer.render({ ...items, messages: [userTurn] });
    try {
      return renderer.render({ ...items, messages: [{ role: 'system', content: system }, userTurn] });
    } catch {
      const merged = { role: 'user', content: `${system}\n\n${user}` };
      return renderer.render({ ...items, messages: [merged] });
    }
  };

  /** What every prompt with this system text begins with: where renderings of two different users part. */
  const headOf = (system: string | null): string => {
    const known = heads.get(system);
    if (known !== undefined) return known;
    const [one, other] = [render(system, 'A'), render(system, 'B')];
    let length = 0;
    while (length < one.length && one[length] === other[length]) length += 1;
    const head = one.slice(0, length);
    if (heads.size > 1000) heads.clear();
    heads.set(system, head);
    return head;
  };

  const renderPrompt = (prompt: ModelPrompt): Rendered => {
    if (prompt.kind === 'text') {
      return { text: prompt.text, foreign: [], sharedEnds: prompt.shared ?? [] };
    }
    const text = render(prompt.system, prompt.user);
    const head = headOf(prompt.system);
    const user = prompt.user.trim();
    const at = text.indexOf(user, Math.max(0, Math.min(head.length, text.length - user.length)));
    const trimmed = prompt.user.length - prompt.user.trimStart().length;
    const ends = at < 0 ? [] : (prompt.shared ?? []).map((end) => at + Math.max(0, end - trimmed));
    const sharedEnds = text.startsWith(head) ? [head.length, ...ends] : ends;
    return { text, foreign: [prompt.user, prompt.system ?? ''], sharedEnds };
  };

  const tokenize = (text: string, special: boolean): Token[] => {
    const tokens = model.tokenize(text, special);
    if (bos !== null && model.tokens.shouldPrependBosToken && tokens[0] !== bos) tokens.unshift(bos);
    return tokens;
  };

  /** Whether text from outside would become control tokens: then it is tokenized apart, as plain text. */
  const speaksInControls = (text: string): boolean =>
    text !== '' &&
    /[<[|]/.test(text) &&
    model.tokenize(text, true).some((token) => model.isSpecialToken(token));

  const tokenizeRendered = (rendered: Rendered, special: boolean): Token[] => {
    const spoken = special ? rendered.foreign.filter(speaksInControls) : [];
    if (spoken.length === 0) return tokenize(rendered.text, special);
    const tokens: Token[] = [];
    let rest = rendered.text;
    while (rest !== '') {
      const found = spoken
        .map((text) => ({ text: text.trim(), at: rest.indexOf(text.trim()) }))
        .filter((place) => place.at >= 0)
        .toSorted((a, b) => a.at - b.at)[0];
      const before = found ? rest.slice(0, found.at) : rest;
      tokens.push(...(tokens.length === 0 ? tokenize(before, true) : model.tokenize(before, true)));
      if (!found) break;
      tokens.push(...model.tokenize(found.text, false, 'trimLeadingSpace'));
      rest = rest.slice(found.at + found.text.length);
    }
    return tokens;
  };

  /**
   * Tokens of a shared part that what follows it usually leaves alone: all of them, or all but the last where a usual
   * beginning merges with that one. Decided by the part alone, because the cut must be the same for all that share it.
   */
  const ownTokens = (prefix: string, special: boolean): readonly number[] => {
    const key = `${special ? 's' : 't'}${prefix}`;
    const known = prefixTokens.get(key);
    if (known) return known;
    const alone = tokenize(prefix, special);
    const merges = USUAL_BEGINNINGS.some((beginning) => {
      const together = tokenize(prefix + beginning, special);
      return alone.some((token, index) => together[index] !== token);
    });
    const own = merges ? alone.slice(0, -1) : alone;
    if (prefixTokens.size > 256) prefixTokens.clear();
    prefixTokens.set(key, own);
    return own;
  };

  /** Where a prompt is cut for a shared part: earlier than usual only where this very prompt's tokens differ. */
  const cutAt = (prefix: string, tokens: readonly number[], special: boolean): number => {
    const own = ownTokens(prefix, special);
    let same = 0;
    while (same < own.length && own[same] === tokens[same]) same += 1;
    return Math.min(same, tokens.length - 1);
  };

  const continuations: Prompter['continuations'] = (prompt, texts) => {
    // The end of the prompt decides how a text is cut into tokens; its last characters are enough.
    const tail = prompt.text.slice(-24);
    return texts.map((text) => {
      const key = `${tail}\0${text}`;
      const known = labelCache.get(key);
      if (known !== undefined) return known;
      const alone = model.tokenize(tail, true);
      const together = model.tokenize(tail + text, true);
      const follows = alone.every((token, index) => together[index] === token);
      const tokens = follows
        ? together.slice(alone.length)
        : [...model.tokenize(text, false, 'trimLeadingSpace')];
      if (labelCache.size > 4096) labelCache.clear();
      labelCache.set(key, tokens);
      return tokens;
    });
  };

  return {
    template: renderer === null ? null : template,
    templateSha256: template === null ? null : sha256(template),
    notes,
    prepare(prompt) {
      const special = prompt.kind === 'chat' && renderer !== null;
      const rendered = renderPrompt(prompt);
      const tokens = tokenizeRendered(rendered, special);
      const cuts = rendered.sharedEnds
        .map((end) => cutAt(rendered.text.slice(0, end), tokens, special))
        .filter((cut) => cut > 0)
        .toSorted((a, b) => a - b);
      return {
        text: rendered.text,
        tokens: Uint32Array.from(tokens),
        cuts: [...new Set(cuts)],
        startsInReasoning: REASONING_OPENED.test(rendered.text),
      };
    },
    continuations,
    labelTokens: (prompt, labels) => continuations(prompt, labels).map((tokens) => tokens[0] ?? -1),
  };
}
