import type { Comparison, PairComparison } from '../../../src-main/domain/analysis/comparison.ts';
import { Note } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { IntervalBar } from '../../components/ScoreTable.tsx';
import { WideTable } from '../../components/WideTable.tsx';
import { formatCount, formatDecimal, formatPercent, formatPlural, formatSigned } from '../../lib/format.ts';
import { DifferenceFigure, pairName, pointsText } from './figures/DifferenceFigure.tsx';
import { FlippedTable } from './FlippedTable.tsx';
import classes from './Compare.module.css';

/** Sides, pairs with their tests, what to bear in mind, and the questions that flipped. */
export function ComparisonView({ comparison }: { readonly comparison: Comparison }) {
  const { sides, pairs, notes } = comparison;
  return (
    <>
      <Section title="Each by itself">
        <WideTable className={classes['table']} label="Each side by itself">
          <thead>
            <tr>
              <th scope="col">Side</th>
              <th scope="col" className={classes['end']}>
                Accuracy
              </th>
              <th scope="col">95 % interval</th>
              <th scope="col" className={classes['end']}>
                Scored of answers
              </th>
            </tr>
          </thead>
          <tbody>
            {sides.map(({ label, accuracy, scored, answers }, index) => (
              // Two sides may be the same; their place is all that tells them apart.
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={index}>
                <th scope="row">
                  <span className={classes['letter']}>{String.fromCodePoint(65 + index)}</span> {label}
                </th>
                <td className={classes['end']}>{formatPercent(accuracy?.value ?? null)}</td>
                <td>
                  {accuracy === null ? null : (
                    <IntervalBar
                      label={label}
                      value={accuracy.value}
                      low={accuracy.low}
                      high={accuracy.high}
                    />
                  )}
                </td>
                <td className={classes['end']}>
                  {formatCount(scored)} of {formatCount(answers)}
                </td>
              </tr>
            ))}
          </tbody>
        </WideTable>
      </Section>
      <Section title="Against each other" note="on the questions that both scored; p by McNemar’s exact test">
        <DifferenceFigure comparison={comparison} />
        <PairTable pairs={pairs} />
        {notes.map((note) => (
          <Note key={note} tone="info">
            {note}
          </Note>
        ))}
      </Section>
      <FlippedTable comparison={comparison} />
    </>
  );
}

const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : formatDecimal(p, 4));

const signed = (share: number): string => formatSigned(share * 100);

const byQuestion = ({ bootstrap }: PairComparison): string =>
  bootstrap === null ? '–' : `[${signed(bootstrap.low)}, ${signed(bootstrap.high)}]`;

function PairTable({ pairs }: { readonly pairs: readonly PairComparison[] }) {
  const several = pairs.length > 1;
  return (
    <WideTable className={classes['table']} label="Pairs of sides">
      <thead>
        <tr>
          <th scope="col">Pair</th>
          <th scope="col" className={classes['end']}>
            Difference, points
          </th>
          <th
            scope="col"
            className={classes['end']}
            title="Interval of the difference by a bootstrap that draws whole questions"
          >
            By question
          </th>
          <th scope="col" className={classes['end']}>
            Pairs
          </th>
          <th
            scope="col"
            className={classes['end']}
            title="Correct on the first side only, on the second only"
          >
            Only first / only second
          </th>
          <th scope="col" className={classes['end']}>
            p
          </th>
          {several ? (
            <th scope="col" className={classes['end']} title="Holm’s adjustment over all pairs here">
              p, Holm
            </th>
          ) : null}
          <th
            scope="col"
            className={classes['end']}
            title="The smallest true difference that so many pairs show in four of five times"
          >
            Smallest visible
          </th>
          <th
            scope="col"
            className={classes['end']}
            title="Pairs that would show a difference as large as this one in four of five times"
          >
            Pairs for this one
          </th>
        </tr>
      </thead>
      <tbody>
        {pairs.map((pair) => (
          <tr key={`${pair.first}-${pair.second}`}>
            <th scope="row">{pairName(pair)}</th>
            <td className={classes['end']}>{pointsText(pair)}</td>
            <td className={classes['end']}>{byQuestion(pair)}</td>
            <td className={classes['end']}>
              {formatCount(pair.pairs)}
              {pair.questions < pair.pairs ? (
                <span className="az-dim"> of {formatPlural(pair.questions, 'question')}</span>
              ) : null}
              {pair.unscored > 0 ? (
                <span className="az-dim"> ({formatCount(pair.unscored)} left out)</span>
              ) : null}
            </td>
            <td className={classes['end']}>
              {formatCount(pair.counts.onlyFirst)} / {formatCount(pair.counts.onlySecond)}
            </td>
            <td className={classes['end']}>{pText(pair.mcnemar.pExact)}</td>
            {several ? <td className={classes['end']}>{pText(pair.pHolm)}</td> : null}
            <td className={classes['end']}>
              {pair.smallestDetectable === null
                ? '–'
                : `${formatDecimal(pair.smallestDetectable * 100, 1)} points`}
            </td>
            <td className={classes['end']}>{formatCount(pair.pairsForObserved)}</td>
          </tr>
        ))}
      </tbody>
    </WideTable>
  );
}
