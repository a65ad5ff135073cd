import type { CombinedAnswer } from '../../../src-main/domain/analysis/combined.ts';
import type { Judgment } from '../../../src-main/domain/answer.ts';
import { PaneSection } from '../../components/Pane.tsx';
import { Note } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatDateTime, formatDecimal, formatMs } from '../../lib/format.ts';
import { judgeLabels } from '../../lib/judges.ts';
import { Folded } from './Folded.tsx';
import classes from './AnswerPane.module.css';

/** Every judge's verdicts in the order of the table's columns, the latest of each first, what went before folded under it: nothing is overwritten. */
export function Judgments({
  judgments,
  combined,
}: {
  readonly judgments: readonly Judgment[];
  /** What the judges say together, where the run's experiment puts them so. */
  readonly combined: CombinedAnswer | null;
}) {
  const labels = judgeLabels(judgments.map(({ judge }) => judge));
  const byJudge = new Map<number, Judgment[]>();
  for (const judgment of judgments.toSorted((a, b) => b.at - a.at || b.id - a.id)) {
    const list = byJudge.get(judgment.judge.id);
    if (list === undefined) byJudge.set(judgment.judge.id, [judgment]);
    else list.push(judgment);
  }
  return (
    <PaneSection title="Verdicts">
      {combined === null ? null : <Together combined={combined} />}
      {byJudge.size === 0 ? <p className="az-dim">Not judged yet.</p> : null}
      {[...byJudge.entries()]
        .toSorted(([a], [b]) => a - b)
        .map(([, [latest, ...earlier]]) =>
          latest === undefined ? null : (
            <div key={latest.judge.id} className={classes['judgment']}>
              <JudgmentBody judgment={latest} name={labels.get(latest.judge.id)?.full ?? latest.judge.name} />
              {earlier.length === 0 ? null : <Earlier judgments={earlier} />}
            </div>
          ),
        )}
    </PaneSection>
  );
}

const PANELS: Readonly<Record<CombinedAnswer['kind'], string>> = {
  majority: 'Majority of the judges',
  weighted: 'Weighted verdict of the judges',
  cascade: 'Cascade of the judges',
};

function Together({ combined }: { readonly combined: CombinedAnswer }) {
  const { kind, verdict, pCorrect, asked, agreeing } = combined;
  return (
    <div className={classes['judgment']}>
      <div className={classes['judgmentHead']}>
        <StateMark state={verdict} withWord />
        <span className={classes['judgeName']}>{PANELS[kind]}</span>
      </div>
      <p className={classes['numbers']}>
        {[
          verdict === 'unparsed' ? 'no majority' : `${agreeing} of ${asked} that were asked say so`,
          pCorrect === null ? null : `share for correct ${formatDecimal(pCorrect, 2)}`,
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </p>
    </div>
  );
}

function JudgmentBody({ judgment, name }: { readonly judgment: Judgment; readonly name: string }) {
  const { pCorrect, labelMass, raw, reason, note, renderedPrompt, error, durationMs } = judgment;
  const numbers = [
    pCorrect === null ? null : `P(correct) ${formatDecimal(pCorrect, 3)}`,
    labelMass === null ? null : `label mass ${formatDecimal(labelMass, 3)}`,
    judgment.repeat > 0 ? `repeat ${judgment.repeat}` : null,
    durationMs === null ? null : formatMs(durationMs),
    formatDateTime(judgment.at),
  ].filter((part) => part !== null);
  return (
    <>
      <div className={classes['judgmentHead']}>
        <StateMark state={judgment.verdict} withWord pCorrect={pCorrect} />
        <span className={classes['judgeName']}>{name}</span>
      </div>
      <p className={classes['numbers']}>{numbers.join(' · ')}</p>
      {labelMass !== null && labelMass < 0.5 ? (
        <p className={classes['doubt']}>
          The judge wanted to say something else than one of its labels: this verdict is weak.
        </p>
      ) : null}
      {error === null ? null : <Note tone="error">{error}</Note>}
      {reason === null || reason === '' ? null : <p className={classes['text']}>{reason}</p>}
      {note === null || note === '' ? null : <p className={classes['text']}>Note: {note}</p>}
      {raw === null || raw === '' ? null : (
        <Folded title="What the judge wrote" text={raw} copyLabel="Copy the judge’s words" />
      )}
      {renderedPrompt === null ? null : (
        <Folded title="Prompt of the judge" text={renderedPrompt} copyLabel="Copy the judge’s prompt" />
      )}
    </>
  );
}

function Earlier({ judgments }: { readonly judgments: readonly Judgment[] }) {
  return (
    <details className={classes['folded']}>
      <summary>
        Earlier <span className="az-dim">{judgments.length}</span>
      </summary>
      <ul className={classes['earlier']}>
        {judgments.map((judgment) => (
          <li key={judgment.id}>
            <StateMark state={judgment.verdict} withWord />
            <span className="az-dim">
              {[
                judgment.pCorrect === null ? null : `P ${formatDecimal(judgment.pCorrect, 2)}`,
                judgment.repeat > 0 ? `repeat ${judgment.repeat}` : null,
                formatDateTime(judgment.at),
                judgment.note,
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
