/**
 * A prompt as an engine takes it: chat turns for the model's own template, or text as it is for base models.
 * The engine declares the same shape; domain may not import it.
 */
export type ModelPrompt =
  | { readonly kind: 'chat'; readonly system: string | null; readonly user: string }
  | { readonly kind: 'text'; readonly text: string };
