// Order matters: names of distilled models hold two families, and the one that was trained last speaks.
const FAMILIES: readonly (readonly [family: string, pattern: RegExp])[] = [
  ['deepseek', /deepseek/i],
  ['smollm', /smol-?lm/i],
  ['tinyllama', /tiny-?llama/i],
  ['codellama', /code-?llama/i],
  ['mixtral', /mixtral/i],
  ['mistral', /mistral|ministral|magistral|devstral|codestral/i],
  ['qwen', /\bqw(?:en|q)|qwen/i],
  ['gemma', /gemma/i],
  ['phi', /(?:^|[^a-z])phi(?:[^a-z]|$)/i],
  ['granite', /granite/i],
  ['olmo', /olmo/i],
  ['falcon', /falcon/i],
  ['command-r', /command-?r|\baya\b|cohere/i],
  ['yi', /(?:^|[^a-z])yi(?:[^a-z]|$)/i],
  ['internlm', /internlm/i],
  ['glm', /(?:^|[^a-z])(?:chat)?glm/i],
  ['gpt-oss', /gpt-?oss/i],
  ['gpt', /(?:^|[^a-z])(?:chat)?gpt|(?:^|[^a-z])o[134](?:-|$)/i],
  ['claude', /claude/i],
  ['gemini', /gemini/i],
  ['nemotron', /nemotron/i],
  ['exaone', /exaone/i],
  ['vicuna', /vicuna/i],
  ['llama', /llama/i],
];

/** Architectures shared by many families: they say nothing about who trained a model. */
const SHARED_ARCHITECTURES = new Set(['llama', 'gpt2', 'gptneox', 'clip']);

/**
 * The family a model belongs to, from its name and file name ("qwen" of "Qwen3-4B-Q4_K_M.gguf"); failing
 * that from its architecture, unless many families share it. Null when unknown. A heuristic: good enough
 * for a warning, not for a claim.
 */
export function modelFamily(names: readonly (string | null)[], architecture: string | null): string | null {
  for (const name of names) {
    if (name === null) continue;
    const found = FAMILIES.find(([, pattern]) => pattern.test(name));
    if (found !== undefined) return found[0];
  }
  if (architecture === null || SHARED_ARCHITECTURES.has(architecture)) return null;
  return FAMILIES.find(([, pattern]) => pattern.test(architecture))?.[0] ?? architecture;
}
