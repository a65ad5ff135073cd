const LONG_RUN = /\s{9,}/g;

/**
 * A text whose long runs of white space are one space, or a blank line where there was a line end. A pattern with `\s*` between its
 * words tries every way of sharing such a run among them: an answer that ends in ten thousand blank lines, as a model that has lost its
 * way writes one, held the program for hours.
 */
export function withoutLongRuns(text: string): string {
  return text.replaceAll(LONG_RUN, (run) => (run.includes('\n') ? '\n\n' : ' '));
}
