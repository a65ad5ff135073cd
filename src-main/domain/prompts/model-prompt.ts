/**
 * A prompt as an engine takes it: chat turns for the model's own template, or text as it is for base models.
 * The engine declares the same shape; domain may not import it. `shared` are offsets in `user` or `text`, ascending, up to
 * which neighbouring prompts are the same, beyond the system text: an engine evaluates such a part once.
 */
export type ModelPrompt =
  | {
      readonly kind: 'chat';
      readonly system: string | null;
      readonly user: string;
      readonly shared?: readonly number[] | undefined;
    }
  | { readonly kind: 'text'; readonly text: string; readonly shared?: readonly number[] | undefined };
