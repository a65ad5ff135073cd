import type { ImportedRow, Question, RowProblem } from '../../../src-main/domain/dataset.ts';
import type { FilePreview } from '../../../src-main/domain/import.ts';
import { stateWord } from '../../components/StateMark.tsx';
import { formatCount } from '../../lib/format.ts';
import classes from './ImportForm.module.css';

const isProblem = (row: ImportedRow | RowProblem): row is RowProblem => 'problem' in row;

interface PreviewTableProps {
  readonly rows: readonly (ImportedRow | RowProblem)[];
  readonly settling: boolean;
}

/** The first rows as questions, gold answers and stored answers; what could not be read says why, at its line. */
export function PreviewTable({ rows, settling }: PreviewTableProps) {
  const read = rows.filter((row): row is ImportedRow => !isProblem(row));
  const withContext = read.some(({ question }) => question.context !== null);
  const withAnswers = read.some(({ answers }) => answers.length > 0);
  const columns = 3 + Number(withContext) + Number(withAnswers);
  if (rows.length === 0) return <p className="az-dim">There are no rows to show.</p>;
  return (
    <table className={classes['preview']} aria-busy={settling}>
      <thead>
        <tr>
          <th scope="col" className={classes['lineHead']}>
            Line
          </th>
          <th scope="col">Question</th>
          <th scope="col">Gold answers</th>
          {withContext ? <th scope="col">Context</th> : null}
          {withAnswers ? <th scope="col">Stored answers</th> : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, place) =>
          isProblem(row) ? (
            // oxlint-disable-next-line react/no-array-index-key -- a line can have several problems
            <tr key={place} className={row.kept === true ? undefined : classes['problem']}>
              <td className={classes['lineCell']}>{formatCount(row.line)}</td>
              <td colSpan={columns - 1}>! {row.problem}</td>
            </tr>
          ) : (
            // oxlint-disable-next-line react/no-array-index-key -- a line can hold several records
            <tr key={place}>
              <td className={classes['lineCell']}>{formatCount(row.line)}</td>
              <td>
                <Clipped text={row.question.question} />
                {row.question.choices === null ? null : (
                  <span className="az-dim">{lettered(row.question.choices)}</span>
                )}
              </td>
              <td>
                {row.question.gold.length === 0 ? (
                  <span className={classes['missing']}>none</span>
                ) : (
                  <Clipped text={goldText(row.question)} />
                )}
              </td>
              {withContext ? (
                <td>
                  <Clipped text={row.question.context ?? '–'} />
                </td>
              ) : null}
              {withAnswers ? (
                <td>
                  <StoredAnswers row={row} />
                </td>
              ) : null}
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

/** What there is to choose a question's column from. */
export function ColumnsTable({ columns }: { readonly columns: FilePreview['columns'] }) {
  return (
    <table className={classes['preview']}>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">First values</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, examples }) => (
          <tr key={name}>
            <td>
              <Clipped text={name} />
            </td>
            <td>
              <Clipped text={examples.join(' · ')} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The gold answers; of multiple choice with their letters. */
function goldText({ gold, choices }: Question): string {
  const letters = gold.map((text) => choices?.indexOf(text) ?? -1);
  return gold
    .map((text, at) => ((letters[at] ?? -1) < 0 ? text : `${letter(letters[at] ?? 0)} ${text}`))
    .join(' | ');
}

const letter = (at: number): string => String.fromCodePoint(65 + at);

/** "A rain · B snow": choices as they will be offered. */
function lettered(choices: readonly string[]): string {
  return choices.map((text, at) => `${letter(at)} ${text}`).join(' · ');
}

function Clipped({ text }: { readonly text: string }) {
  return (
    <div className={classes['clip']} title={text} dir="auto">
      {text}
    </div>
  );
}

function StoredAnswers({ row }: { readonly row: ImportedRow }) {
  const text = row.answers
    .map(({ system, text, verdicts }) => {
      const words = verdicts.map(({ verdict }) => stateWord(verdict)).join(', ');
      return `${system}: ${text}${words === '' ? '' : ` (${words})`}`;
    })
    .join(' · ');
  return <Clipped text={text === '' ? '–' : text} />;
}
