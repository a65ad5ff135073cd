import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type { RunAnalysis } from '../../../../src-main/domain/analysis/run-analysis.ts';
import { Figure } from '../../../charts/Figure.tsx';
import { formatCount, formatPercent } from '../../../lib/format.ts';
import { judgeNames, labelRoom, shortenAll } from '../../../lib/judge-names.ts';

interface Bar {
  readonly judge: string;
  readonly kind: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
  readonly correct: number;
  readonly scored: number;
}

const ROW_PX = 30;

function barsOf({ judges, corrected }: RunAnalysis): { raw: Bar[]; corrected: Bar[] } {
  const names = judgeNames(judges.map(({ judge }) => judge));
  const interval = (low: number, high: number): string => `[${formatPercent(low)}, ${formatPercent(high)}]`;
  const raw = judges.flatMap(({ judge, accuracy: { accuracy, counts, scored } }): Bar[] => {
    if (accuracy === null) return [];
    const name = names.get(judge.key) ?? judge.name;
    const text = `${name}: ${formatPercent(accuracy.value)} ${interval(accuracy.low, accuracy.high)}, ${formatCount(counts.correct)} of ${formatCount(scored)} scored`;
    return [{ judge: name, kind: judge.kind, ...accuracy, text, correct: counts.correct, scored }];
  });
  const fixed = corrected.flatMap(({ judge, corrected: result }): Bar[] => {
    if (result === null) return [];
    const name = names.get(judge.key) ?? judge.name;
    const { estimate, labels, rows } = result;
    const text = `${name}, corrected by ${formatCount(labels)} labels: ${formatPercent(estimate.value)} ${interval(estimate.low, estimate.high)}`;
    return [{ judge: name, kind: judge.kind, ...estimate, text, correct: labels, scored: rows }];
  });
  return { raw, corrected: fixed };
}

function summaryOf({ raw, corrected }: ReturnType<typeof barsOf>): string {
  const sorted = raw.toSorted((a, b) => a.value - b.value);
  const [lowest] = sorted;
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return 'No judge has scored an answer yet.';
  if (lowest === highest) return `${lowest.text}.`;
  const spread = `From ${formatPercent(lowest.value)} (${lowest.judge}) to ${formatPercent(highest.value)} (${highest.judge}) over ${raw.length} judges.`;
  if (corrected.length === 0)
    return `${spread} Bars are 95 % intervals (Wilson). No number is corrected yet: that takes labels drawn blind and at random.`;
  return `${spread} Bars are 95 % intervals. Diamonds are the same numbers corrected by labels drawn blind and at random: ${corrected.map(({ judge, value }) => `${judge} ${formatPercent(value)}`).join(', ')}.`;
}

/** Accuracy by judge with Wilson's intervals, and under each the number corrected by labels where there is one. */
export function AccuracyFigure({ analysis }: { readonly analysis: RunAnalysis }) {
  const { bars, options } = useMemo(() => {
    const found = barsOf(analysis);
    return { bars: found, options: optionsOf(found) };
  }, [analysis]);
  return (
    <Figure
      title="Accuracy by judge"
      summary={summaryOf(bars)}
      height={bars.raw.length * ROW_PX + 52}
      options={options}
      data={{
        columns: ['judge', 'kind', 'number', 'value', 'low', 'high', 'correct_or_labels', 'scored_or_rows'],
        rows: [
          ...bars.raw.map((bar) => ({ ...bar, number: 'raw' })),
          ...bars.corrected.map((bar) => ({ ...bar, number: 'corrected' })),
        ].map(({ judge, kind, number, value, low, high, correct, scored }) => [
          judge,
          kind,
          number,
          value,
          low,
          high,
          correct,
          scored,
        ]),
      }}
    />
  );
}

function optionsOf({ raw, corrected }: ReturnType<typeof barsOf>): Plot.PlotOptions {
  const people = raw.find(({ kind }) => kind === 'human');
  const offset = corrected.length > 0 ? 6 : 0;
  const short = shortenAll(raw.map(({ judge }) => judge));
  return {
    marginLeft: labelRoom(raw.map(({ judge }) => judge)),
    marginRight: 24,
    marginBottom: 42,
    x: {
      domain: [0, 1],
      label: 'accuracy',
      labelArrow: 'none',
      labelAnchor: 'center',
      tickFormat: (share: number) => formatPercent(share, 0),
      grid: true,
    },
    y: {
      domain: raw.map(({ judge }) => judge),
      label: null,
      tickFormat: (name: string) => short.get(name) ?? name,
      tickSize: 0,
      padding: 0.2,
    },
    marks: [
      ...(people === undefined
        ? []
        : [Plot.ruleX([people.value], { stroke: 'var(--az-yes)', strokeDasharray: '3,3' })]),
      Plot.ruleY(raw, {
        y: 'judge',
        x1: 'low',
        x2: 'high',
        stroke: ({ kind }: Bar) => (kind === 'human' ? 'var(--az-yes)' : 'var(--az-accent)'),
        strokeWidth: 5,
        strokeOpacity: 0.35,
        dy: -offset,
      }),
      Plot.dot(raw, {
        y: 'judge',
        x: 'value',
        r: 4,
        fill: ({ kind }: Bar) => (kind === 'human' ? 'var(--az-yes)' : 'var(--az-accent)'),
        dy: -offset,
        title: 'text',
        tip: true,
      }),
      Plot.ruleY(corrected, {
        y: 'judge',
        x1: 'low',
        x2: 'high',
        stroke: 'var(--az-text)',
        strokeWidth: 1.5,
        dy: offset,
      }),
      Plot.dot(corrected, {
        y: 'judge',
        x: 'value',
        r: 4,
        symbol: 'diamond',
        fill: 'var(--az-text)',
        dy: offset,
        title: 'text',
        tip: true,
      }),
    ],
  };
}
