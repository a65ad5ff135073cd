import type { JudgeKey, JudgeRef } from '../../src-main/domain/analysis/options.ts';

/** Rules by the words the rest of the workbench has for them. */
const RULES: Readonly<Record<string, string>> = {
  'exact-match': 'Exact match',
  contains: 'Contains a gold answer',
  f1: 'F1 of at least 0.5',
};

/** An imported judge is shown as its source names it, and said to be one. */
function nameOf({ key, kind, name }: JudgeRef): string {
  if (kind === 'panel' && key.startsWith('panel:')) return panelName(key);
  if (key === 'humans') return 'People together';
  if (kind === 'lexical') return RULES[name] ?? name;
  if (kind === 'imported') return `${name} (from the file)`;
  if (kind === 'human' && name !== 'human' && name !== 'humans') return `${name} (a person)`;
  return name;
}

/** "panel:majority(judge:1,judge:2)" by the numbers of its members: their names together would be longer than any chart. */
function panelName(key: JudgeKey): string {
  const [, kind = '', members = ''] = /^panel:(\w+)\(([^;]*)/.exec(key.replace(/\)$/, '')) ?? [];
  const short = members.split(',').map((member) => member.replace(/^judge:/, '#').replace(/^lexical:/, ''));
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} of ${short.join(', ')}`;
}

export type JudgeNames = ReadonlyMap<JudgeKey, string>;

/** Names by key; judges of one name are told apart by their number. */
export function judgeNames(judges: readonly JudgeRef[]): JudgeNames {
  const counts = new Map<string, number>();
  for (const judge of judges) counts.set(nameOf(judge), (counts.get(nameOf(judge)) ?? 0) + 1);
  return new Map(
    judges.map((judge) => {
      const name = nameOf(judge);
      const same = (counts.get(name) ?? 0) > 1 && judge.judgeId !== null;
      return [judge.key, same ? `${name} #${judge.judgeId}` : name];
    }),
  );
}

/** At most so many characters, cut in the middle: both ends of a model's name tell it from others. */
export function shorten(text: string, length = 32): string {
  return cut(text, length, 0.5);
}

/** `head`: the share of the letters kept that are the name's first. */
function cut(text: string, length: number, head: number): string {
  if (text.length <= length) return text;
  const first = Math.ceil((length - 1) * head);
  return `${text.slice(0, first)}…${text.slice(text.length - (length - 1 - first))}`;
}

/** Where names differ is not known beforehand: at both ends, then rather at the end (a quantization and a prompt), then at the start. */
const CUTS = [0.5, 0.2, 0, 0.8, 1] as const;

/**
 * Names for one axis, each of at most so many characters, no two alike where names were not: two quantizations of one model, cut in
 * the middle, would be one judge twice.
 */
export function shortenAll(names: readonly string[], length = 32): ReadonlyMap<string, string> {
  const different = [...new Set(names)];
  for (const head of CUTS) {
    const short = different.map((name) => cut(name, length, head));
    if (new Set(short).size === different.length)
      return new Map(different.map((name, at) => [name, short[at] ?? name]));
  }
  return new Map(different.map((name, at) => [name, `${cut(name, length - 4, 0.5)} #${at + 1}`]));
}

/** Room that such names need at the left of a chart, in px: no font is measured, 12 px text is about 6.6 px a letter. */
export function labelRoom(names: readonly string[], length = 32): number {
  const longest = Math.max(4, ...names.map((name) => Math.min(length, name.length)));
  return Math.round(longest * 6.6) + 14;
}
