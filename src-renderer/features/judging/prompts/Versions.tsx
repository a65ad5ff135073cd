import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { PromptVersion } from '../../../../src-main/domain/app.ts';
import type { JudgePromptFields } from '../../../../src-main/domain/prompts/judge-prompt.ts';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { ErrorNote } from '../../../components/ErrorNote.tsx';
import { formatDateTime, shortHash } from '../../../lib/format.ts';
import { loadPromptMutation } from '../../../queries/judging.ts';
import { fieldsOf } from './drafts.ts';
import classes from './Prompts.module.css';

interface VersionsProps {
  readonly id: string;
  readonly versions: readonly PromptVersion[];
  readonly current: string;
  readonly onRestore: (fields: JudgePromptFields) => void;
}

/** What the prompt was before: still what old verdicts were given with, and there to go back to. */
export function Versions({ id, versions, current, onRestore }: VersionsProps) {
  const load = useMutation(loadPromptMutation());
  return (
    <details className={classes['versions']}>
      <summary>Earlier versions ({versions.length - 1})</summary>
      {load.isError ? <ErrorNote error={load.error} what="That version cannot be read." /> : null}
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Hash</th>
            <th scope="col">Saved</th>
            <th scope="col">For an experiment</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {versions.map(({ version, sha256, savedAt }) => {
            const ref = `${id}@${sha256.slice(0, 12)}`;
            return (
              <tr key={sha256}>
                <td>{version}</td>
                <td>
                  <code>{shortHash(sha256)}</code>
                </td>
                <td>{formatDateTime(savedAt)}</td>
                <td>
                  <code>{ref}</code> <CopyButton value={ref} label={`Copy ${ref}`} />
                </td>
                <td>
                  {sha256 === current ? (
                    'this one'
                  ) : (
                    <Button
                      variant="subtle"
                      loading={load.isPending && load.variables === ref}
                      onClick={() =>
                        load.mutate(ref, { onSuccess: ({ prompt }) => onRestore(fieldsOf(prompt)) })
                      }
                    >
                      Take it up
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
