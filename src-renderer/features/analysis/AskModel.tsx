import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { UncertaintyView } from '../../../src-main/domain/analysis/uncertainty-view.ts';
import { TaskLine } from '../../components/TaskLine.tsx';
import { askModel, askTaskId } from '../../queries/analysis.ts';
import { modelsQuery } from '../../queries/models.ts';
import { useTask } from '../../queries/tasks.ts';
import classes from './Analysis.module.css';

const TASKS = [
  {
    what: 'relevance',
    button: 'Weigh words',
    title: 'Weighing words',
    explain:
      'Relevance-weighted G-NLL and SAR need to know how much each word of an answer matters: a local model is asked of each whether the answer says the same without it.',
  },
  {
    what: 'meanings',
    button: 'Compare meanings',
    title: 'Comparing meanings',
    explain:
      'Semantic entropy and SAR need to know which samples of a question mean the same: a local model is asked of each pair.',
  },
] as const;

/** Scores that a local model has to help with: what it is asked, and by which model. What it said is kept. */
export function AskModel({ runId, view }: { readonly runId: number; readonly view: UncertaintyView }) {
  const models = (useQuery(modelsQuery()).data?.models ?? []).filter(({ problem }) => problem === null);
  const [chosen, setChosen] = useState<string | null>(null);
  const model = models.find(({ path }) => path === chosen) ?? models[0] ?? null;
  const weighing = useTask(askTaskId('relevance', runId))?.status === 'running';
  const comparing = useTask(askTaskId('meanings', runId))?.status === 'running';
  const several = view.scope.answers > view.scope.questions;
  const tokens = view.scores.some(({ key, answers }) => key === 'first-token' && answers > 0);
  const offered = TASKS.filter(({ what }) => (what === 'meanings' ? several : tokens));
  if (model === null || offered.length === 0) return null;
  return (
    <div className={classes['stack']}>
      <div className={classes['choose']}>
        <Select
          label="More scores, with the help of"
          data={models.map(({ path, name }) => ({ value: path, label: name }))}
          value={model.path}
          onChange={setChosen}
          allowDeselect={false}
          searchable
          w={300}
        />
        {offered.map(({ what, button, title, explain }) => (
          <Button
            key={what}
            variant="default"
            title={explain}
            disabled={weighing || comparing}
            onClick={() => askModel(what, { runId, model: model.path }, `${title} with ${model.name}`)}
          >
            {button}
          </Button>
        ))}
      </div>
      <p className={classes['describe']}>{offered.map(({ explain }) => explain).join(' ')}</p>
      {offered.map(({ what }) => (
        <TaskLine
          key={what}
          id={askTaskId(what, runId)}
          unit="count"
          failed="The model was not asked to the end."
          cancelled="What it has said is kept; asked again, it goes on from there."
        />
      ))}
    </div>
  );
}
