import { ActionIcon, Button, Checkbox, Select, TextInput, VisuallyHidden } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import type { AnswerColumns, ColumnMapping } from '../../../src-main/domain/dataset.ts';
import classes from './ImportForm.module.css';

interface AnswerColumnsEditorProps {
  readonly mapping: ColumnMapping;
  readonly columns: readonly string[];
  readonly onMapping: (mapping: ColumnMapping) => void;
}

/** Answers that were made elsewhere: the column of each system, and of the verdict that came with it. */
export function AnswerColumnsEditor({ mapping, columns, onMapping }: AnswerColumnsEditorProps) {
  const { answers } = mapping;
  const set = (next: readonly AnswerColumns[]): void => onMapping({ ...mapping, answers: next });
  const change = (place: number, part: Partial<AnswerColumns>): void =>
    set(answers.map((entry, at) => (at === place ? Object.assign({}, entry, part) : entry)));
  const free = columns.find(
    (name) => name !== mapping.question && !answers.some(({ answer }) => answer === name),
  );
  const add = (): void => {
    if (free === undefined) return;
    set([...answers, { system: free, answer: free, verdict: null, judge: 'imported', human: false }]);
  };
  return (
    <div className={classes['answers']}>
      {answers.length === 0 ? null : (
        <table className={classes['answersTable']}>
          <thead>
            <tr>
              <th scope="col">Stored answers of</th>
              <th scope="col">Answer column</th>
              <th scope="col">Verdict column</th>
              <th scope="col">Judged by</th>
              <th scope="col">A person</th>
              <th scope="col">
                <VisuallyHidden>Remove</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {answers.map((entry, place) => (
              <AnswerRow
                // oxlint-disable-next-line react/no-array-index-key -- the entries have no other identity while they are edited
                key={place}
                entry={entry}
                columns={columns}
                onChange={(part) => change(place, part)}
                onRemove={() => set(answers.filter((_, at) => at !== place))}
              />
            ))}
          </tbody>
        </table>
      )}
      <div>
        <Button
          variant="subtle"
          leftSection={<Plus size={14} aria-hidden />}
          disabled={free === undefined}
          onClick={add}
        >
          Add a column of stored answers
        </Button>
      </div>
    </div>
  );
}

interface AnswerRowProps {
  readonly entry: AnswerColumns;
  readonly columns: readonly string[];
  readonly onChange: (part: Partial<AnswerColumns>) => void;
  readonly onRemove: () => void;
}

function AnswerRow({ entry, columns, onChange, onRemove }: AnswerRowProps) {
  const options = [
    ...new Set([...columns, entry.answer, ...(entry.verdict === null ? [] : [entry.verdict])]),
  ];
  return (
    <tr>
      <td>
        <TextInput
          aria-label="System"
          value={entry.system}
          onChange={(event) => onChange({ system: event.currentTarget.value })}
        />
      </td>
      <td>
        <Select
          aria-label={`Answer column of ${entry.system}`}
          data={options}
          value={entry.answer}
          allowDeselect={false}
          searchable
          onChange={(answer) => {
            if (answer !== null) onChange({ answer });
          }}
        />
      </td>
      <td>
        <Select
          aria-label={`Verdict column of ${entry.system}`}
          data={options}
          value={entry.verdict}
          clearable
          searchable
          placeholder="none"
          onChange={(verdict) => onChange({ verdict })}
        />
      </td>
      <td>
        <TextInput
          aria-label={`Judge of ${entry.system}`}
          value={entry.judge}
          disabled={entry.verdict === null}
          onChange={(event) => onChange({ judge: event.currentTarget.value })}
        />
      </td>
      <td className={classes['centre']}>
        <Checkbox
          aria-label={`The verdicts of ${entry.system} are a person’s`}
          checked={entry.human}
          disabled={entry.verdict === null}
          onChange={(event) => onChange({ human: event.currentTarget.checked })}
        />
      </td>
      <td>
        <ActionIcon aria-label={`Leave out the answers of ${entry.system}`} onClick={onRemove}>
          <X size={14} aria-hidden />
        </ActionIcon>
      </td>
    </tr>
  );
}
