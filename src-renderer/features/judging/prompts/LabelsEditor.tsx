import { ActionIcon, Button, NumberInput, Select, Textarea, TextInput, VisuallyHidden } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import type { JudgeLabel, LabelVerdict } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import classes from './Prompts.module.css';

interface LabelsEditorProps {
  readonly labels: readonly JudgeLabel[];
  readonly readOnly: boolean;
  readonly onChange: (labels: readonly JudgeLabel[]) => void;
}

const VERDICTS: readonly { readonly value: LabelVerdict; readonly label: string }[] = [
  { value: 'correct', label: '✓ correct' },
  { value: 'incorrect', label: '✗ incorrect' },
  { value: 'not_attempted', label: '– not attempted' },
];

/** The labels in AB order: what the judge writes, what that counts as, and when it applies. */
export function LabelsEditor({ labels, readOnly, onChange }: LabelsEditorProps) {
  const replace = (index: number, part: Partial<JudgeLabel>): void =>
    onChange(labels.map((label, at) => (at === index ? { ...label, ...part } : label)));
  const scored = labels.some(({ score }) => score !== null);
  return (
    <div className={classes['labels']}>
      <table className={classes['labelTable']}>
        <caption className={classes['caption']}>Labels, in AB order</caption>
        <thead>
          <tr>
            <th scope="col" className={classes['labelText']}>
              Label
            </th>
            <th scope="col" className={classes['labelVerdict']}>
              Counts as
            </th>
            <th scope="col">When it applies</th>
            <th
              scope="col"
              className={classes['labelScore']}
              title="For a rubric: an expected score is kept too"
            >
              Points
            </th>
            <th scope="col">
              <VisuallyHidden>Remove</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- labels have no id, and are typed into
            <tr key={index}>
              <td>
                <TextInput
                  aria-label={`Label ${index + 1}`}
                  value={label.text}
                  onChange={(event) => replace(index, { text: event.currentTarget.value })}
                  readOnly={readOnly}
                  maxLength={100}
                  spellCheck={false}
                />
              </td>
              <td>
                <Select
                  aria-label={`What label ${index + 1} counts as`}
                  data={VERDICTS}
                  value={label.verdict}
                  onChange={(value) => {
                    const verdict = VERDICTS.find((one) => one.value === value)?.value;
                    if (verdict !== undefined) replace(index, { verdict });
                  }}
                  allowDeselect={false}
                  readOnly={readOnly}
                />
              </td>
              <td>
                <Textarea
                  aria-label={`When label ${index + 1} applies`}
                  value={label.meaning}
                  onChange={(event) => replace(index, { meaning: event.currentTarget.value })}
                  readOnly={readOnly}
                  autosize
                  minRows={1}
                  maxRows={8}
                  maxLength={2000}
                />
              </td>
              <td>
                <NumberInput
                  aria-label={`Points of label ${index + 1}`}
                  value={label.score ?? ''}
                  onChange={(value) => replace(index, { score: typeof value === 'number' ? value : null })}
                  readOnly={readOnly}
                  placeholder={scored ? '?' : '–'}
                  hideControls
                />
              </td>
              <td>
                {readOnly || labels.length < 3 ? null : (
                  <ActionIcon
                    aria-label={`Remove label ${index + 1}`}
                    onClick={() => onChange(labels.filter((_, at) => at !== index))}
                  >
                    <X size={14} aria-hidden />
                  </ActionIcon>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {readOnly || labels.length >= 26 ? null : (
        <div>
          <Button
            variant="subtle"
            leftSection={<Plus size={14} aria-hidden />}
            onClick={() =>
              onChange([...labels, { text: '', verdict: 'incorrect', meaning: '', score: null }])
            }
          >
            Add a label
          </Button>
        </div>
      )}
    </div>
  );
}
