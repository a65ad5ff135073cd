export type ProblemCode = 'NOT_FOUND' | 'REFUSED' | 'CONFLICT' | 'STORAGE' | 'ENGINE';

/** An expected failure of the workbench: a sentence a person can act on, under a code that the contract declares. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fixes: readonly string[];
  constructor(code: ProblemCode, sentence: string, fixes: readonly string[] = []) {
    super(sentence);
    this.name = 'Problem';
    this.code = code;
    this.fixes = fixes;
  }
}
