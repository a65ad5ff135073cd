import { create } from 'zustand';
import type { Draft } from './draft.ts';

const useStore = create<{ readonly drafts: Readonly<Record<string, Draft>> }>(() => ({ drafts: {} }));

/**
 * What was changed in the form, null while it is as proposed. It is kept for as long as the window is open: a look at a
 * prompt or at the plan costs nothing.
 */
export function useKeptDraft(key: string): readonly [Draft | null, (draft: Draft | null) => void] {
  const draft = useStore(({ drafts }) => drafts[key] ?? null);
  const keep = (next: Draft | null): void =>
    useStore.setState(({ drafts }) => {
      const { [key]: _before, ...others } = drafts;
      return { drafts: next === null ? others : { ...others, [key]: next } };
    });
  return [draft, keep];
}
