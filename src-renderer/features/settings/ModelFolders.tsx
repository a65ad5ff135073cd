import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { AddFolder } from '../../components/AddFolder.tsx';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { formatPlural } from '../../lib/format.ts';
import { sourceLabel } from '../../lib/kinds.ts';
import { modelsQuery, removeFolderMutation } from '../../queries/models.ts';
import classes from './Settings.module.css';

/** The user's folders, which can be taken out, and the caches of other programs, which are looked through as well. */
export function ModelFolders({ own }: { readonly own: readonly string[] }) {
  const list = useQuery(modelsQuery());
  const remove = useMutation(removeFolderMutation());
  return (
    <div className={classes['folders']}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Folder</th>
            <th scope="col">Whose</th>
            <th scope="col">What was there</th>
            <th scope="col">
              <VisuallyHidden>Remove</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {(list.data?.folders ?? []).map(({ path, source, found, note }) => (
            <tr key={path}>
              <td>
                <code>{path}</code>
              </td>
              <td>{source === 'folder' ? 'yours' : sourceLabel(source)}</td>
              <td>{note ?? formatPlural(found, 'model')}</td>
              <td>
                {own.includes(path) ? (
                  <Tooltip label="Stop looking here; the files stay">
                    <ActionIcon
                      aria-label={`Stop looking in ${path}`}
                      loading={remove.isPending && remove.variables.path === path}
                      onClick={() => remove.mutate({ path })}
                    >
                      <X size={14} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.isError ? <ErrorNote error={list.error} what="The folders could not be listed." /> : null}
      {remove.isError ? (
        <ErrorNote error={remove.error} what="The folder was not removed." onDismiss={() => remove.reset()} />
      ) : null}
      <AddFolder />
    </div>
  );
}
