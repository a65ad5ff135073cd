/**
 * Words as the rouge-score package (without stemmer) cuts them: lower case, runs of ASCII letters and
 * digits.
 */
function rougeWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Length of the longest common subsequence; time n·m, memory of the shorter side. */
function commonSubsequence(left: readonly string[], right: readonly string[]): number {
  const [long, short] = left.length < right.length ? [right, left] : [left, right];
  let previous = new Uint32Array(short.length + 1);
  for (const word of long) {
    const row = new Uint32Array(short.length + 1);
    for (let j = 1; j <= short.length; j += 1) {
      const up = previous[j] ?? 0;
      const left1 = row[j - 1] ?? 0;
      row[j] = word === short[j - 1] ? (previous[j - 1] ?? 0) + 1 : Math.max(up, left1);
    }
    previous = row;
  }
  return previous[short.length] ?? 0;
}

/**
 * ROUGE-L F-measure in [0, 1] (Lin 2004, β = 1), the best over the gold aliases: what google-research's
 * rouge-score calls rougeL.fmeasure. Only ASCII letters and digits count, so text in other scripts scores
 * 0.
 */
export function rougeL(answer: string, gold: readonly string[]): number {
  const words = rougeWords(answer);
  return gold.reduce((best, alias) => {
    const target = rougeWords(alias);
    if (words.length === 0 || target.length === 0) return best;
    return Math.max(best, (2 * commonSubsequence(words, target)) / (words.length + target.length));
  }, 0);
}
