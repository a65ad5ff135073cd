import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { FolderPlus } from 'lucide-react';
import { useState, type SyntheticEvent } from 'react';
import { capabilities } from '../queries/client.ts';
import { pickFolder } from '../queries/files.ts';
import { addFolderMutation, rescanModels } from '../queries/models.ts';
import { ErrorNote } from './ErrorNote.tsx';
import classes from './AddFolder.module.css';

/** Adds a models folder: by the system's dialog where there is a shell, else by the path on the machine that runs Assize. */
export function AddFolder({ primary = false }: { readonly primary?: boolean }) {
  const add = useMutation(addFolderMutation());
  const [path, setPath] = useState('');
  const submit = (wanted: string): void => {
    if (wanted.trim() === '') return;
    add.mutate(
      { path: wanted.trim() },
      {
        onSuccess: () => {
          setPath('');
          rescanModels();
        },
      },
    );
  };
  const pick = async (): Promise<void> => {
    const picked = await pickFolder();
    if (picked !== null) submit(picked);
  };
  const onSubmit = (event: SyntheticEvent): void => {
    event.preventDefault();
    submit(path);
  };
  const variant = primary ? 'filled' : 'default';
  return (
    <div className={classes['root']}>
      {capabilities.localPaths ? (
        <Button
          variant={variant}
          loading={add.isPending}
          leftSection={<FolderPlus size={15} aria-hidden />}
          onClick={() => void pick()}
        >
          Add a models folder…
        </Button>
      ) : (
        <form className={classes['form']} onSubmit={onSubmit}>
          <TextInput
            className={classes['path'] ?? ''}
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            placeholder="/path/to/models, on the machine that runs Assize"
            aria-label="Path of a models folder"
            spellCheck={false}
          />
          <Button
            type="submit"
            variant={variant}
            loading={add.isPending}
            leftSection={<FolderPlus size={15} aria-hidden />}
          >
            Add folder
          </Button>
        </form>
      )}
      {add.isError ? (
        <ErrorNote error={add.error} what="The folder was not added." onDismiss={() => add.reset()} />
      ) : null}
    </div>
  );
}
