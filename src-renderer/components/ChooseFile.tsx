import { Button } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useNavigate } from '@tanstack/react-router';
import { FileInput, FileUp } from 'lucide-react';
import { useRef } from 'react';
import { judgeDrop } from '../lib/drop.ts';
import { capabilities } from '../queries/client.ts';
import { offerFile } from '../queries/offered.ts';
import classes from './ChooseFile.module.css';

/** Hands chosen files to the import page, which looks at them and says what it would do. */
function useOfferFiles(): (files: readonly File[]) => void {
  const navigate = useNavigate();
  return (files) => {
    const drops = files.map((file) => ({ file, folder: false }));
    if (drops.length === 0) return;
    offerFile(judgeDrop(drops, capabilities.localPaths));
    void navigate({ to: '/datasets/import', search: {} });
  };
}

/** The file dialog as a button; a file can be dropped anywhere in the window all the same. */
export function ChooseFileButton({
  children = 'Import a file…',
  variant = 'filled',
}: {
  readonly children?: string;
  readonly variant?: 'filled' | 'default';
}) {
  const input = useRef<HTMLInputElement>(null);
  const offer = useOfferFiles();
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          offer([...(event.currentTarget.files ?? [])]);
          // The same file chosen again is a change only if nothing was chosen before.
          event.currentTarget.value = '';
        }}
      />
      <Button
        variant={variant}
        leftSection={<FileUp size={14} aria-hidden />}
        onClick={() => input.current?.click()}
      >
        {children}
      </Button>
    </>
  );
}

/** A place that looks like one to drop on. The drop itself is the window's: here only clicks and keys are taken. */
export function DropZone() {
  const offer = useOfferFiles();
  return (
    <Dropzone
      onDrop={offer}
      activateOnDrag={false}
      multiple={false}
      className={classes['zone'] ?? ''}
      inputProps={{ 'aria-label': 'Choose a file to import' }}
    >
      <FileInput size={22} aria-hidden />
      <strong>Drop a file anywhere in this window, or click to choose one</strong>
      <span>
        Questions as CSV, TSV, JSON, JSONL or Parquet; stored answers from lm-eval, Inspect, promptfoo,
        AlpacaEval, FastChat; or a folder of such files. You see a preview before anything is imported.
      </span>
    </Dropzone>
  );
}
