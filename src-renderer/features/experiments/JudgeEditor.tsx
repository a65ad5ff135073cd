import { ActionIcon, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import type { JudgePromptInfo } from '../../../src-main/domain/app.ts';
import type { JudgeChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { withModel } from './draft.ts';
import { withLoad } from './load.ts';
import { ParticipantField } from './ParticipantField.tsx';
import classes from './Launch.module.css';

const ORDERS = [
  { value: 'AB', label: 'Correct first (AB)' },
  { value: 'BA', label: 'Incorrect first (BA)' },
  { value: 'both', label: 'Both orders' },
];

const MODES = [
  { value: 'next-token', label: 'Next token' },
  { value: 'grammar', label: 'Held to labels' },
  { value: 'reason', label: 'Reasons first' },
];

const MODE_HINTS: Readonly<Partial<Record<JudgeChoice['mode'], string>>> = {
  'next-token': 'The probability of each label as the next token: quick, and a verdict with a P(correct).',
  grammar: 'The judge writes, and can write nothing but a label.',
  reason: 'The judge explains itself first; its last GRADE counts. Slower, and without a P(correct).',
};

/** What core's prompt library takes for "default". */
const DEFAULT_PROMPT = 'strict';

interface JudgeEditorProps {
  readonly title: string;
  /** What is special about this one in the panel. */
  readonly note: string | null;
  readonly judge: JudgeChoice;
  readonly onChange: (judge: JudgeChoice) => void;
  readonly onRemove: () => void;
  readonly prompts: readonly JudgePromptInfo[];
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
}

/** One judge: its model, its prompt, how its verdict is read, the order of its labels. */
export function JudgeEditor(props: JudgeEditorProps) {
  const { title, note, judge, onChange, onRemove, prompts, models, fits } = props;
  const id = judge.prompt === 'default' ? DEFAULT_PROMPT : judge.prompt;
  const chosen = prompts.find((prompt) => prompt.id === id);
  return (
    <div className={classes['judge']}>
      <ParticipantField
        label={title}
        value={judge}
        onChange={(which) => onChange(withModel(judge, which))}
        onLoad={(load) => onChange(withLoad(judge, load))}
        models={models}
        fits={fits}
        action={
          <ActionIcon aria-label={`Remove ${title.toLowerCase()}`} onClick={onRemove}>
            <X size={15} aria-hidden />
          </ActionIcon>
        }
      />
      <div className={classes['triple']}>
        <Select
          label="Prompt"
          data={promptOptions(prompts, chosen === undefined ? id : null)}
          value={id}
          onChange={(prompt) => {
            if (prompt !== null) onChange({ ...judge, prompt });
          }}
          allowDeselect={false}
          title={chosen?.description}
          comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
        />
        <Select
          label="Verdict read from"
          title={MODE_HINTS[judge.mode]}
          data={MODES}
          value={judge.mode}
          onChange={(mode) => onChange({ ...judge, mode: modeOf(mode) })}
          allowDeselect={false}
          comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
        />
        <Select
          label="Labels"
          data={ORDERS}
          value={judge.swap === true ? 'both' : judge.labelOrder}
          onChange={(order) => onChange(withOrder(judge, order))}
          allowDeselect={false}
          title="Which label is offered first. Judging in both orders shows whether the judge prefers a place."
        />
      </div>
      <p className={classes['hint']}>
        {note === null ? null : <strong>{note}. </strong>}
        {chosen?.description}{' '}
        <Link to="/settings/prompts" search={{ id }} className={classes['link']}>
          Look at the prompt
        </Link>
      </p>
    </div>
  );
}

const modeOf = (value: string | null): JudgeChoice['mode'] =>
  value === 'grammar' || value === 'reason' ? value : 'next-token';

function withOrder({ swap: _swap, ...judge }: JudgeChoice, value: string | null): JudgeChoice {
  if (value === 'both') return { ...judge, labelOrder: 'AB', swap: true };
  return { ...judge, labelOrder: value === 'BA' ? 'BA' : 'AB' };
}

/** Those that can be used, one's own first. `other` is one that a file names and nobody here knows, or an older version. */
function promptOptions(prompts: readonly JudgePromptInfo[], other: string | null) {
  const usable = prompts.filter(({ problem }) => problem === null);
  const option = ({ id, name }: JudgePromptInfo) => ({ value: id, label: name });
  const own = usable.filter(({ builtIn }) => !builtIn).map(option);
  return [
    ...(other === null ? [] : [{ group: 'From the file', items: [{ value: other, label: other }] }]),
    ...(own.length === 0 ? [] : [{ group: 'Yours', items: own }]),
    { group: 'From Assize', items: usable.filter(({ builtIn }) => builtIn).map(option) },
  ];
}
