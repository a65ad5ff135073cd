import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type {
  ComparedSide,
  Comparison,
  FlippedAnswer,
} from '../../../src-main/domain/analysis/comparison.ts';
import { Section } from '../../components/PageHead.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { WideTable } from '../../components/WideTable.tsx';
import { formatCount } from '../../lib/format.ts';
import classes from './Compare.module.css';

type Which = 'all' | 'first' | 'second';

/** The questions on which the first two sides differ; each answer opens where it is in full. */
export function FlippedTable({ comparison }: { readonly comparison: Comparison }) {
  const [which, setWhich] = useState<Which>('all');
  const { flipped, flippedTotal, sides } = comparison;
  const [first, second] = sides;
  if (first === undefined || second === undefined || flippedTotal === 0) return null;
  const shown = flipped.filter((item) => which === 'all' || item.first.correct === (which === 'first'));
  return (
    <Section
      title="Questions that flipped between A and B"
      note={
        flipped.length < flippedTotal
          ? `the first ${formatCount(flipped.length)} of ${formatCount(flippedTotal)}, in run order`
          : `${formatCount(flippedTotal)}, in run order`
      }
      actions={
        <SegmentedControl
          aria-label="Which"
          value={which}
          onChange={(value) => setWhich(value === 'first' || value === 'second' ? value : 'all')}
          data={[
            { value: 'all', label: 'All' },
            { value: 'first', label: 'Only A correct' },
            { value: 'second', label: 'Only B correct' },
          ]}
        />
      }
    >
      <WideTable className={classes['flipped']} label="Questions that flipped between A and B">
        <thead>
          <tr>
            <th scope="col">Question</th>
            <th scope="col">Gold</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((item) => (
            <tr key={`${item.first.position}-${item.second.position}`}>
              <th scope="row">{item.question}</th>
              <td>
                <span className={classes['gold']} title={item.gold.join(' · ')}>
                  {item.gold.join(' · ')}
                </span>
              </td>
              <Said side={first} answer={item.first} />
              <Said side={second} answer={item.second} />
            </tr>
          ))}
        </tbody>
      </WideTable>
    </Section>
  );
}

function Said({ side, answer }: { readonly side: ComparedSide; readonly answer: FlippedAnswer }) {
  return (
    <td>
      <span className={classes['said']}>
        <StateMark state={answer.correct ? 'correct' : 'incorrect'} pCorrect={answer.pCorrect} />
        <Link to="/answers" search={{ run: side.runId, row: answer.position + 1 }} title={answer.answer}>
          {answer.answer.trim() === '' ? '(empty)' : answer.answer}
        </Link>
      </span>
    </td>
  );
}
