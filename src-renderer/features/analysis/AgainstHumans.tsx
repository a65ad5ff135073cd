import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JudgeRef } from '../../../src-main/domain/analysis/options.ts';
import type { RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import type { Estimate } from '../../../src-main/domain/statistics/interval.ts';
import { Section } from '../../components/PageHead.tsx';
import { WideTable } from '../../components/WideTable.tsx';
import { formatCount, formatDecimal, formatPercent, formatPlural, formatSigned } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import { sideText } from './sides.ts';
import classes from './Analysis.module.css';

const bounded = (estimate: Estimate | null, text: (value: number) => string): string =>
  estimate === null ? '–' : `${text(estimate.value)} [${text(estimate.low)}, ${text(estimate.high)}]`;

const kappaText = (value: number): string => formatDecimal(value, 2);
const shareText = (value: number): string => formatPercent(value);

/** Every judge against the people who labelled: agreement beyond chance, and which way it errs. */
export function AgainstHumans({ analysis }: { readonly analysis: RunAnalysis }) {
  const { humans, againstHumans } = analysis;
  const names = judgeNames(analysis.judges.map(({ judge }) => judge));
  if (humans === null) {
    return (
      <Section title="Judges against people">
        <p className="az-dim">
          Nobody has labelled an answer of this run. With some fifty labels, drawn blind and at random, the
          judges can be compared with you here, and their accuracy corrected.
        </p>
      </Section>
    );
  }
  return (
    <Section
      title="Judges against people"
      actions={<Conflicts analysis={analysis} people={humans.people} conflicts={humans.conflicts} />}
      note={`${formatPlural(humans.labelled, 'answer')} labelled by ${humans.people.map(({ name }) => name).join(', ')}${humans.conflicts > 0 ? `; people differ on ${formatCount(humans.conflicts)}` : ''}${humans.sorted > 0 ? `; ${formatCount(humans.sorted)} from sorted queues, where judges err more often than on all answers` : ''}`}
    >
      <WideTable className={classes['table']} label="Judges against people">
        <thead>
          <tr>
            <th scope="col">Judge</th>
            <th scope="col">Answers scored by both</th>
            <th scope="col" title="Cohen’s kappa: agreement beyond chance">
              κ
            </th>
            <th scope="col">Agreement</th>
            <th scope="col" title="Of what people call correct, the share that the judge does too">
              Sensitivity
            </th>
            <th scope="col" title="Of what people call incorrect, the share that the judge does too">
              Specificity
            </th>
            <th
              scope="col"
              title="Called correct by people and by the judge, and called incorrect by people but correct by the judge"
            >
              Correct / wrongly correct
            </th>
            <th scope="col" title="Accuracy by the judge minus accuracy by people: positive is lenient">
              Bias, points
            </th>
          </tr>
        </thead>
        <tbody>
          {againstHumans.map(({ judge, quality, confusion }) => (
            <tr key={judge.key}>
              <th scope="row">{names.get(judge.key) ?? judge.name}</th>
              <td>{formatCount(quality.rows)}</td>
              <td>{bounded(quality.kappa, kappaText)}</td>
              <td>{bounded(quality.agreement, shareText)}</td>
              <td>{formatPercent(quality.sensitivity?.value ?? null)}</td>
              <td>{formatPercent(quality.specificity?.value ?? null)}</td>
              <td>
                {formatCount(confusion.truePositive)} / {formatCount(confusion.falsePositive)}
              </td>
              <td>{quality.bias === null ? '–' : formatSigned(quality.bias * 100)}</td>
            </tr>
          ))}
        </tbody>
      </WideTable>
    </Section>
  );
}

/** What people do not agree on, question by question: two of them set against each other. */
function Conflicts({
  analysis,
  people,
  conflicts,
}: {
  readonly analysis: RunAnalysis;
  readonly people: readonly JudgeRef[];
  readonly conflicts: number;
}) {
  const [first, second] = people;
  if (conflicts === 0 || first === undefined || second === undefined) return null;
  const { runId } = analysis.scope.options;
  const side = [first, second].map(({ key }) => sideText({ runId, judge: key, system: null }));
  return (
    <Button
      variant="default"
      renderRoot={(props) => <Link to="/analysis/compare" search={{ side }} {...props} />}
    >
      Where people differ
    </Button>
  );
}
