export interface FinishWord {
  readonly word: string;
  readonly sentence: string;
  /** The answer may not be what the model meant to say. */
  readonly doubtful: boolean;
}

const WORDS: Readonly<Record<string, FinishWord>> = {
  eog: { word: 'end', sentence: 'The model ended the answer itself.', doubtful: false },
  stop: { word: 'stop', sentence: 'A stop string ended the answer.', doubtful: false },
  length: { word: 'length', sentence: 'Cut off: the most tokens allowed were written.', doubtful: true },
  context: { word: 'context', sentence: 'Cut off: the context was full.', doubtful: true },
  loop: { word: 'loop', sentence: 'Ended because the model repeated itself.', doubtful: true },
  error: { word: 'error', sentence: 'The engine failed on this answer.', doubtful: true },
};

/** Every reason an answer can be filtered by. */
export const FINISH_REASONS: readonly string[] = Object.keys(WORDS);

export function finishWord(reason: string | null): FinishWord {
  if (reason === null) return { word: '–', sentence: 'Not known.', doubtful: false };
  return WORDS[reason] ?? { word: reason, sentence: reason, doubtful: false };
}
