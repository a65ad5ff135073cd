import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { JudgePrompt, ParsedJudgePrompt } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import {
  whyNotJudgeable,
  type RenderedJudgePrompt,
} from '../../../../src-main/domain/prompts/judge-render.ts';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { ErrorNote, Note } from '../../../components/ErrorNote.tsx';
import { Pane, PaneSection } from '../../../components/Pane.tsx';
import { formatCount } from '../../../lib/format.ts';
import { datasetRowQuery, datasetsQuery } from '../../../queries/datasets.ts';
import { readPromptQuery } from '../../../queries/judging.ts';
import { modelsQuery } from '../../../queries/models.ts';
import { LabelTokens } from './LabelTokens.tsx';
import { bare, type PreviewChoice, renderPreview, SAMPLE } from './preview.ts';
import { PreviewFields } from './PreviewFields.tsx';
import classes from './Prompts.module.css';

const route = getRouteApi('/settings/prompts');

/** A model's vocabulary is read by a process of its own: not with every key. */
const READ_DELAY_MS = 500;

const CHOICE: PreviewChoice = { mode: 'next-token', labelOrder: 'AB', instruct: true, answer: null };

/** The prompt on a real row, as a judge would see it, with its length and its labels under a model of this machine. */
export function PromptPreview({ parsed }: { readonly parsed: ParsedJudgePrompt }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [choice, setChoice] = useState(CHOICE);
  const [model, setModel] = useState<string | null>(null);
  const datasets = useQuery(datasetsQuery()).data ?? [];
  const models = (useQuery(modelsQuery()).data?.models ?? []).filter(({ problem }) => problem === null);
  const dataset = datasets.find(({ id }) => id === search.dataset) ?? datasets[0] ?? null;
  const position = Math.min((search.row ?? 1) - 1, Math.max(0, (dataset?.rows ?? 1) - 1));
  const row = useQuery({ ...datasetRowQuery(dataset?.id ?? 0, position), enabled: dataset !== null });
  const question = dataset === null ? SAMPLE : (row.data?.[0]?.question ?? null);
  const prompt = useLastGood(parsed);
  const reader = models.find(({ id }) => id === model) ?? null;
  const instruct = reader === null ? choice.instruct : (reader.facts?.hasChatTemplate ?? false);
  const rendered = useMemo(
    () =>
      prompt === null || question === null ? null : renderPreview(prompt, question, { ...choice, instruct }),
    [prompt, question, choice, instruct],
  );
  const unjudged = prompt === null || question === null ? null : whyNotJudgeable(prompt, question);
  return (
    <Pane title="What the judge sees">
      <PreviewFields
        datasets={datasets}
        dataset={dataset}
        position={position}
        onRow={(datasetId, next) =>
          void navigate({
            search: (before) => ({ ...before, dataset: datasetId, row: next + 1 }),
            replace: true,
          })
        }
        models={models}
        model={reader}
        onModel={setModel}
        choice={choice}
        onChoice={setChoice}
        placeholder={question?.gold[0] ?? ''}
      />
      {dataset === null ? (
        <Note tone="info">No dataset is here yet: this question stands for one.</Note>
      ) : null}
      {unjudged === null ? null : <Note tone="warning">{unjudged} This row would be skipped.</Note>}
      {parsed.ok ? null : (
        <Note tone="info">Shown as it was before the fault that is named at the left.</Note>
      )}
      {rendered === null ? null : <Rendered rendered={rendered} model={reader} />}
    </Pane>
  );
}

/** The prompt as it last could be read: a half-typed variable does not empty the preview. */
function useLastGood(parsed: ParsedJudgePrompt): JudgePrompt | null {
  const [last, setLast] = useState<JudgePrompt | null>(null);
  if (parsed.ok && parsed.prompt !== last) setLast(parsed.prompt);
  return parsed.ok ? parsed.prompt : last;
}

function Rendered({
  rendered,
  model,
}: {
  readonly rendered: RenderedJudgePrompt;
  readonly model: { readonly id: string; readonly name: string } | null;
}) {
  const [settled] = useDebouncedValue(rendered, READ_DELAY_MS);
  const reading = useQuery({
    ...readPromptQuery({
      model: model?.id ?? '',
      prompt: bare(settled),
      labels: settled.labels.map(({ text }) => text),
    }),
    enabled: model !== null,
  });
  const known = model === null || reading.isError ? null : (reading.data ?? null);
  const stale = model !== null && (settled !== rendered || reading.isFetching);
  const { prompt } = rendered;
  const whole = prompt.kind === 'text' ? prompt.text : `${prompt.system ?? ''}\n\n${prompt.user}`;
  const text = known !== null && !stale ? known.text : whole;
  return (
    <>
      <p className={classes['count']} aria-live="polite" aria-busy={stale}>
        {model === null
          ? `${formatCount(whole.length)} characters. Choose a model to count its tokens.`
          : stale
            ? `${model.name} is reading it…`
            : known === null
              ? ''
              : `${formatCount(known.tokens)} tokens under ${model.name}${
                  known.contextTrained === null
                    ? ''
                    : `, of ${formatCount(known.contextTrained)} it was trained for`
                }.`}
      </p>
      {reading.isError && model !== null ? (
        <ErrorNote
          error={reading.error}
          what="The model’s vocabulary could not be read."
          onRetry={() => void reading.refetch()}
        />
      ) : null}
      <LabelTokens
        rendered={settled}
        tokens={stale ? null : (known?.labelTokens ?? null)}
        model={model?.name ?? null}
      />
      <PaneSection
        title={known === null || stale ? 'Prompt' : 'Prompt, in the model’s own chat template'}
        actions={<CopyButton value={text} label="Copy the prompt" />}
      >
        {known !== null && !stale ? (
          <pre className={classes['rendered']}>{known.text}</pre>
        ) : prompt.kind === 'text' ? (
          <pre className={classes['rendered']}>{prompt.text}</pre>
        ) : (
          <>
            <Turn name="system">{prompt.system ?? ''}</Turn>
            <Turn name="user">{prompt.user}</Turn>
          </>
        )}
      </PaneSection>
    </>
  );
}

function Turn({ name, children }: { readonly name: string; readonly children: string }) {
  if (children === '') return null;
  return (
    <div>
      <div className={classes['turn']}>{name}</div>
      <pre className={classes['rendered']}>{children}</pre>
    </div>
  );
}
