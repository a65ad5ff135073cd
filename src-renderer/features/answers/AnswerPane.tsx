import { ActionIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import type { CombinedAnswer } from '../../../src-main/domain/analysis/combined.ts';
import type { AnswerDetail } from '../../../src-main/domain/answer.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Pane, PaneSection } from '../../components/Pane.tsx';
import { formatCount, formatDecimal, formatPlural } from '../../lib/format.ts';
import { answerQuery } from '../../queries/answers.ts';
import { combinedAnswerQuery } from '../../queries/judging.ts';
import { runQuery } from '../../queries/runs.ts';
import { AnswerRecord } from './AnswerRecord.tsx';
import { Folded } from './Folded.tsx';
import { Judgments } from './Judgments.tsx';
import { LabelForm } from './LabelForm.tsx';
import { TokenText } from './TokenText.tsx';
import { finishWord } from './finish.ts';
import classes from './AnswerPane.module.css';

export interface AnswerPaneProps {
  readonly runId: number;
  readonly position: number;
  readonly live: boolean;
  readonly onClose: () => void;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
}

/** One answer in full. All texts of datasets and models are text and nothing else. */
export function AnswerPane({ runId, position, live, onClose, onPrevious, onNext }: AnswerPaneProps) {
  const detail = useQuery({
    ...answerQuery(runId, position),
    placeholderData: (before) => before,
    refetchInterval: live ? 2000 : false,
  });
  const together = useQuery(runQuery(runId)).data?.experiment.panel !== undefined;
  const combined = useQuery({
    ...combinedAnswerQuery(runId, position),
    enabled: together,
    refetchInterval: live ? 5000 : false,
  });
  const actions = (
    <>
      <ActionIcon onClick={onPrevious} aria-label="Previous answer">
        <ChevronUp size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon onClick={onNext} aria-label="Next answer">
        <ChevronDown size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon onClick={onClose} aria-label="Close the answer">
        <X size={15} aria-hidden />
      </ActionIcon>
    </>
  );
  return (
    <Pane title={`Answer ${formatCount(position + 1)}`} actions={actions}>
      {detail.isError ? (
        <ErrorNote
          error={detail.error}
          what="The answer could not be read."
          onRetry={() => void detail.refetch()}
        />
      ) : null}
      {detail.data === undefined ? null : <Detail detail={detail.data} combined={combined.data ?? null} />}
    </Pane>
  );
}

function Detail({
  detail,
  combined,
}: {
  readonly detail: AnswerDetail;
  readonly combined: CombinedAnswer | null;
}) {
  const { question, context, choices } = detail;
  return (
    <>
      <PaneSection title="Question" actions={<CopyButton value={question} label="Copy the question" />}>
        <p className={classes['text']}>{question}</p>
        {choices === null ? null : (
          <ol className={classes['choices']}>
            {choices.map((choice) => (
              <li key={choice}>{choice}</li>
            ))}
          </ol>
        )}
        {context === null ? null : <Folded title="Context" text={context} copyLabel="Copy the context" />}
      </PaneSection>
      <PaneSection title={detail.gold.length > 1 ? 'Gold answers, any of' : 'Gold answer'}>
        {detail.gold.length === 0 ? (
          <p className="az-dim">None: a judge has nothing to compare with.</p>
        ) : (
          <ul className={classes['gold']}>
            {detail.gold.map((gold) => (
              <li key={gold}>{gold}</li>
            ))}
          </ul>
        )}
      </PaneSection>
      <Answer detail={detail} />
      <Judgments judgments={detail.judgments} combined={combined} />
      {detail.answerId === null ? null : (
        <LabelForm key={detail.answerId} answerId={detail.answerId} judgments={detail.judgments} />
      )}
      <AnswerRecord detail={detail} />
    </>
  );
}

function Answer({ detail }: { readonly detail: AnswerDetail }) {
  const { answer, failure } = detail;
  if (answer === null) {
    return (
      <PaneSection title="Answer">
        {failure === null ? (
          <p className="az-dim">Waiting to be answered.</p>
        ) : (
          <Note tone="error">{failure}</Note>
        )}
      </PaneSection>
    );
  }
  return (
    <PaneSection
      title="Answer"
      note={detail.system === null ? undefined : `by ${detail.system}`}
      actions={<CopyButton value={answer} label="Copy the answer" />}
    >
      <TokenText detail={detail} />
      <p className={classes['numbers']}>{numbersOf(detail).join(' · ')}</p>
    </PaneSection>
  );
}

/** What is known of an answer in numbers, in one line. */
function numbersOf(detail: AnswerDetail): string[] {
  const { nllMean, nllSum, tokens, f1, exactMatch, contains, finishReason } = detail;
  return [
    nllMean === null ? null : `NLL ${formatDecimal(nllMean, 3)} a token, ${formatDecimal(nllSum, 2)} in all`,
    tokens === null ? null : formatPlural(tokens, 'token'),
    f1 === null ? null : `F1 ${formatDecimal(f1, 2)}`,
    exactMatch === null ? null : exactMatch ? 'exact match' : 'no exact match',
    contains === null ? null : contains ? 'contains gold' : 'gold not contained',
    finishReason === null ? null : finishWord(finishReason).sentence,
  ].filter((part) => part !== null);
}
