import type { AnswerDetail } from '../../../src-main/domain/answer.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts, type Fact } from '../../components/Facts.tsx';
import { PaneSection } from '../../components/Pane.tsx';
import { formatCount, formatDateTime, formatDecimal, formatMs } from '../../lib/format.ts';
import { Folded } from './Folded.tsx';

/** How the answer was made: prompt, timings, ids, and the columns of the file that were not mapped. */
export function AnswerRecord({ detail }: { readonly detail: AnswerDetail }) {
  return (
    <PaneSection title="Record">
      {detail.renderedPrompt === null ? null : (
        <Folded title="Prompt as the model saw it" text={detail.renderedPrompt} copyLabel="Copy the prompt" />
      )}
      <Facts facts={[...timing(detail), ...identity(detail), ...metadata(detail)]} />
    </PaneSection>
  );
}

function timing(detail: AnswerDetail): Fact[] {
  const { promptTokens, tokens, reasoningTokens, durationMs, at } = detail;
  const written = [
    tokens === null ? null : `${formatCount(tokens)} written`,
    reasoningTokens === null || reasoningTokens === 0
      ? null
      : `${formatCount(reasoningTokens)} of them reasoning`,
    promptTokens === null ? null : `${formatCount(promptTokens)} in the prompt`,
  ].filter((part) => part !== null);
  return [
    ...(written.length === 0 ? [] : [{ name: 'Tokens', value: written.join(', ') }]),
    ...(detail.eogLogprob === null
      ? []
      : [{ name: 'NLL of the end', value: formatDecimal(-detail.eogLogprob, 3) }]),
    ...(durationMs === null ? [] : [{ name: 'Took', value: formatMs(durationMs) }]),
    ...(at === null ? [] : [{ name: 'Made', value: formatDateTime(at) }]),
    ...(detail.seed === null ? [] : [{ name: 'Seed', value: String(detail.seed) }]),
    ...(detail.sampleIndex > 0 ? [{ name: 'Sample', value: formatCount(detail.sampleIndex + 1) }] : []),
  ];
}

function identity(detail: AnswerDetail): Fact[] {
  const hash = (name: string, value: string | null): Fact[] =>
    value === null ? [] : [{ name, value: <Hash value={value} what={name} /> }];
  return [
    ...(detail.answerId === null ? [] : [{ name: 'Answer id', value: String(detail.answerId) }]),
    ...(detail.externalId === null ? [] : [{ name: 'Id in the file', value: detail.externalId }]),
    ...hash('Question SHA-256', detail.rowSha256),
    ...hash('Prompt SHA-256', detail.promptSha256),
    ...hash('Model SHA-256', detail.modelSha256),
    ...hash('Decoding SHA-256', detail.decodingSha256),
  ];
}

function Hash({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <>
      <code>{value.slice(0, 16)}…</code> <CopyButton value={value} label={`Copy ${what}`} />
    </>
  );
}

const metadata = (detail: AnswerDetail): Fact[] =>
  Object.entries(detail.metadata).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
