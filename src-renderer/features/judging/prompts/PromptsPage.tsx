import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { JudgePromptFields } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import { ErrorNote } from '../../../components/ErrorNote.tsx';
import { Page, PageHead } from '../../../components/PageHead.tsx';
import { SettingsTabs } from '../../../components/SettingsTabs.tsx';
import { judgePromptQuery, judgePromptsQuery } from '../../../queries/judging.ts';
import { freeId, keepDraft, useDrafts } from './drafts.ts';
import { PromptEditor } from './PromptEditor.tsx';
import { PromptList } from './PromptList.tsx';
import classes from './Prompts.module.css';

const route = getRouteApi('/settings/prompts');

const FIRST = 'strict';

/** The prompts of judges: those that came with Assize to read, one's own to write, each tried on a real row. */
export function PromptsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const prompts = useQuery(judgePromptsQuery());
  const drafts = useDrafts();
  const { id = FIRST, ...at } = search;
  const open = (next: string): void => void navigate({ search: (before) => ({ ...before, id: next }) });
  const duplicate = (fields: JudgePromptFields): void => {
    const taken = new Set([...(prompts.data ?? []).map((prompt) => prompt.id), ...Object.keys(drafts)]);
    const copy = freeId(fields.id, taken);
    keepDraft(copy, { ...fields, id: copy, title: `${fields.title} (mine)` }, null);
    open(copy);
  };
  return (
    <Page
      flush
      head={
        <PageHead title="Settings" facts="what judges are asked; an edited prompt is another judge">
          <SettingsTabs />
        </PageHead>
      }
    >
      <div className={classes['root']}>
        <div className={classes['side']}>
          {prompts.isError ? (
            <ErrorNote
              error={prompts.error}
              what="The prompts could not be listed."
              onRetry={() => void prompts.refetch()}
            />
          ) : (
            <PromptList prompts={prompts.data ?? []} drafts={drafts} open={id} at={at} />
          )}
        </div>
        {prompts.data === undefined ? null : (
          <OpenPrompt
            key={id}
            id={id}
            isNew={drafts[id]?.base === null && !prompts.data.some((prompt) => prompt.id === id)}
            onOpen={open}
            onDuplicate={duplicate}
          />
        )}
      </div>
    </Page>
  );
}

interface OpenPromptProps {
  readonly id: string;
  /** Not saved yet: there is only the draft. */
  readonly isNew: boolean;
  readonly onOpen: (id: string) => void;
  readonly onDuplicate: (fields: JudgePromptFields) => void;
}

function OpenPrompt({ id, isNew, onOpen, onDuplicate }: OpenPromptProps) {
  const saved = useQuery({ ...judgePromptQuery(id), enabled: !isNew });
  if (saved.isError && !isNew) {
    return (
      <div className={classes['form']}>
        <ErrorNote
          error={saved.error}
          what="This prompt cannot be opened."
          onRetry={() => void saved.refetch()}
        />
      </div>
    );
  }
  if (saved.data === undefined && !isNew) return <div className={classes['form']}>Reading…</div>;
  return (
    <PromptEditor
      id={id}
      saved={isNew ? null : (saved.data ?? null)}
      onOpen={onOpen}
      onDuplicate={onDuplicate}
    />
  );
}
