import type { AnswerListItem } from '../../../src-main/domain/answer.ts';
import type { JudgeInfo } from '../../../src-main/domain/run.ts';
import { StateMark } from '../../components/StateMark.tsx';
import type { DataColumn } from '../../components/data-table/columns.ts';
import { formatCount, formatDecimal } from '../../lib/format.ts';
import { judgeLabels } from '../../lib/judges.ts';
import { finishWord } from './finish.ts';
import { judgeColumn } from './filter.ts';
import classes from './Answers.module.css';

type Column = DataColumn<AnswerListItem>;

const mark = (right: boolean | null) =>
  right === null ? <span className="az-dim">–</span> : <StateMark state={right ? 'correct' : 'incorrect'} />;

const goldText = ({ gold }: AnswerListItem): string =>
  gold.length < 2 ? (gold[0] ?? '–') : `${gold[0]}  +${gold.length - 1}`;

function AnswerCell({ row }: { readonly row: AnswerListItem }) {
  if (row.failure !== null && row.answer === null)
    return (
      <span className={classes['failure']} title={row.failure}>
        ! {row.failure}
      </span>
    );
  if (row.answer === null) return <span className="az-dim">· waiting</span>;
  if (row.answer.trim() === '') return <span className="az-dim">(empty answer)</span>;
  return <span title={row.answer}>{row.answer}</span>;
}

const TEXTS: readonly Column[] = [
  {
    id: 'position',
    header: '#',
    help: 'Place in the run, from 1',
    size: 70,
    align: 'end',
    hideable: false,
    sortable: true,
    cell: ({ position }) => formatCount(position + 1),
  },
  {
    id: 'question',
    header: 'Question',
    size: 320,
    minSize: 170,
    grow: 3,
    wrap: true,
    cell: ({ question }) => <span title={question}>{question}</span>,
  },
  {
    id: 'gold',
    header: 'Gold',
    help: 'Gold answers; all of them on hover',
    size: 130,
    minSize: 76,
    drop: 1,
    grow: 1,
    wrap: true,
    cell: (row) => <span title={row.gold.join('\n')}>{goldText(row)}</span>,
  },
  {
    id: 'answer',
    header: 'Answer',
    size: 280,
    minSize: 190,
    grow: 2,
    wrap: true,
    hideable: false,
    cell: (row) => <AnswerCell row={row} />,
  },
];

const NUMBERS: readonly Column[] = [
  {
    id: 'em',
    header: 'EM',
    help: 'Exact match with a gold answer, after normalising',
    size: 42,
    align: 'center',
    drop: 4,
    cell: ({ exactMatch }) => mark(exactMatch),
  },
  {
    id: 'contains',
    header: 'Has',
    help: 'The answer contains a gold answer',
    size: 46,
    align: 'center',
    drop: 7,
    hidden: true,
    cell: ({ contains }) => mark(contains),
  },
  {
    id: 'f1',
    header: 'F1',
    help: 'Token F1 with the best gold answer, 0 to 1',
    size: 56,
    align: 'end',
    drop: 5,
    sortable: true,
    cell: ({ f1 }) => formatDecimal(f1, 2),
  },
  {
    id: 'nll',
    header: 'NLL',
    help: 'Mean negative log-likelihood a token, nats: higher is less sure',
    size: 62,
    align: 'end',
    drop: 3,
    sortable: true,
    cell: ({ nllMean }) => formatDecimal(nllMean, 2),
  },
  {
    id: 'nllSum',
    header: 'ΣNLL',
    help: 'Sum of the negative log-likelihoods (G-NLL when greedy), nats',
    size: 66,
    align: 'end',
    drop: 8,
    hidden: true,
    sortable: true,
    cell: ({ nllSum }) => formatDecimal(nllSum, 1),
  },
  {
    id: 'tokens',
    header: 'Tokens',
    help: 'Tokens of the answer, reasoning included',
    size: 68,
    align: 'end',
    drop: 6,
    sortable: true,
    cell: ({ tokens }) => formatCount(tokens),
  },
  {
    id: 'finish',
    header: 'End',
    help: 'Why the answer ended',
    size: 66,
    drop: 7,
    cell: ({ finishReason }) => <Finish reason={finishReason} />,
  },
];

function Finish({ reason }: { readonly reason: string | null }) {
  const word = finishWord(reason);
  return (
    <span className={classes['finish']} data-doubtful={word.doubtful} title={word.sentence}>
      {word.word}
    </span>
  );
}

function VerdictCell({ row, judgeId }: { readonly row: AnswerListItem; readonly judgeId: number }) {
  const cell = row.verdicts.find((verdict) => verdict.judgeId === judgeId);
  if (cell === undefined) return <StateMark state={row.answer === null ? 'waiting' : 'missing'} />;
  const detail = [
    cell.pCorrect === null ? null : `P(correct) ${formatDecimal(cell.pCorrect, 2)}`,
    cell.labelMass === null ? null : `label mass ${formatDecimal(cell.labelMass, 2)}`,
  ].filter((part) => part !== null);
  return (
    <StateMark
      state={cell.verdict}
      pCorrect={cell.pCorrect}
      {...(detail.length === 0 ? {} : { detail: detail.join(', ') })}
    />
  );
}

/** What only a model that answered here has: hidden at first where the answers came with a file. */
const OF_GENERATION: ReadonlySet<string> = new Set(['nll', 'tokens', 'finish']);

/** px of a mark and its bar, and of a head's letters and its room. */
const VERDICT_WIDTH = { least: 74, few: 128, many: 86, letter: 7.2, room: 24 };

/** As wide as its head, within bounds: many judges leave the texts their room. */
function verdictWidth(head: string, judges: number): number {
  const { least, few, many, letter, room } = VERDICT_WIDTH;
  return Math.max(least, Math.min(judges > 3 ? many : few, Math.round(head.length * letter + room)));
}

/** The table's columns: texts, one narrow column a judge, numbers; with several systems or samples, which of them. */
export function answerColumns(
  judges: readonly JudgeInfo[],
  options: { readonly systems: boolean; readonly samples: boolean; readonly measured: boolean },
): readonly Column[] {
  const labels = judgeLabels(judges);
  const verdicts = judges.map((judge): Column => {
    const label = labels.get(judge.id);
    return {
      id: judgeColumn(judge.id),
      header: label?.short ?? judge.name,
      help: `${label?.full ?? judge.name}: verdict and P(correct). Sorted by P(correct).`,
      size: verdictWidth(label?.short ?? judge.name, judges.length),
      sortable: true,
      cell: (row) => <VerdictCell row={row} judgeId={judge.id} />,
    };
  });
  const system: readonly Column[] = options.systems
    ? [{ id: 'system', header: 'System', size: 90, drop: 9, cell: ({ system }) => system ?? '–' }]
    : [];
  const sample: readonly Column[] = options.samples
    ? [
        {
          id: 'sample',
          header: 'Sample',
          help: 'Which of the samples of the question, from 1',
          size: 64,
          align: 'end',
          drop: 9,
          cell: ({ sampleIndex }) => formatCount(sampleIndex + 1),
        },
      ]
    : [];
  const numbers = options.measured
    ? NUMBERS
    : NUMBERS.map((column) => (OF_GENERATION.has(column.id) ? { ...column, hidden: true } : column));
  return [...TEXTS, ...system, ...sample, ...verdicts, ...numbers];
}
