import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import type { Run, RunCounts } from '../../../src-main/domain/run.ts';
import { AlarmList } from '../../components/AlarmList.tsx';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { FigureGrid } from '../../charts/Figure.tsx';
import { formatCount, formatPlural } from '../../lib/format.ts';
import { analysisQuery } from '../../queries/analysis.ts';
import { runCountsQuery, runQuery } from '../../queries/runs.ts';
import { AgainstHumans } from './AgainstHumans.tsx';
import { AgreementSection } from './AgreementSection.tsx';
import { BreakdownColumn, BreakdownSection } from './BreakdownSection.tsx';
import { CorrectedSection } from './CorrectedSection.tsx';
import { AccuracyFigure } from './figures/AccuracyFigure.tsx';
import { AccuracyTable } from './AccuracyTable.tsx';
import { AnalysisActions } from './AnalysisActions.tsx';
import { PanelsEditor } from './PanelsEditor.tsx';
import { UncertaintySection } from './UncertaintySection.tsx';
import { useAnalysisInput, useAnalysisSearch } from './use-analysis.ts';
import { useLiveNumbers } from './use-live-numbers.ts';

const hasSeveral = ({ scope }: RunAnalysis): boolean => scope.answers > scope.questions;

/** One run: alarms before numbers, accuracy by judge, what people make of it, agreement, uncertainty. */
export function RunAnalysisPage({ runId }: { readonly runId: number }) {
  const { search, set } = useAnalysisSearch();
  const input = useAnalysisInput(runId);
  const analysis = useQuery(analysisQuery(input));
  const live = useLiveNumbers(runId);
  return (
    <Page head={<Head runId={runId} />}>
      {analysis.isError ? null : <AlarmList runId={runId} />}
      {live ? (
        <Note tone="info">
          This run is still writing: the numbers are those of now, and are counted again every few seconds.
        </Note>
      ) : null}
      {analysis.isError ? (
        <ErrorNote
          error={analysis.error}
          what="The run could not be analysed."
          onRetry={() => void analysis.refetch()}
        />
      ) : null}
      {search.system === undefined ? null : (
        <p>
          Only answers of <strong>{search.system}</strong>.{' '}
          <Button variant="default" size="compact-xs" onClick={() => set({ system: undefined })}>
            All answers
          </Button>
        </p>
      )}
      {analysis.data === undefined ? (
        analysis.isError ? null : (
          <p className="az-dim">Counting…</p>
        )
      ) : (
        <>
          <Section
            title="Accuracy"
            note={`Wilson’s 95 % interval over what each judge scored${hasSeveral(analysis.data) ? ', answers to one question for what they are worth' : ''}; what it did not score is beside it`}
          >
            <PanelsEditor analysis={analysis.data} />
            <AccuracyFigure analysis={analysis.data} />
            <AccuracyTable analysis={analysis.data} />
          </Section>
          <CorrectedSection input={input} analysis={analysis.data} />
          <Section
            title="Judges, models, and each other"
            actions={<BreakdownColumn analysis={analysis.data} />}
          >
            <FigureGrid>
              <BreakdownSection input={input} analysis={analysis.data} />
              <AgreementSection agreement={analysis.data.agreement} />
            </FigureGrid>
          </Section>
          <AgainstHumans analysis={analysis.data} />
          <UncertaintySection input={input} />
        </>
      )}
    </Page>
  );
}

/** The run's name often begins with its dataset's; what is whole is said in one number. */
function factsOf({ name, datasetName, total }: Run, { answers, withGold }: RunCounts): string {
  return [
    name.includes(datasetName) ? name : `${name} · ${datasetName}`,
    answers === total
      ? formatPlural(total, 'answer')
      : `${formatCount(answers)} of ${formatPlural(total, 'answer')}`,
    withGold === answers ? 'all with gold answer' : `${formatCount(withGold)} with gold answer`,
  ].join(' · ');
}

function Head({ runId }: { readonly runId: number }) {
  const { search, set } = useAnalysisSearch();
  const input = useAnalysisInput(runId);
  const run = useQuery(runQuery(runId));
  const counts = useQuery(runCountsQuery(runId));
  const columns = useQuery(analysisQuery({ runId })).data?.columns;
  const systems = columns?.find(({ name }) => name === 'system')?.groups ?? [];
  const error = run.error ?? counts.error;
  return (
    <PageHead
      title="Analysis"
      facts={
        run.data === undefined || counts.data === undefined
          ? error === null
            ? null
            : 'This run cannot be read.'
          : factsOf(run.data, counts.data)
      }
      actions={
        <>
          {systems.length < 2 ? null : (
            <Select
              aria-label="Answers of"
              placeholder="Every model"
              data={systems.map(({ value, answers }) => ({
                value,
                label: `${value} (${formatCount(answers)})`,
              }))}
              value={search.system ?? null}
              onChange={(system) => set({ system: system ?? undefined })}
              clearable
              w={160}
            />
          )}
          <RunSelect
            runId={runId}
            width={220}
            onChange={(next) =>
              set({
                run: next,
                system: undefined,
                judge: undefined,
                corrected: undefined,
                column: undefined,
                calibration: undefined,
                panel: undefined,
              })
            }
          />
          <AnalysisActions input={input} />
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/answers" search={{ run: runId }} {...props} />}
          >
            Answers
          </Button>
        </>
      }
    >
      <AnalysisTabs run={runId} />
    </PageHead>
  );
}
