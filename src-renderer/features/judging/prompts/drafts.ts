import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { JudgePrompt, JudgePromptFields } from '../../../../src-main/domain/prompts/judge-prompt.ts';

/** A prompt as it is being written. It stays in this browser until it is saved or discarded. */
export interface PromptDraft {
  readonly fields: JudgePromptFields;
  /** Hash of what was opened; null for a prompt that is new. */
  readonly base: string | null;
  readonly at: number;
}

interface Drafts {
  /** By the id in the address: that of the prompt, or the one a new prompt began with. */
  readonly drafts: Readonly<Record<string, PromptDraft>>;
}

const useStore = create<Drafts>()(
  persist((): Drafts => ({ drafts: {} }), { name: 'assize.prompt-drafts', version: 1 }),
);

export function useDrafts(): Drafts['drafts'] {
  return useStore(({ drafts }) => drafts);
}

export function keepDraft(id: string, fields: JudgePromptFields, base: string | null): void {
  useStore.setState(({ drafts }) => ({ drafts: { ...drafts, [id]: { fields, base, at: Date.now() } } }));
}

export function dropDraft(id: string): void {
  useStore.setState(({ drafts }) => {
    const { [id]: _, ...others } = drafts;
    return { drafts: others };
  });
}

export function fieldsOf({
  version: _version,
  needsGold: _needsGold,
  ...fields
}: JudgePrompt): JudgePromptFields {
  return fields;
}

export const sameFields = (a: JudgePromptFields, b: JudgePromptFields): boolean =>
  JSON.stringify(fieldsOf({ ...a, version: 0, needsGold: false })) ===
  JSON.stringify(fieldsOf({ ...b, version: 0, needsGold: false }));

/** "strict-2", or the next number that nobody has. */
export function freeId(id: string, taken: ReadonlySet<string>): string {
  const stem = id.replace(/-\d+$/, '').slice(0, 56);
  for (let number = 2; ; number += 1) {
    const candidate = `${stem}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}
