import * as Plot from '@observablehq/plot';
import { useMemo } from 'react';
import type {
  CardEntry,
  JudgeCalibration,
  JudgeSetup,
  ReportCard,
} from '../../../src-main/domain/analysis/report-card.ts';
import { Figure, FigureGrid } from '../../charts/Figure.tsx';
import { Facts, type Fact } from '../../components/Facts.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatDecimal, formatPercent, formatRate, shortHash } from '../../lib/format.ts';
import { judgeNames, labelRoom, shorten } from '../../lib/judge-names.ts';
import { pointsOf } from './CardTable.tsx';
import classes from './Analysis.module.css';
import { diagonal, SHARE_AXIS } from './figures/axes.ts';

/** One judge in full: how it was run, its confusion, by model, its calibration, the swap of its labels. */
export function CardEntryView({ card, entry }: { readonly card: ReportCard; readonly entry: CardEntry }) {
  const name = judgeNames(card.entries.map(({ judge }) => judge)).get(entry.judge.key) ?? entry.judge.name;
  return (
    <Section title={name}>
      <div className={classes['pair']}>
        <Confusion entry={entry} />
        <Facts facts={factsOf(entry, card.lengthUnit)} />
        {entry.setup === null ? null : <Facts facts={setupFacts(entry.setup)} />}
      </div>
      <FigureGrid>
        {entry.bySystem.length < 2 ? null : <BySystem entry={entry} name={name} />}
        {entry.calibration === null ? null : <Calibration calibration={entry.calibration} name={name} />}
      </FigureGrid>
    </Section>
  );
}

