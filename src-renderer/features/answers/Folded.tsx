import { CopyButton } from '../../components/CopyButton.tsx';
import { formatPlural } from '../../lib/format.ts';
import classes from './AnswerPane.module.css';

/** A long text that opens: a context, a prompt, a judge's raw words. */
export function Folded({
  title,
  text,
  copyLabel,
  open = false,
}: {
  readonly title: string;
  readonly text: string;
  readonly copyLabel: string;
  readonly open?: boolean;
}) {
  return (
    <details className={classes['folded']} open={open}>
      <summary>
        {title} <span className="az-dim">{formatPlural(text.length, 'character')}</span>
      </summary>
      <div className={classes['foldedText']}>
        <pre className={classes['pre']}>{text}</pre>
        <span className={classes['foldedCopy']}>
          <CopyButton value={text} label={copyLabel} />
        </span>
      </div>
    </details>
  );
}
