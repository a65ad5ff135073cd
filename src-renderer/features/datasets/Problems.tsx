import type { RowProblem } from '../../../src-main/domain/dataset.ts';
import { formatCount } from '../../lib/format.ts';
import classes from './DatasetsPage.module.css';

/** Records that could not be read, by the line where each began. */
export function Problems({
  problems,
  total,
}: {
  readonly problems: readonly RowProblem[];
  readonly total: number;
}) {
  return (
    <ul className={classes['details']}>
      {problems.map(({ line, problem }) => (
        <li key={`${line} ${problem}`} className={classes['line']}>
          <span className={classes['lineNumber']}>line {formatCount(line)}</span>
          <span>{problem}</span>
        </li>
      ))}
      {total > problems.length ? (
        <li className="az-dim">and {formatCount(total - problems.length)} more</li>
      ) : null}
    </ul>
  );
}
