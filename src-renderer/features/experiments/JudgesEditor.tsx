import { ActionIcon, Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import type { JudgeChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { judgePromptsQuery } from '../../queries/judging.ts';
import { bestFirst, judgeChoice, modelRef } from './draft.ts';
import { ModelSelect } from './ModelSelect.tsx';
import classes from './Launch.module.css';

const ORDERS = [
  { value: 'AB', label: 'Correct first (AB)' },
  { value: 'BA', label: 'Incorrect first (BA)' },
];

/** What core's prompt library takes for "default". */
const DEFAULT_PROMPT = 'strict';

const orderOf = (value: string): JudgeChoice['labelOrder'] => (value === 'BA' ? 'BA' : 'AB');

export interface JudgesEditorProps {
  readonly judges: readonly JudgeChoice[];
  readonly onChange: (judges: readonly JudgeChoice[]) => void;
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
}

/** The judges of a run, one line each: model, prompt, order of the labels. They run one after the other. */
export function JudgesEditor({ judges, onChange, models, fits }: JudgesEditorProps) {
  const prompts = useQuery(judgePromptsQuery()).data ?? [];
  const replace = (index: number, part: Partial<JudgeChoice>): void =>
    onChange(judges.map((judge, at) => (at === index ? { ...judge, ...part } : judge)));
  const add = (): void => {
    const used = new Set(judges.map(({ model }) => model));
    const ranked = bestFirst(models, fits).map((model) => modelRef(model, models));
    onChange([...judges, judgeChoice(ranked.find((ref) => !used.has(ref)) ?? ranked[0] ?? '')]);
  };
  return (
    <div className={classes['judges']}>
      {judges.map((judge, index) => {
        const chosen = prompts.find(
          ({ id }) => id === (judge.prompt === 'default' ? DEFAULT_PROMPT : judge.prompt),
        );
        const options = prompts.map(({ id, name }) => ({ value: id, label: name }));
        return (
          // oxlint-disable-next-line react/no-array-index-key -- judges have no id and two may be equal
          <div key={index} className={classes['judge']}>
            <div className={classes['judgeModel']}>
              <ModelSelect
                label={judges.length > 1 ? `Judge ${index + 1}` : 'Judge'}
                value={judge.model}
                onChange={(model) => replace(index, { model })}
                models={models}
                fits={fits}
              />
              <ActionIcon
                aria-label={`Remove judge ${index + 1}`}
                onClick={() => onChange(judges.filter((_, at) => at !== index))}
                className={classes['remove'] ?? ''}
              >
                <X size={15} aria-hidden />
              </ActionIcon>
            </div>
            <div className={classes['pair']}>
              <Select
                label="Prompt"
                data={
                  chosen === undefined ? [{ value: judge.prompt, label: judge.prompt }, ...options] : options
                }
                value={chosen?.id ?? judge.prompt}
                onChange={(prompt) => {
                  if (prompt !== null) replace(index, { prompt });
                }}
                allowDeselect={false}
                title={chosen?.description}
              />
              <Select
                label="Labels"
                data={ORDERS}
                value={judge.labelOrder}
                onChange={(order) => {
                  if (order !== null) replace(index, { labelOrder: orderOf(order) });
                }}
                allowDeselect={false}
                title="Which label is offered first. Judging once each way shows whether the judge prefers a place."
              />
            </div>
            {chosen === undefined ? null : <p className={classes['hint']}>{chosen.description}</p>}
          </div>
        );
      })}
      <div>
        <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={add}>
          {judges.length === 0 ? 'Add a judge' : 'Add another judge'}
        </Button>
      </div>
    </div>
  );
}
