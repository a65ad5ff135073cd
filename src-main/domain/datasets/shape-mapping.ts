import type { ColumnMapping } from '../dataset.ts';
import { bringsOwnAnswers } from './adapt/index.ts';
import { columnNames } from './fields.ts';
import type { FileRecord } from './fields.ts';
import { finder, guessMapping } from './guess-mapping.ts';
import type { Shape } from './shapes.ts';

/**
 * The mapping of a file's records (after its shape's adapter): by names and values as `guessMapping` does, with what
 * the shape is known to mean besides.
 */
export function mappingForShape(
  shape: Shape,
  records: readonly FileRecord[],
  system: string | null,
): ColumnMapping {
  const columns = columnNames(records);
  const find = finder(columns);
  const guess = guessMapping(columns, records, {
    ...(system === null ? {} : { system }),
    answers: !bringsOwnAnswers(shape),
  });
  switch (shape) {
    case 'mt-bench':
    case 'fastchat':
    case 'fastchat-judgments': {
      // A reference a turn: the question is the first turn, so is its reference.
      const reference = find(['reference']);
      return reference === null ? guess : { ...guess, gold: `${reference}[0]` };
    }
    case 'truthfulqa': {
      if (guess.choices !== null) return guess;
      const golds = [find(['best answer', 'best_answer']), find(['correct answers', 'correct_answers'])];
      return { ...guess, gold: golds.filter((name) => name !== null).join('|') || guess.gold };
    }
    case 'bioasq':
      return { ...guess, gold: find(['gold']) ?? guess.gold };
    case 'lm-eval-samples':
      // What lm-eval compared with: a document's own gold column may be something else (a whole solution).
      return { ...guess, gold: find(['target']) ?? guess.gold };
    case 'svamp':
      return { ...guess, goldForm: 'number' };
    case 'assize-answers':
      return { ...guess, id: find(['id', 'row_id']), goldSeparator: null, goldForm: 'text' };
    case 'inspect-eval':
    case 'inspect-json':
      // "id" is the sample's; a target is what the task's author wrote, a list for several accepted ones.
      return { ...guess, id: 'id', question: 'input', gold: 'target', context: null };
    default:
      return guess;
  }
}
