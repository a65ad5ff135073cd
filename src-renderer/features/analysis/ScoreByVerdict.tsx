import { Select } from '@mantine/core';
import * as Plot from '@observablehq/plot';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type {
  ScoreHistogram,
  UncertaintyDetail,
} from '../../../src-main/domain/analysis/uncertainty-view.ts';
import { Figure } from '../../charts/Figure.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatDecimal } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { uncertaintyDetailQuery, uncertaintyQuery } from '../../queries/analysis.ts';
import classes from './Analysis.module.css';

const route = getRouteApi('/analysis');

const FIRST_SCORE = 'nll-mean';

/** How uncertain the model was on what a judge calls correct and incorrect; AUROC says how well the two are told apart. */
export function ScoreByVerdict({ runId }: { readonly runId: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const view = useQuery(uncertaintyQuery({ runId }));
  const scores = view.data?.scores.filter(({ answers }) => answers > 0) ?? [];
  const judges = view.data?.judges ?? [];
  const score = scores.find(({ key }) => key === (search.score ?? FIRST_SCORE)) ?? scores[0] ?? null;
  const judge = judges.find(({ key }) => key === search.judge) ?? judges[0] ?? null;
  const set = (part: { judge?: string; score?: string }): void =>
    void navigate({ search: (before) => compact({ ...before, run: runId, ...part }), replace: true });
  const title = 'Uncertainty by verdict';
  if (view.isError) {
    return (
      <Section title={title}>
        <ErrorNote
          error={view.error}
          what="The uncertainty could not be worked out."
          onRetry={() => void view.refetch()}
        />
      </Section>
    );
  }
  if (view.data === undefined) return null;
  if (score === null || judge === null) {
    return (
      <Section title={title}>
        <p className="az-dim">
          {view.data.note ??
            'These answers have no log-probabilities: only answers that were generated here, or came with theirs, do.'}
        </p>
      </Section>
    );
  }
  return (
    <Section title={title} note={score.description}>
      <div className={classes['choose']}>
        <Select
          label="Score"
          data={scores.map(({ key, name }) => ({ value: key, label: name }))}
          value={score.key}
          onChange={(key) => {
            if (key !== null) set({ score: key });
          }}
          allowDeselect={false}
          w={300}
        />
        <Select
          label="Judge"
          data={judges.map(({ key, name }) => ({ value: key, label: name }))}
          value={judge.key}
          onChange={(key) => {
            if (key !== null) set({ judge: key });
          }}
          allowDeselect={false}
          w={340}
        />
      </div>
      <Detail runId={runId} judge={judge.key} score={score.key} />
    </Section>
  );
}

interface DetailProps {
  readonly runId: number;
  readonly judge: string;
  readonly score: string;
}

function Detail({ runId, judge, score }: DetailProps) {
  const detail = useQuery(uncertaintyDetailQuery({ runId, judge, score }));
  if (detail.isError) {
    return (
      <ErrorNote
        error={detail.error}
        what="This score could not be set against this judge."
        onRetry={() => void detail.refetch()}
      />
    );
  }
  if (detail.data === undefined) return <p className="az-dim">Counting…</p>;
  return (
    <>
      <Numbers detail={detail.data} />
      <Histogram detail={detail.data} />
    </>
  );
}

function Numbers({ detail }: { readonly detail: UncertaintyDetail }) {
  const { cell, histogram } = detail;
  const unscored = histogram.unscored.reduce((sum, count) => sum + count, 0);
  const interval =
    cell.interval === null
      ? ''
      : ` [${formatDecimal(cell.interval.low, 2)}, ${formatDecimal(cell.interval.high, 2)}]`;
  return (
    <p>
      <strong>AUROC {formatDecimal(cell.auroc, 2)}</strong>
      {interval} of finding the {formatCount(Math.round(cell.incorrect))} incorrect among{' '}
      {formatCount(cell.rows)} scored answers
      {unscored > 0 ? `; ${formatCount(unscored)} not scored, drawn grey` : ''}.
      {cell.auroc === null ? ' All are of one class, so there is nothing to tell apart.' : ''}
    </p>
  );
}

const GROUPS = ['correct', 'incorrect', 'not scored'] as const;

function barsOf({ edges, correct, incorrect, unscored }: ScoreHistogram) {
  const counts = { correct, incorrect, 'not scored': unscored };
  return GROUPS.flatMap((verdict) =>
    counts[verdict].map((count, bin) => ({
      verdict,
      count,
      from: edges[bin] ?? 0,
      to: edges[bin + 1] ?? 0,
    })),
  ).filter(({ count }) => count > 0);
}

function Histogram({ detail }: { readonly detail: UncertaintyDetail }) {
  const { histogram, score, judge } = detail;
  const options = useMemo((): Plot.PlotOptions => {
    const bars = barsOf(histogram);
    const groups = GROUPS.filter((verdict) => bars.some((bar) => bar.verdict === verdict));
    return {
      marginLeft: 56,
      marginRight: 84,
      x: { label: `${score.name} (${score.unit}) →`, grid: true },
      y: { label: 'answers', grid: true, ticks: 4 },
      fy: { label: null, domain: groups },
      color: {
        domain: [...GROUPS],
        range: ['var(--az-yes)', 'var(--az-no)', 'var(--az-mem-used)'],
      },
      marks: [
        Plot.rectY(bars, {
          x1: 'from',
          x2: 'to',
          y: 'count',
          fy: 'verdict',
          fill: 'verdict',
          inset: 0.5,
          title: ({ verdict, count, from, to }: (typeof bars)[number]) =>
            `${verdict}: ${formatCount(count)} answers from ${formatDecimal(from, 2)} to ${formatDecimal(to, 2)}`,
        }),
        Plot.ruleY([0]),
      ],
    };
  }, [histogram, score]);
  return <Figure label={`${score.name} by the verdict of ${judge.name}`} height={300} options={options} />;
}
