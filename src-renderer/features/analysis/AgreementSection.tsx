import { useMemo } from 'react';
import type { Agreement } from '../../../src-main/domain/analysis/run-analysis.ts';
import { formatCount, formatDecimal, formatPercent } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import { MatrixFigure, type MatrixCell } from './figures/MatrixFigure.tsx';

/** κ of every two judges; α of all that are no rules. */
export function AgreementSection({ agreement }: { readonly agreement: Agreement }) {
  const { rows, cells, names } = useMemo(() => cellsOf(agreement), [agreement]);
  if (agreement.pairs.length === 0) return null;
  const { alpha, alphaRows, alphaJudges } = agreement;
  const known = agreement.pairs.flatMap(({ first, second, kappa }) =>
    kappa === null ? [] : [{ first, second, value: kappa.value }],
  );
  const best = known.toSorted((a, b) => b.value - a.value)[0];
  const most =
    best === undefined
      ? ''
      : ` Most alike beyond chance: ${names.get(best.first)} and ${names.get(best.second)}, κ ${formatDecimal(best.value, 2)}.`;
  const all =
    alpha === null || alphaJudges.length < 2
      ? ''
      : ` Krippendorff’s α over ${formatCount(alphaJudges.length)} judges that are no rules, ${formatCount(alphaRows)} answers: ${formatDecimal(alpha, 2)}.`;
  return (
    <MatrixFigure
      title="Agreement of judges (κ)"
      summary={`Cohen’s κ on the answers that both scored: 1 is full agreement, 0 is what chance gives.${most}${all}`}
      rows={rows}
      columns={rows}
      cells={cells}
      data={{
        columns: [
          'first',
          'second',
          'rows',
          'kappa',
          'low',
          'high',
          'agreement',
          'scott_pi',
          'both_correct',
          'only_first',
          'only_second',
          'both_incorrect',
        ],
        rows: agreement.pairs.map((pair) => [
          names.get(pair.first) ?? pair.first,
          names.get(pair.second) ?? pair.second,
          pair.rows,
          pair.kappa?.value ?? null,
          pair.kappa?.low ?? null,
          pair.kappa?.high ?? null,
          pair.agreement?.value ?? null,
          pair.scottPi,
          pair.confusion.truePositive,
          pair.confusion.falsePositive,
          pair.confusion.falseNegative,
          pair.confusion.trueNegative,
        ]),
      }}
    />
  );
}

function cellsOf({ judges, pairs }: Agreement) {
  const names = judgeNames(judges);
  const name = (key: string): string => names.get(key) ?? key;
  const cells = pairs.flatMap(({ first, second, rows, kappa, agreement, confusion }): MatrixCell[] => {
    const text = kappa === null ? '–' : formatDecimal(kappa.value, 2);
    const bounds =
      kappa === null
        ? 'κ is undefined: both say one and the same of all'
        : `κ ${text} [${formatDecimal(kappa.low, 2)}, ${formatDecimal(kappa.high, 2)}]`;
    const detail = `${name(first)} and ${name(second)}: ${bounds}, agreement ${formatPercent(agreement?.value ?? null)}, ${formatCount(rows)} answers: both correct ${formatCount(confusion.truePositive)}, only the first ${formatCount(confusion.falsePositive)}, only the second ${formatCount(confusion.falseNegative)}, both incorrect ${formatCount(confusion.trueNegative)}`;
    const strength = Math.max(0, kappa?.value ?? 0);
    return [
      { row: name(first), column: name(second), strength, text, detail },
      { row: name(second), column: name(first), strength, text, detail },
    ];
  });
  return { rows: judges.map(({ key }) => name(key)), cells, names };
}
