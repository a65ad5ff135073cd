import { UnstyledButton } from '@mantine/core';
import type { CardEntry, ReportCard } from '../../../src-main/domain/analysis/report-card.ts';
import type { Estimate } from '../../../src-main/domain/statistics/interval.ts';
import { Section } from '../../components/PageHead.tsx';
import { WideTable } from '../../components/WideTable.tsx';
import { formatCount, formatDecimal, formatPercent, formatSigned } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import classes from './Analysis.module.css';

const share = (estimate: Estimate | null): string => formatPercent(estimate?.value ?? null);

export const pointsOf = (bias: number | null): string => (bias === null ? '–' : formatSigned(bias * 100));

interface Column {
  readonly name: string;
  readonly what: string;
  readonly text: (entry: CardEntry) => string;
}

const COLUMNS: readonly Column[] = [
  {
    name: 'Answers',
    what: 'Scored by people and by the judge',
    text: ({ quality }) => formatCount(quality.rows),
  },
  {
    name: 'κ',
    what: 'Cohen’s kappa with its 95 % interval: agreement beyond chance',
    text: ({ quality: { kappa } }) =>
      kappa === null
        ? '–'
        : `${formatDecimal(kappa.value, 2)} [${formatDecimal(kappa.low, 2)}, ${formatDecimal(kappa.high, 2)}]`,
  },
  { name: 'Agreement', what: 'Share of the same verdicts', text: ({ quality }) => share(quality.agreement) },
  {
    name: 'Sensitivity',
    what: 'Of what people call correct, the share that the judge does too',
    text: ({ quality }) => share(quality.sensitivity),
  },
  {
    name: 'Specificity',
    what: 'Of what people call incorrect, the share that the judge does too',
    text: ({ quality }) => share(quality.specificity),
  },
  {
    name: 'Bias, points',
    what: 'Accuracy by the judge minus accuracy by people: positive is lenient',
    text: ({ quality }) => pointsOf(quality.bias),
  },
  {
    name: 'Says correct',
    what: 'Of all verdicts',
    text: ({ positive, accuracy }) =>
      positive === null ? '–' : `${share(positive)} of ${formatCount(accuracy.scored)}`,
  },
  { name: 'Unparsed', what: 'Replies that were no verdict', text: ({ unparsed }) => share(unparsed) },
  {
    name: 'Flips',
    what: 'Verdicts that change when the labels change places',
    text: ({ swap }) => share(swap?.rate ?? null),
  },
  {
    name: 'Length slope',
    what: 'Change of (judge − people) per hundred tokens or characters: positive is lenient with long answers',
    text: ({ lengthSlope }) => formatDecimal(lengthSlope?.value ?? null, 3),
  },
  {
    name: 's/answer',
    what: 'Seconds per answer, loading not counted',
    text: ({ secondsPerItem }) => formatDecimal(secondsPerItem, 3),
  },
];

interface CardTableProps {
  readonly card: ReportCard;
  readonly selected: string | null;
  readonly onSelect: (judge: string) => void;
}

/** One line a judge. */
export function CardTable({ card, selected, onSelect }: CardTableProps) {
  const names = judgeNames(card.entries.map(({ judge }) => judge));
  return (
    <Section title="Judges">
      <WideTable className={classes['table']} label="Judges against people">
        <thead>
          <tr>
            <th scope="col">Judge</th>
            {COLUMNS.map(({ name, what }) => (
              <th key={name} scope="col" title={what}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {card.entries.map((entry) => (
            <tr key={entry.judge.key} data-selected={entry.judge.key === selected}>
              <th scope="row">
                <UnstyledButton
                  className={classes['pick'] ?? ''}
                  aria-pressed={entry.judge.key === selected}
                  onClick={() => onSelect(entry.judge.key)}
                >
                  {names.get(entry.judge.key) ?? entry.judge.name}
                </UnstyledButton>
                {entry.setup === null ? null : (
                  <div className="az-dim">
                    {[entry.setup.quantization, entry.setup.device]
                      .filter((part) => part !== null)
                      .join(', ')}
                  </div>
                )}
              </th>
              {COLUMNS.map(({ name, text }) => (
                <td key={name}>{text(entry)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </WideTable>
    </Section>
  );
}
