/** How an answer is sampled: part of an answer's identity. Temperature 0 is greedy: no penalty, no truncation. */
export interface Decoding {
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly stop: readonly string[];
}
export const GREEDY: Decoding = { temperature: 0, topP: 1, maxTokens: 64, stop: [] };
