const weights = new Map<string, string>();
const biases = new Map<string, string>();

function remembered(known: Map<string, string>, name: string, suffix: string): string {
  const before = known.get(name);
  if (before !== undefined) {
    return before;
  }
  const full = `${name}.${suffix}`;
  known.set(name, full);
  return full;
}

/** "attn_q" → "attn_q.weight"; the same string every time, because a graph asks for thousands. */
export function weightName(name: string): string {
  return remembered(weights, name, 'weight');
}

export function biasName(name: string): string {
  return remembered(biases, name, 'bias');
}
