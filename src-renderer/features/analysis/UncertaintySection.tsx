import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import type { UncertaintyView } from '../../../src-main/domain/analysis/uncertainty-view.ts';
import { FigureGrid } from '../../charts/Figure.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatCount, formatDecimal } from '../../lib/format.ts';
import { judgeNames, type JudgeNames } from '../../lib/judge-names.ts';
import { tokensQuery, uncertaintyDetailQuery, uncertaintyQuery } from '../../queries/analysis.ts';
import { AskModel } from './AskModel.tsx';
import { CalibrationFigure, RejectionFigure, RocFigure } from './figures/CurveFigures.tsx';
import { HistogramFigure } from './figures/HistogramFigure.tsx';
import { LengthFigure } from './figures/LengthFigure.tsx';
import { MatrixFigure, type MatrixCell } from './figures/MatrixFigure.tsx';
import { PositionFigure, PrefixFigure } from './figures/TokenFigures.tsx';
import { useAnalysisSearch } from './use-analysis.ts';
import classes from './Analysis.module.css';

const FIRST_SCORE = 'nll-mean';
const TITLE = 'Uncertainty against the judges';

/** How well the model's own uncertainty goes with what each judge says; and one score against one judge in full. */
export function UncertaintySection({ input }: { readonly input: AnalysisInput }) {
  const { search, set } = useAnalysisSearch();
  const view = useQuery(uncertaintyQuery(input));
  if (view.isError) {
    return (
      <Section title={TITLE}>
        <ErrorNote
          error={view.error}
          what="The uncertainty could not be worked out."
          onRetry={() => void view.refetch()}
        />
      </Section>
    );
  }
  if (view.data === undefined) return <Counting />;
  const scores = view.data.scores.filter(({ answers }) => answers > 0);
  const { judges } = view.data;
  const names = judgeNames(judges);
  const score = scores.find(({ key }) => key === (search.score ?? FIRST_SCORE)) ?? scores[0] ?? null;
  const judge = judges.find(({ key }) => key === search.judge) ?? judges[0] ?? null;
  if (score === null || judge === null) {
    return (
      <Section title={TITLE}>
        <p className="az-dim">
          {view.data.note ??
            'These answers have no log-probabilities: only answers that were generated here, or came with theirs, do.'}
        </p>
      </Section>
    );
  }
  return (
    <Section title={TITLE} note={view.data.note ?? undefined}>
      <AurocMatrix view={view.data} names={names} />
      <AskModel runId={input.runId} view={view.data} />
      <div className={classes['choose']}>
        <Select
          label="Score"
          data={scores.map(({ key, name }) => ({ value: key, label: name }))}
          value={score.key}
          onChange={(key) => set({ score: key ?? undefined })}
          allowDeselect={false}
          w={300}
        />
        <Select
          label="Judge"
          data={judges.map(({ key, name }) => ({ value: key, label: names.get(key) ?? name }))}
          value={judge.key}
          onChange={(key) => set({ judge: key ?? undefined })}
          allowDeselect={false}
          w={340}
        />
      </div>
      <p className={classes['describe']}>{score.description}</p>
      <Detail input={input} judge={judge.key} score={score.key} name={names.get(judge.key) ?? judge.name} />
    </Section>
  );
}

function Counting() {
  return (
    <Section title={TITLE}>
      <p className="az-dim">Counting…</p>
    </Section>
  );
}

function AurocMatrix({ view, names }: { readonly view: UncertaintyView; readonly names: JudgeNames }) {
  const { rows, columns, cells, known } = useMemo(() => {
    const scoreNames = new Map(view.scores.map(({ key, name }) => [key, name]));
    const found = view.cells.map((cell) => ({
      ...cell,
      judgeName: names.get(cell.judge) ?? cell.judge,
      scoreName: scoreNames.get(cell.score) ?? cell.score,
    }));
    return {
      known: found,
      rows: view.scores.filter(({ answers }) => answers > 0).map(({ name }) => name),
      columns: view.judges.map(({ key }) => names.get(key) ?? key),
      cells: found.map(
        ({ judgeName, scoreName, auroc, interval, rows: n, incorrect, aurac, prr }): MatrixCell => ({
          row: scoreName,
          column: judgeName,
          strength: Math.max(0, 2 * (auroc ?? 0.5) - 1),
          text: auroc === null ? '–' : formatDecimal(auroc, 2),
          detail: `${scoreName} against ${judgeName}: AUROC ${formatDecimal(auroc)}${interval === null ? '' : ` [${formatDecimal(interval.low)}, ${formatDecimal(interval.high)}]`}, AURAC ${formatDecimal(aurac)}, PRR ${formatDecimal(prr)}; ${formatCount(Math.round(incorrect))} incorrect of ${formatCount(n)}`,
        }),
      ),
    };
  }, [view, names]);
  const best = known.toSorted((a, b) => (b.auroc ?? 0) - (a.auroc ?? 0))[0];
  const most =
    best === undefined || best.auroc === null
      ? ''
      : ` Highest: ${best.scoreName} against ${best.judgeName}, ${formatDecimal(best.auroc, 3)}.`;
  return (
    <MatrixFigure
      wide
      title="AUROC of every score against every judge"
      summary={`How well a score finds the answers that a judge calls incorrect: 1 always, 0.5 is chance.${most}`}
      rows={rows}
      columns={columns}
      cells={cells}
      data={{
        columns: [
          'score',
          'judge',
          'rows',
          'incorrect',
          'auroc',
          'low',
          'high',
          'aurac',
          'prr',
          'ece',
          'brier',
        ],
        rows: known.map((cell) => [
          cell.scoreName,
          cell.judgeName,
          cell.rows,
          cell.incorrect,
          cell.auroc,
          cell.interval?.low ?? null,
          cell.interval?.high ?? null,
          cell.aurac,
          cell.prr,
          cell.ece,
          cell.brier,
        ]),
      }}
    />
  );
}

interface DetailProps {
  readonly input: AnalysisInput;
  readonly judge: string;
  readonly score: string;
  readonly name: string;
}

function Detail({ input, judge, score, name }: DetailProps) {
  const detail = useQuery(uncertaintyDetailQuery({ ...input, judge, score }));
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
    <FigureGrid>
      <RocFigure detail={detail.data} judge={name} />
      <RejectionFigure detail={detail.data} judge={name} />
      <HistogramFigure detail={detail.data} judge={name} />
      <CalibrationFigure detail={detail.data} judge={name} />
      {score === 'length' ? null : <LengthFigure detail={detail.data} judge={name} />}
      <Tokens input={input} judge={judge} name={name} />
    </FigureGrid>
  );
}

/** "marginal" is no judge that has verdicts; its tokens are those of no one. */
const MARGINAL = 'marginal';

function Tokens({ input, judge, name }: Omit<DetailProps, 'score'>) {
  const tokens = useQuery({ ...tokensQuery({ ...input, judge }), enabled: judge !== MARGINAL });
  if (judge === MARGINAL) return null;
  if (tokens.isError) {
    return (
      <ErrorNote
        error={tokens.error}
        what="The tokens could not be read."
        onRetry={() => void tokens.refetch()}
      />
    );
  }
  if (tokens.data === undefined || tokens.data.answers === 0) return null;
  return (
    <>
      <PositionFigure tokens={tokens.data} judge={name} />
      <PrefixFigure tokens={tokens.data} judge={name} />
    </>
  );
}
