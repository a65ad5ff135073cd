/**
 * A prompt as an engine takes it: chat turns for the model's own template, or text as it is for base models.
 * `shared` names, ascending, the offsets in `user` or `text` (UTF-16 units) up to which neighbouring prompts are the
 * same: instructions, rubric, few-shot examples, then perhaps question and gold. Such a part is evaluated once and
 * kept. It changes where a prompt is cut, so it belongs to the prompt and must not depend on the order of the jobs.
 */
export type ModelPrompt =
  | {
      readonly kind: 'chat';
      readonly system: string | null;
      readonly user: string;
      readonly shared?: readonly number[] | undefined;
    }
  | { readonly kind: 'text'; readonly text: string; readonly shared?: readonly number[] | undefined };
