import { Button, Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { JudgePromptDetail } from '../../../../src-main/domain/app.ts';
import {
  type JudgePromptFields,
  parseJudgePrompt,
} from '../../../../src-main/domain/prompts/judge-prompt.ts';
import { useCommands } from '../../../components/commands.ts';
import { ErrorNote, Note } from '../../../components/ErrorNote.tsx';
import { SplitPane } from '../../../components/SplitPane.tsx';
import { formatDateTime, shortHash } from '../../../lib/format.ts';
import { removePromptMutation, savePromptMutation } from '../../../queries/judging.ts';
import { dropDraft, fieldsOf, keepDraft, sameFields, useDrafts } from './drafts.ts';
import { PromptForm, withFieldNames } from './PromptForm.tsx';
import { PromptPreview } from './PromptPreview.tsx';
import { Versions } from './Versions.tsx';
import classes from './Prompts.module.css';

interface PromptEditorProps {
  /** The id in the address. */
  readonly id: string;
  /** Null for a prompt that is not saved yet. */
  readonly saved: JudgePromptDetail | null;
  readonly onOpen: (id: string) => void;
  readonly onDuplicate: (fields: JudgePromptFields) => void;
}

/** One prompt beside what a judge would see of it. What is typed is kept in this browser at once. */
export function PromptEditor({ id, saved, onOpen, onDuplicate }: PromptEditorProps) {
  const draft = useDrafts()[id];
  const opened = saved === null ? null : fieldsOf(saved.prompt);
  const fields = draft?.fields ?? opened;
  const readOnly = saved?.builtIn === true || id.includes('@');
  const parsed = useMemo(
    () => (fields === null ? null : parseJudgePrompt({ ...fields, version: 1 })),
    [fields],
  );
  const save = useMutation(savePromptMutation());
  // At 200 % there is no room side by side: what the judge sees follows below.
  const narrow = useMediaQuery('(max-width: 900px)');
  if (fields === null || parsed === null) return null;
  const changed = draft !== undefined && !readOnly;
  const base = draft === undefined ? (saved?.sha256 ?? null) : draft.base;
  const edit = (part: Partial<JudgePromptFields>): void => {
    const next = { ...fields, ...part };
    save.reset();
    if (opened !== null && sameFields(next, opened)) dropDraft(id);
    else keepDraft(id, next, base);
  };
  const submit = (): void => {
    if (!changed || !parsed.ok || save.isPending) return;
    save.mutate(
      { prompt: fields, base },
      {
        onSuccess: ({ prompt }) => {
          dropDraft(id);
          onOpen(prompt.id);
        },
      },
    );
  };
  const form = (
    <div className={classes['form']} data-readonly={readOnly}>
      <div className={classes['top']}>
        <Actions
          id={id}
          saved={saved}
          changed={changed}
          canSave={parsed.ok}
          saving={save.isPending}
          onSave={submit}
          onDiscard={() => {
            dropDraft(id);
            if (saved === null) onOpen('strict');
          }}
          onDuplicate={() => onDuplicate(fields)}
          onRemoved={() => {
            dropDraft(id);
            onOpen('strict');
          }}
        />
        {save.isError ? <ErrorNote error={save.error} what="The prompt was not saved." /> : null}
        {changed && draft.base !== null && saved !== null && draft.base !== saved.sha256 ? (
          <Note tone="warning">
            This prompt was saved elsewhere since you began to change it. Copy what you need, then discard
            your changes to see what is there now.
          </Note>
        ) : null}
        <Faults parsed={parsed} />
      </div>
      <PromptForm fields={fields} readOnly={readOnly} idIsFree={saved === null} onChange={edit} />
      {saved === null || saved.versions.length < 2 ? null : (
        <Versions
          id={saved.prompt.id}
          versions={saved.versions}
          current={saved.sha256}
          onRestore={(older) => edit({ ...older, id: fields.id })}
        />
      )}
    </div>
  );
  const preview = <PromptPreview parsed={parsed} />;
  if (narrow) {
    return (
      <div className={classes['stacked']}>
        {form}
        {preview}
      </div>
    );
  }
  return <SplitPane id="prompts" handleLabel="Resize the preview" main={form} side={preview} />;
}

function Faults({ parsed }: { readonly parsed: ReturnType<typeof parseJudgePrompt> }) {
  const sentences = parsed.ok ? parsed.warnings : parsed.problems;
  if (sentences.length === 0) return null;
  return (
    <Note tone={parsed.ok ? 'warning' : 'error'}>
      {sentences.map((sentence) => (
        <div key={sentence}>{withFieldNames(sentence)}</div>
      ))}
    </Note>
  );
}

interface ActionsProps {
  readonly id: string;
  readonly saved: JudgePromptDetail | null;
  readonly changed: boolean;
  readonly canSave: boolean;
  readonly saving: boolean;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
  readonly onDuplicate: () => void;
  readonly onRemoved: () => void;
}

function Actions(props: ActionsProps) {
  const { id, saved, changed, canSave, saving, onSave, onDiscard, onDuplicate } = props;
  const [removing, setRemoving] = useState(false);
  useCommands([
    {
      id: 'prompt.save',
      group: 'Judge prompt',
      label: 'Save the prompt',
      keys: ['Ctrl+s'],
      disabled: !changed || !canSave,
      run: onSave,
    },
    { id: 'prompt.duplicate', group: 'Judge prompt', label: 'Duplicate the prompt', run: onDuplicate },
  ]);
  const own = saved !== null && !saved.builtIn && !id.includes('@');
  return (
    <div className={classes['actions']}>
      <p className={classes['state']}>{stateText(props)}</p>
      {changed ? (
        <Button variant="subtle" color="gray" onClick={onDiscard}>
          Discard
        </Button>
      ) : null}
      {own ? (
        <Button variant="default" onClick={() => setRemoving(true)}>
          Delete…
        </Button>
      ) : null}
      <Button variant={saved?.builtIn === true ? 'filled' : 'default'} onClick={onDuplicate}>
        {saved?.builtIn === true ? 'Duplicate to edit' : 'Duplicate'}
      </Button>
      {saved?.builtIn === true ? null : (
        <Button disabled={!changed || !canSave} loading={saving} onClick={onSave} title="Ctrl S">
          Save
        </Button>
      )}
      {removing && saved !== null ? (
        <RemoveDialog id={saved.prompt.id} onClose={() => setRemoving(false)} onRemoved={props.onRemoved} />
      ) : null}
    </div>
  );
}

function stateText({ saved, changed, canSave }: ActionsProps): string {
  if (saved === null) return 'New: not saved yet. It is kept in this browser meanwhile.';
  const { prompt, sha256, builtIn, versions } = saved;
  if (builtIn) return `Came with Assize, read only · version ${prompt.version} · ${shortHash(sha256)}`;
  if (changed)
    return `Changed, not saved. Saving what a judge sees makes version ${(versions[0]?.version ?? 0) + 1}${
      canSave ? '' : ', once the faults below are mended'
    }.`;
  const at = versions.find((version) => version.sha256 === sha256)?.savedAt ?? null;
  return `Version ${prompt.version} · ${shortHash(sha256)} · saved ${formatDateTime(at)}`;
}

function RemoveDialog({
  id,
  onClose,
  onRemoved,
}: {
  readonly id: string;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}) {
  const remove = useMutation(removePromptMutation());
  return (
    <Modal opened onClose={onClose} title={`Delete the prompt “${id}”?`}>
      <div className={classes['dialog']}>
        <p>
          It goes off the list. Verdicts that were given with it stay, and so do its versions: a run that used
          one can still be resumed.
        </p>
        {remove.isError ? <ErrorNote error={remove.error} what="It was not deleted." /> : null}
        <div className={classes['dialogActions']}>
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ id }, { onSuccess: onRemoved })}
          >
            Delete
          </Button>
        </div>
      </div>
    </Modal>
  );
}
