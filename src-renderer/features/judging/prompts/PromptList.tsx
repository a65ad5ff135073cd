import { Link } from '@tanstack/react-router';
import type { JudgePromptInfo } from '../../../../src-main/domain/app.ts';
import type { PromptDraft } from './drafts.ts';
import classes from './Prompts.module.css';

interface PromptListProps {
  readonly prompts: readonly JudgePromptInfo[];
  readonly drafts: Readonly<Record<string, PromptDraft>>;
  readonly open: string;
  readonly at: Row;
}

interface Row {
  readonly dataset?: number;
  readonly row?: number;
}

interface Item {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly doubt: string | null;
}

/** One's own prompts, what is not saved yet among them, and those that came. */
export function PromptList({ prompts, drafts, open, at }: PromptListProps) {
  const item = ({ id, name, version, problem, builtIn }: JudgePromptInfo): Item => ({
    id,
    name,
    note: builtIn ? '' : problem === null ? `version ${version}` : 'cannot be read',
    doubt: problem !== null ? '!' : drafts[id] === undefined ? null : 'unsaved',
  });
  const unsaved = Object.entries(drafts)
    .filter(([id]) => !prompts.some((prompt) => prompt.id === id))
    .map(([id, { fields }]): Item => ({ id, name: fields.title || id, note: 'new', doubt: 'unsaved' }));
  const own = [...prompts.filter(({ builtIn }) => !builtIn).map(item), ...unsaved];
  return (
    <nav aria-label="Judge prompts" className={classes['list']}>
      <Group title="Yours" items={own} open={open} at={at} />
      {own.length === 0 ? (
        <p className={classes['hint']}>None yet. Open one that came with Assize and duplicate it.</p>
      ) : null}
      <Group
        title="From Assize"
        items={prompts.filter(({ builtIn }) => builtIn).map(item)}
        open={open}
        at={at}
      />
    </nav>
  );
}

/** The row that a prompt is tried on stays while prompts are looked through. */
function Group({
  title,
  items,
  open,
  at,
}: {
  readonly at: Row;
  readonly title: string;
  readonly items: readonly Item[];
  readonly open: string;
}) {
  return (
    <>
      <h2 className={classes['group']}>{title}</h2>
      {items.map(({ id, name, note, doubt }) => (
        <Link
          key={id}
          to="/settings/prompts"
          search={{ ...at, id }}
          className={classes['item']}
          data-active={id === open ? true : undefined}
          aria-current={id === open ? 'true' : undefined}
        >
          <span className={classes['itemName']}>{name}</span>
          <span className={classes['itemNote']}>
            {[id, note].filter((part) => part !== '').join(' · ')}
            {doubt === null ? null : <em className={classes['doubt']}>{doubt}</em>}
          </span>
        </Link>
      ))}
    </>
  );
}
