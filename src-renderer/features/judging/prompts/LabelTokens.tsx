import type { RenderedJudgePrompt } from '../../../../src-main/domain/prompts/judge-render.ts';
import { Note } from '../../../components/ErrorNote.tsx';
import { PaneSection } from '../../../components/Pane.tsx';
import { readLabels } from './preview.ts';
import classes from './Prompts.module.css';

interface LabelTokensProps {
  readonly rendered: RenderedJudgePrompt;
  /** Null while they are not known. */
  readonly tokens: readonly number[] | null;
  readonly model: string | null;
}

/** What is looked for in the judge's reply. A verdict is read from each label's first token, so these have to differ. */
export function LabelTokens({ rendered, tokens, model }: LabelTokensProps) {
  const labels = readLabels(rendered, tokens);
  const clash = labels.find((label) => label.clash.length > 0);
  return (
    <>
      {clash === undefined || model === null ? null : (
        <Note tone="warning">
          Under {model} the labels{' '}
          {[clash.text, ...clash.clash].map((text) => `“${text.trim()}”`).join(' and ')} begin with the same
          token and cannot be told apart. It would be offered A, B, C … instead, as another judge: choose
          words that begin differently, or letters.
        </Note>
      )}
      <PaneSection title="Labels it may write">
        <ul className={classes['tokens']}>
          {labels.map(({ text, token, variant, clash: others }) => (
            <li key={text} data-variant={variant || undefined} data-clash={others.length > 0 || undefined}>
              <code>{text.trim()}</code>
              {token === null ? null : <span className={classes['token']}>token {token}</span>}
            </li>
          ))}
        </ul>
      </PaneSection>
    </>
  );
}
