import { useMemo } from 'react';
import type { AnswerDetail } from '../../../src-main/domain/answer.ts';
import { formatCount, formatDecimal } from '../../lib/format.ts';
import { Folded } from './Folded.tsx';
import classes from './AnswerPane.module.css';

interface Token {
  readonly key: number;
  readonly text: string;
  /** Nats; 0 is sure. */
  readonly nll: number;
  readonly id: number | null;
}

/** Steps of the scale, nats: P of the token above 90 %, 60 %, 30 %, 10 %, 2 %, and below. */
const STEPS = [0.1, 0.5, 1.2, 2.3, 3.9] as const;

const levelOf = (nll: number): number => {
  const level = STEPS.findIndex((step) => nll < step);
  return level < 0 ? STEPS.length : level;
};

function tokensOf(detail: AnswerDetail): { reasoning: readonly Token[]; answer: readonly Token[] } | null {
  const { tokenTexts, logprobs, tokenIds } = detail;
  if (tokenTexts === null || logprobs === null || tokenTexts.length === 0) return null;
  const tokens = tokenTexts.map((text, index) => ({
    key: index,
    text,
    nll: Math.max(0, -(logprobs[index] ?? 0)),
    id: tokenIds?.[index] ?? null,
  }));
  const cut = detail.reasoningTokens ?? 0;
  return { reasoning: tokens.slice(0, cut), answer: tokens.slice(cut) };
}

/** The answer with its tokens coloured by how unlikely they were; plain where they were not kept. */
export function TokenText({ detail }: { readonly detail: AnswerDetail }) {
  const tokens = useMemo(() => tokensOf(detail), [detail]);
  const { reasoning } = detail;
  return (
    <>
      {reasoning === null || reasoning === '' ? null : (
        <Folded title="Reasoning" text={reasoning} copyLabel="Copy the reasoning" />
      )}
      {tokens === null ? (
        <p className={classes['answer']}>{detail.answer === '' ? '(empty answer)' : detail.answer}</p>
      ) : (
        <>
          <p className={classes['answer']}>
            {tokens.answer.map((token) => (
              <span
                key={token.key}
                className={classes['token']}
                data-level={levelOf(token.nll)}
                title={tokenTitle(token)}
              >
                {token.text}
              </span>
            ))}
          </p>
          <Legend />
          <TokenTable tokens={tokens.answer} />
        </>
      )}
    </>
  );
}

const tokenTitle = ({ text, nll, id }: Token): string =>
  `${JSON.stringify(text)}\nNLL ${formatDecimal(nll, 3)}, P ${formatDecimal(Math.exp(-nll), 3)}${id === null ? '' : `, id ${id}`}`;

function Legend() {
  return (
    <p className={classes['legend']}>
      P of each token:
      {['> 90 %', '> 60 %', '> 30 %', '> 10 %', '> 2 %', 'less'].map((word, level) => (
        <span key={word} className={classes['token']} data-level={level}>
          {word}
        </span>
      ))}
    </p>
  );
}

/** The same numbers for those who cannot hover. */
function TokenTable({ tokens }: { readonly tokens: readonly Token[] }) {
  return (
    <details className={classes['folded']}>
      <summary>
        Tokens <span className="az-dim">{formatCount(tokens.length)}</span>
      </summary>
      <div className={classes['tokenTable']}>
        <table>
          <thead>
            <tr>
              <th scope="col">Token</th>
              <th scope="col">NLL</th>
              <th scope="col">P</th>
              <th scope="col">Id</th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((token) => (
              <tr key={token.key}>
                <td>
                  <code>{JSON.stringify(token.text)}</code>
                </td>
                <td>{formatDecimal(token.nll, 3)}</td>
                <td>{formatDecimal(Math.exp(-token.nll), 3)}</td>
                <td>{token.id ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
