import { Button, Modal, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Experiment } from '../../../src-main/domain/experiment.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { saveText } from '../../lib/save-text.ts';
import { fromYamlMutation, toYamlMutation } from '../../queries/runs.ts';
import classes from './Launch.module.css';

export interface YamlDialogProps {
  /** What the file is written from. */
  readonly experiment: Experiment;
  readonly onRead: (experiment: Experiment) => void;
  readonly onClose: () => void;
}

/** experiment.yaml: written from the form, opened or pasted into it. `assize run experiment.yaml` runs the same file. */
export function YamlDialog({ experiment, onRead, onClose }: YamlDialogProps) {
  const [text, setText] = useState<string | null>(null);
  const write = useMutation(toYamlMutation());
  const read = useMutation(fromYamlMutation());
  const input = useRef<HTMLInputElement>(null);
  const { mutate } = write;
  useEffect(() => mutate({ experiment }), [mutate, experiment]);
  const shown = text ?? write.data?.yaml ?? '';
  const apply = (yaml: string): void =>
    read.mutate(
      { yaml },
      {
        onSuccess: (result) => {
          onRead(result.experiment);
          onClose();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title="experiment.yaml" size={680}>
      <div className={classes['yaml']}>
        <p className="az-dim">
          The form as a file; “assize run experiment.yaml” runs the same. Edit or paste here, or open a file,
          and read it into the form.
        </p>
        <input
          ref={input}
          type="file"
          accept=".yaml,.yml,text/yaml,text/plain"
          hidden
          aria-hidden
          tabIndex={-1}
          onChange={(event) => {
            const file = event.currentTarget.files?.item(0);
            if (file !== null && file !== undefined) void file.text().then(setText);
            event.currentTarget.value = '';
          }}
        />
        <Textarea
          aria-label="experiment.yaml"
          value={shown}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={14}
          maxRows={22}
          spellCheck={false}
          classNames={{ input: classes['yamlText'] ?? '' }}
        />
        {write.isError && text === null ? (
          <ErrorNote error={write.error} what="The form could not be written as a file." />
        ) : null}
        {read.isError ? <ErrorNote error={read.error} what="This is not an experiment." /> : null}
        <div className={classes['yamlActions']}>
          <Button variant="default" onClick={() => input.current?.click()}>
            Open a file…
          </Button>
          <Button
            variant="default"
            disabled={shown === ''}
            onClick={() => saveText('experiment.yaml', shown, 'text/yaml')}
          >
            Save as a file
          </Button>
          <CopyButton value={shown} label="Copy the file" />
          <span className={classes['spring']} />
          <Button loading={read.isPending} disabled={shown.trim() === ''} onClick={() => apply(shown)}>
            Read into the form
          </Button>
        </div>
      </div>
    </Modal>
  );
}
