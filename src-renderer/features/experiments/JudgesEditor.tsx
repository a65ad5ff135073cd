import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import type { JudgeChoice, PanelChoice } from '../../../src-main/domain/experiment.ts';
import type { ModelFit } from '../../../src-main/domain/fit.ts';
import type { ModelFile } from '../../../src-main/domain/model.ts';
import { judgePromptsQuery } from '../../queries/judging.ts';
import { bestFirst, judgeChoice, modelRef, NEW_API } from './draft.ts';
import { JudgeEditor } from './JudgeEditor.tsx';
import { arranged, isPossible, TOGETHER, togetherOf, type Together } from './panel.ts';
import { WeightsField } from './WeightsField.tsx';
import classes from './Launch.module.css';

export interface JudgesEditorProps {
  readonly judges: readonly JudgeChoice[];
  readonly panel: PanelChoice | undefined;
  readonly onChange: (judges: readonly JudgeChoice[], panel: PanelChoice | undefined) => void;
  readonly models: readonly ModelFile[];
  readonly fits: ReadonlyMap<string, ModelFit>;
}

/** The judges of a run and how their verdicts make one. They run one after the other. */
export function JudgesEditor({ judges, panel, onChange, models, fits }: JudgesEditorProps) {
  const prompts = useQuery(judgePromptsQuery()).data ?? [];
  const together = togetherOf(panel, judges);
  const weights = panel?.weights ?? null;
  const put = (next: readonly JudgeChoice[], how: Together, weighs: PanelChoice['weights']): void => {
    const { judges: fitted, panel: made } = arranged(next, how, weighs);
    onChange(fitted, made);
  };
  const replace = (index: number, judge: JudgeChoice): void =>
    onChange(
      judges.map((other, at) => (at === index ? judge : other)),
      panel,
    );
  const remove = (index: number): void =>
    put(
      judges.filter((_, at) => at !== index),
      together,
      weights?.filter((_, at) => at !== index) ?? null,
    );
  const add = (): void => {
    const used = new Set(judges.map(({ model }) => model));
    const ranked = bestFirst(models, fits).map((model) => modelRef(model, models));
    const ref = ranked.find((one) => !used.has(one)) ?? ranked[0];
    const judge = ref === undefined ? { ...judgeChoice(''), api: NEW_API } : judgeChoice(ref);
    put([...judges, judge], together, weights === null ? null : [...weights, 1]);
  };
  return (
    <div className={classes['judges']}>
      {judges.map((judge, index) => (
        <JudgeEditor
          // oxlint-disable-next-line react/no-array-index-key -- judges have no id and two may be equal
          key={index}
          title={judges.length > 1 ? `Judge ${index + 1}` : 'Judge'}
          note={judge.cascadeOf === undefined ? null : 'Asked only where the others do not agree'}
          judge={judge}
          onChange={(next) => replace(index, next)}
          onRemove={() => remove(index)}
          prompts={prompts}
          models={models}
          fits={fits}
        />
      ))}
      {judges.length < 2 ? null : (
        <div className={classes['field']}>
          <Select
            label="Their verdicts together"
            data={TOGETHER.map(({ value, label }) => ({
              value,
              label: isPossible(value, judges.length) ? label : `${label} (three judges)`,
              disabled: !isPossible(value, judges.length),
            }))}
            value={together}
            onChange={(value) => {
              const chosen = TOGETHER.find((one) => one.value === value);
              if (chosen !== undefined) put(judges, chosen.value, weights);
            }}
            allowDeselect={false}
          />
          <p className={classes['hint']}>{TOGETHER.find(({ value }) => value === together)?.hint}</p>
          {together === 'weighted' ? (
            <WeightsField
              judges={judges}
              weights={weights}
              onChange={(next) => put(judges, together, next)}
            />
          ) : null}
        </div>
      )}
      <div>
        <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={add}>
          {judges.length === 0 ? 'Add a judge' : 'Add another judge'}
        </Button>
      </div>
    </div>
  );
}
