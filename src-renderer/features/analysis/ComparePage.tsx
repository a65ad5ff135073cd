import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { RunSummary } from '../../../src-main/domain/run.ts';
import { AnalysisTabs } from '../../components/AnalysisTabs.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { RunsFailed } from '../../components/RunsFailed.tsx';
import { compareQuery } from '../../queries/analysis.ts';
import { runsQuery } from '../../queries/runs.ts';
import { ComparisonView } from './ComparisonView.tsx';
import { SideEditor } from './SideEditor.tsx';
import { compareInputOf, MOST_SIDES, parseSide, type Side, sideText } from './sides.ts';
import classes from './Compare.module.css';

const route = getRouteApi('/analysis/compare');

export const sideLetter = (index: number): string => String.fromCodePoint(65 + index);

/** The two newest runs of a kind on the same questions; one run by two of its judges where there is no second. */
function firstSides(runs: readonly RunSummary[]): Side[] {
  const answered = runs.filter(({ answered: there }) => there > 0);
  const [newest] = answered;
  if (newest === undefined) return [];
  const generated = ({ phases }: RunSummary): boolean => phases.some(({ role }) => role === 'generate');
  const other = answered.find(
    (run) =>
      run.id !== newest.id && run.datasetId === newest.datasetId && generated(run) === generated(newest),
  );
  return [
    { runId: newest.id, judge: null, system: null },
    other === undefined
      ? { runId: newest.id, judge: 'lexical:contains', system: null }
      : { runId: other.id, judge: null, system: null },
  ];
}

/** Runs, models of a run, or judges of a run, on the same questions. */
export function ComparePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useQuery(runsQuery());
  const given = (search.side ?? []).flatMap((text) => parseSide(text) ?? []);
  const sides = given.length >= 2 ? given.slice(0, MOST_SIDES) : firstSides(runs.data ?? []);
  const set = (next: readonly Side[]): void =>
    void navigate({ search: { side: next.map((side) => sideText(side)) }, replace: true });
  const head = (
    <PageHead title="Compare" facts="runs, models or judges, on the questions that both sides scored">
      <AnalysisTabs run={sides[0]?.runId ?? null} />
    </PageHead>
  );
  if (sides.length < 2) {
    return (
      <Page head={head}>
        <RunsFailed />
        {runs.data === undefined ? null : (
          <EmptyState
            title="Nothing to compare yet"
            actions={<Button renderRoot={(props) => <Link to="/runs/new" {...props} />}>New run</Button>}
          >
            <p>
              Two runs, or two judges of one run, are set against each other here on the questions that both
              scored.
            </p>
          </EmptyState>
        )}
      </Page>
    );
  }
  return (
    <Page head={head}>
      <Section title="Sides">
        {sides.map((side, index) => (
          <SideEditor
            // Sides have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            letter={sideLetter(index)}
            side={side}
            onChange={(next) => set(sides.with(index, next))}
            onRemove={sides.length > 2 ? () => set(sides.filter((_, at) => at !== index)) : null}
          />
        ))}
        <div className={classes['side']}>
          <Button
            variant="default"
            disabled={sides.length >= MOST_SIDES}
            onClick={() => set([...sides, sides.at(-1) ?? { runId: 1, judge: null, system: null }])}
          >
            Add a side
          </Button>
          <Button variant="subtle" color="gray" onClick={() => set(sides.toReversed())}>
            Swap
          </Button>
        </div>
      </Section>
      <Compared sides={sides} />
    </Page>
  );
}

function Compared({ sides }: { readonly sides: readonly Side[] }) {
  const comparison = useQuery(compareQuery(compareInputOf(sides)));
  if (comparison.isError) {
    return (
      <ErrorNote
        error={comparison.error}
        what="These could not be compared."
        onRetry={() => void comparison.refetch()}
      />
    );
  }
  if (comparison.data === undefined) return <p className="az-dim">Counting…</p>;
  return <ComparisonView comparison={comparison.data} />;
}
