import type { JudgeAccuracy, RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import { IntervalBar } from '../../components/ScoreTable.tsx';
import { WideTable } from '../../components/WideTable.tsx';
import { formatCount, formatDecimal, formatPercent } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import classes from './Analysis.module.css';

/** Accuracy by every judge with its denominators, of the answers that the page is about; what was not scored, and why. */
export function AccuracyTable({ analysis }: { readonly analysis: RunAnalysis }) {
  const names = judgeNames(analysis.judges.map(({ judge }) => judge));
  return (
    <WideTable className={classes['table']} label="Accuracy with its denominators">
      <thead>
        <tr>
          <th scope="col">Judged by</th>
          <th scope="col">Accuracy</th>
          <th scope="col" className={classes['text']}>
            95 % interval
          </th>
          <th scope="col" title="Bootstrap that draws whole questions">
            By question
          </th>
          <th scope="col">Correct of scored</th>
          <th scope="col" className={classes['text']}>
            Not scored
          </th>
          <th scope="col" title="Mean of P(correct) over the verdicts that have one">
            Mean P
          </th>
          <th
            scope="col"
            title="Mean probability of all labels together: little means the judge did not answer with one"
          >
            Label mass
          </th>
        </tr>
      </thead>
      <tbody>
        {analysis.judges.map((entry) => (
          <Row key={entry.judge.key} entry={entry} name={names.get(entry.judge.key) ?? entry.judge.name} />
        ))}
      </tbody>
    </WideTable>
  );
}

function Row({ entry, name }: { readonly entry: JudgeAccuracy; readonly name: string }) {
  const { accuracy, missing, bootstrap, meanPCorrect, meanLabelMass } = entry;
  const { accuracy: estimate, accuracyOfJudged: ofJudged, counts, scored } = accuracy;
  const left = (
    [
      [counts.not_attempted, 'not attempted'],
      [counts.unparsed, 'unparsed'],
      [counts.error, 'failed'],
      [counts.skipped, 'skipped'],
      [missing, 'not judged'],
    ] as const
  ).flatMap(([count, word]) => (count > 0 ? [`${formatCount(count)} ${word}`] : []));
  return (
    <tr>
      <th scope="row" title={entry.judge.name}>
        {name}
      </th>
      <td>{formatPercent(estimate?.value ?? null)}</td>
      <td className={classes['text']}>
        {estimate === null ? (
          <span className="az-dim">nothing scored</span>
        ) : (
          <IntervalBar label={name} value={estimate.value} low={estimate.low} high={estimate.high} />
        )}
      </td>
      <td>
        {bootstrap === null
          ? '–'
          : `${(bootstrap.low * 100).toFixed(1)} – ${(bootstrap.high * 100).toFixed(1)}`}
      </td>
      <td>
        {formatCount(counts.correct)} of {formatCount(scored)}
        {counts.not_attempted === 0 ? null : (
          <span className="az-dim"> · {formatPercent(ofJudged?.value ?? null)} with those not attempted</span>
        )}
      </td>
      <td className={classes['text']}>{left.length === 0 ? 'none' : left.join(', ')}</td>
      <td>{formatDecimal(meanPCorrect, 2)}</td>
      <td>{formatDecimal(meanLabelMass, 2)}</td>
    </tr>
  );
}