function Confusion({ entry: { confusion } }: { readonly entry: CardEntry }) {
  const { truePositive, falsePositive, falseNegative, trueNegative } = confusion;
  return (
    <table className={`${classes['table']} ${classes['small']}`} aria-label="Confusion with people">
      <thead>
        <tr>
          <th scope="col">Judge</th>
          <th scope="col">People: correct</th>
          <th scope="col">People: incorrect</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">correct</th>
          <td>{formatCount(truePositive)}</td>
          <td>{formatCount(falsePositive)}</td>
        </tr>
        <tr>
          <th scope="row">incorrect</th>
          <td>{formatCount(falseNegative)}</td>
          <td>{formatCount(trueNegative)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function factsOf(entry: CardEntry, unit: string): Fact[] {
  const { accuracy, missing, meanLabelMass, swap, lengthSlope, promptTokensPerSecond } = entry;
  const facts: (Fact | null)[] = [
    {
      name: 'Scored',
      value: `${formatCount(accuracy.scored)} of ${formatCount(accuracy.total)}${missing > 0 ? `, ${formatCount(missing)} not judged` : ''}`,
    },
    meanLabelMass === null ? null : { name: 'Label mass, mean', value: formatDecimal(meanLabelMass, 2) },
    swap === null
      ? null
      : {
          name: 'Labels swapped',
          value: `${formatCount(swap.flipped)} of ${formatCount(swap.rows)} verdicts flipped (${formatPercent(swap.rate?.value ?? null)}); mean of both orders: κ ${formatDecimal(swap.averaged.kappa?.value ?? null, 2)}, bias ${pointsOf(swap.averaged.bias)} points`,
        },
    lengthSlope === null
      ? null
      : {
          name: 'Length slope',
          value: `${formatDecimal(lengthSlope.value)} [${formatDecimal(lengthSlope.low)}, ${formatDecimal(lengthSlope.high)}] per hundred ${unit}`,
        },
    promptTokensPerSecond === null ? null : { name: 'Reads', value: formatRate(promptTokensPerSecond) },
  ];
  return facts.filter((fact) => fact !== null);
}

function setupFacts(setup: JudgeSetup): Fact[] {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Judged in', setup.madeIn === null ? null : `run ${setup.madeIn}`],
    ['Model', setup.model],
    ['SHA-256', setup.modelSha256 === null ? null : shortHash(setup.modelSha256)],
    ['Quantization', setup.quantization],
    ['Prompt', setup.prompt],
    ['Labels', setup.labelOrder],
    ['Mode', setup.mode],
    ['Device', setup.device],
    [
      'Context per sequence',
      setup.contextPerSequence === null ? null : formatCount(setup.contextPerSequence),
    ],
    ['Sequences', setup.sequences === null ? null : formatCount(setup.sequences)],
    ['llama.cpp', setup.llamaCpp],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

function BySystem({ entry, name }: { readonly entry: CardEntry; readonly name: string }) {
  const rows = useMemo(
    () =>
      entry.bySystem.flatMap(({ system, rows: count, quality: { kappa, bias } }) =>
        kappa === null ? [] : [{ system, count, bias, ...kappa }],
      ),
    [entry],
  );
  const options = useMemo(
    (): Plot.PlotOptions => ({
      marginLeft: labelRoom(rows.map(({ system }) => system)),
      marginRight: 24,
      marginBottom: 42,
      x: {
        domain: [Math.min(0, ...rows.map(({ low }) => low)), 1],
        label: 'κ with people',
        labelArrow: 'none',
        labelAnchor: 'center',
        grid: true,
      },
      y: {
        domain: rows.map(({ system }) => system),
        label: null,
        tickSize: 0,
        tickFormat: (text: string) => shorten(text),
      },
      marks: [
        Plot.ruleX([0]),
        Plot.ruleY(rows, {
          y: 'system',
          x1: 'low',
          x2: 'high',
          stroke: 'var(--az-accent)',
          strokeWidth: 5,
          strokeOpacity: 0.35,
        }),
        Plot.dot(rows, {
          y: 'system',
          x: 'value',
          r: 4,
          fill: 'var(--az-accent)',
          title: (row: (typeof rows)[number]) =>
            `${row.system}: κ ${formatDecimal(row.value, 2)}, bias ${pointsOf(row.bias)} points, ${formatCount(row.count)} answers`,
          tip: true,
        }),
      ],
    }),
    [rows],
  );
  const biases = rows.map(({ system, bias }) => `${system} ${pointsOf(bias)}`).join(', ');
  return (
    <Figure
      title={`κ with people, by model that answered: ${name}`}
      summary={`A judge that is lenient with one model only distorts every comparison with it. Bias in points: ${biases}.`}
      height={rows.length * 28 + 52}
      options={options}
      data={{
        columns: ['system', 'rows', 'kappa', 'low', 'high', 'bias'],
        rows: rows.map(({ system, count, value, low, high, bias }) => [
          system,
          count,
          value,
          low,
          high,
          bias,
        ]),
      }}
    />
  );
}

function Calibration({
  calibration,
  name,
}: {
  readonly calibration: JudgeCalibration;
  readonly name: string;
}) {
  const { bins, ece, brier, rows } = calibration;
  const options = useMemo(
    (): Plot.PlotOptions => ({
      marginLeft: 56,
      marginRight: 24,
      marginBottom: 42,
      marginTop: 22,
      x: { ...SHARE_AXIS, label: 'P(correct) by the judge' },
      y: { ...SHARE_AXIS, label: 'correct by people' },
      r: { range: [2.5, 11], domain: [0, Math.max(1, ...bins.map(({ count }) => count))] },
      marks: [
        diagonal(),
        Plot.line(bins, { x: 'confidence', y: 'accuracy', stroke: 'var(--az-accent)', strokeOpacity: 0.5 }),
        Plot.dot(bins, {
          x: 'confidence',
          y: 'accuracy',
          r: 'count',
          fill: 'var(--az-accent)',
          title: (bin: (typeof bins)[number]) =>
            `${formatCount(bin.count)} answers, mean P ${formatDecimal(bin.confidence, 2)}, ${formatPercent(bin.accuracy)} correct by people`,
          tip: true,
        }),
      ],
    }),
    [bins],
  );
  return (
    <Figure
      title={`Calibration of the judge’s P(correct): ${name}`}
      summary={`ECE ${formatDecimal(ece, 3)}, Brier ${formatDecimal(brier, 3)} over ${formatCount(rows)} answers. On the dashed line the judge’s P(correct) is right that often.`}
      height={270}
      options={options}
      data={{
        columns: ['from', 'to', 'count', 'confidence', 'accuracy'],
        rows: bins.map(({ from, to, count, confidence, accuracy }) => [
          from,
          to,
          count,
          confidence,
          accuracy,
        ]),
      }}
    />
  );
}
