import { SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { useId, useRef } from 'react';
import type { JudgePromptFields } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import { LabelsEditor } from './LabelsEditor.tsx';
import classes from './Prompts.module.css';

interface PromptFormProps {
  readonly fields: JudgePromptFields;
  readonly readOnly: boolean;
  /** The id can be chosen until the prompt is saved for the first time. */
  readonly idIsFree: boolean;
  readonly onChange: (part: Partial<JudgePromptFields>) => void;
}

type TextField = 'system' | 'ask' | 'askReason' | 'user' | 'closing';

const TEXTS: readonly {
  readonly field: TextField;
  readonly label: string;
  readonly hint: string;
  readonly rows: number;
}[] = [
  {
    field: 'system',
    label: 'Instructions',
    hint: 'The same for every answer: role, criteria, and {labels} with their meanings. It is evaluated once.',
    rows: 6,
  },
  {
    field: 'user',
    label: 'The case',
    hint: 'Question and gold first, the answer last. {#context}…{/context} is left out where a row has none.',
    rows: 6,
  },
  { field: 'ask', label: 'How to reply', hint: 'With a label alone.', rows: 1 },
  {
    field: 'closing',
    label: 'Last line',
    hint: 'After the case; a base model goes on from here with the label.',
    rows: 1,
  },
  {
    field: 'askReason',
    label: 'How to reply with reasons',
    hint: 'For “Reasons, then verdict”: it has to end with GRADE: and the label.',
    rows: 2,
  },
];

const VARIABLES = ['question', 'gold', 'answer', 'context', 'labels', 'options'] as const;

const NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(TEXTS.map(({ field, label }) => [field, label])),
  id: 'Id',
};

/** A sentence about a field of the file, with the field's name in this form. */
export function withFieldNames(sentence: string): string {
  return sentence
    .replaceAll(/[Tt]he field "(\w+)"/g, (whole, field: string) =>
      NAMES[field] === undefined ? whole : `“${NAMES[field]}”`,
    )
    .replaceAll(/keep rows in "user"/g, `keep rows in “${NAMES['user']}”`);
}

/** Everything a prompt is made of. A variable goes in where the cursor was. */
export function PromptForm({ fields, readOnly, idIsFree, onChange }: PromptFormProps) {
  const areas = useRef(new Map<TextField, HTMLTextAreaElement>());
  const last = useRef<TextField>('user');
  const styleId = useId();
  const insert = (variable: string): void => {
    const field = last.current;
    const area = areas.current.get(field);
    if (area === undefined) return;
    const { selectionStart, selectionEnd } = area;
    const text = fields[field];
    const put = `{${variable}}`;
    onChange({ [field]: text.slice(0, selectionStart) + put + text.slice(selectionEnd) });
    requestAnimationFrame(() => {
      area.focus();
      area.setSelectionRange(selectionStart + put.length, selectionStart + put.length);
    });
  };
  return (
    <>
      <div className={classes['names']}>
        <TextInput
          label="Name"
          value={fields.title}
          onChange={(event) => onChange({ title: event.currentTarget.value })}
          readOnly={readOnly}
          maxLength={300}
        />
        <TextInput
          label="Id"
          description={idIsFree && !readOnly ? 'for experiment.yaml and --prompt' : undefined}
          value={fields.id}
          onChange={(event) => onChange({ id: event.currentTarget.value })}
          readOnly={readOnly || !idIsFree}
          maxLength={64}
          spellCheck={false}
          classNames={{ input: classes['mono'] ?? '' }}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
        />
      </div>
      <TextInput
        label="What it is for"
        value={fields.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        readOnly={readOnly}
        maxLength={2000}
      />
      <div className={classes['field']}>
        <span className={classes['label']} id={styleId}>
          The judge writes
        </span>
        <SegmentedControl
          aria-labelledby={styleId}
          data={[
            { value: 'words', label: 'the label’s word' },
            { value: 'letters', label: 'A, B, C …' },
          ]}
          value={fields.labelStyle}
          onChange={(style) => onChange({ labelStyle: style === 'letters' ? 'letters' : 'words' })}
          disabled={readOnly}
        />
      </div>
      <LabelsEditor labels={fields.labels} readOnly={readOnly} onChange={(labels) => onChange({ labels })} />
      {readOnly ? null : (
        <div className={classes['variables']} role="group" aria-label="Insert a variable">
          <span className={classes['hint']}>Insert</span>
          {VARIABLES.map((variable) => (
            <button
              key={variable}
              type="button"
              className={classes['variable']}
              onClick={() => insert(variable)}
            >
              {`{${variable}}`}
            </button>
          ))}
        </div>
      )}
      {TEXTS.map(({ field, label, hint, rows }) => (
        <Textarea
          key={field}
          ref={(area) => {
            if (area === null) areas.current.delete(field);
            else areas.current.set(field, area);
          }}
          label={label}
          description={hint}
          value={fields[field]}
          onChange={(event) => onChange({ [field]: event.currentTarget.value })}
          onFocus={() => {
            last.current = field;
          }}
          readOnly={readOnly}
          autosize
          minRows={rows}
          maxRows={24}
          maxLength={20_000}
          spellCheck={false}
          classNames={{ input: classes['mono'] ?? '' }}
        />
      ))}
    </>
  );
}
