/**
 * One of several texts, as a grammar would allow it: a walk down the tree of their tokens, at each fork to the most
 * probable of the tokens that go on. Where only one goes on nothing is evaluated; texts that differ in their first token
 * take one evaluation, as a score does.
 */

export interface Choosing {
  /** Tokens of each text, none empty. */
  readonly paths: readonly (readonly number[])[];
  /** End-of-generation token: what chooses a text that others go on from. */
  readonly end: number;
  /** Probabilities of tokens after the prompt and `prefix`. */
  weigh(
    prefix: readonly number[],
    tokens: readonly number[],
    done: (probabilities: readonly number[]) => void,
  ): void;
  /** The index of the text. */
  chosen(index: number): void;
}

export function choose(choosing: Choosing): void {
  const { paths, end } = choosing;
  const walk = (alive: readonly number[], depth: number): void => {
    const [first = 0, ...others] = alive;
    if (others.length === 0) {
      choosing.chosen(first);
      return;
    }
    const nextOf = (index: number): number => paths[index]?.[depth] ?? end;
    const tokens = [...new Set(alive.map(nextOf))];
    const follow = (token: number): void =>
      walk(
        alive.filter((index) => nextOf(index) === token),
        depth + 1,
      );
    const [only = end, ...forks] = tokens;
    if (forks.length === 0) {
      // Equal texts: the first stands for all.
      if (only === end) choosing.chosen(first);
      else follow(only);
      return;
    }
    choosing.weigh(paths[first]?.slice(0, depth) ?? [], tokens, (probabilities) => {
      const best = probabilities.indexOf(Math.max(...probabilities));
      follow(tokens[Math.max(0, best)] ?? only);
    });
  };
  walk([...paths.keys()], 0);
}
