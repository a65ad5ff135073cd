import { ActionIcon, Autocomplete, Button, PasswordInput, Tooltip, VisuallyHidden } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import { KEY_VARIABLE, VARIABLE_RULE } from '../../../src-main/domain/servers.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { forgetKeyMutation, keepKeyMutation, keptKeysQuery } from '../../queries/servers.ts';
import classes from './Settings.module.css';

/** In the desktop: keys that the system keeps encrypted. Elsewhere: how a key is brought. */
export function Keys({ servers }: { readonly servers: readonly ApiChoice[] }) {
  const kept = useQuery(keptKeysQuery());
  if (kept.isError) {
    return (
      <ErrorNote
        error={kept.error}
        what="The kept keys could not be listed."
        onRetry={() => void kept.refetch()}
      />
    );
  }
  if (kept.isPending) return null;
  if (kept.data === null) {
    return (
      <Note tone="info">
        A browser keeps no keys. Set the environment variable that a server names before you start Assize, for
        example <code>OPENAI_API_KEY=… npx assize serve</code>. The desktop can keep keys, encrypted by the
        system.
      </Note>
    );
  }
  const { problem, variables } = kept.data;
  const wanted = servers.flatMap(({ apiKeyEnv }) => apiKeyEnv ?? []);
  return (
    <div className={classes['folders']}>
      {problem === null ? null : <Note tone="warning">{problem}</Note>}
      {variables.length === 0 ? null : <KeptKeys variables={variables} />}
      {problem === null ? <KeepKey names={[...new Set([...wanted, ...variables])]} /> : null}
    </div>
  );
}

function KeptKeys({ variables }: { readonly variables: readonly string[] }) {
  const forget = useMutation(forgetKeyMutation());
  return (
    <>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Variable</th>
            <th scope="col">Key</th>
            <th scope="col">
              <VisuallyHidden>Forget</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {variables.map((variable) => (
            <tr key={variable}>
              <td>
                <code>{variable}</code>
              </td>
              <td>kept, encrypted by the system</td>
              <td>
                <Tooltip label="Forget this key">
                  <ActionIcon
                    aria-label={`Forget the key ${variable}`}
                    onClick={() => forget.mutate(variable)}
                  >
                    <X size={14} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {forget.isError ? (
        <ErrorNote error={forget.error} what="The key was not forgotten." onDismiss={() => forget.reset()} />
      ) : null}
    </>
  );
}

function KeepKey({ names }: { readonly names: readonly string[] }) {
  const [variable, setVariable] = useState('');
  const [key, setKey] = useState('');
  const keep = useMutation(keepKeyMutation());
  const wrong = variable !== '' && !KEY_VARIABLE.test(variable);
  const ready = variable !== '' && !wrong && key.trim() !== '';
  const submit = (): void => {
    if (!ready) return;
    keep.mutate({ variable, key });
    setKey('');
  };
  return (
    <form
      className={classes['keyForm']}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Autocomplete
        size="xs"
        label="Variable"
        placeholder="OPENAI_API_KEY"
        data={[...names]}
        value={variable}
        onChange={(text) => setVariable(text.trim())}
        error={wrong ? `This ${VARIABLE_RULE}.` : undefined}
        spellCheck={false}
        w={260}
      />
      <PasswordInput
        size="xs"
        label="Key"
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        autoComplete="off"
        w={300}
      />
      <Button type="submit" disabled={!ready} loading={keep.isPending}>
        Keep
      </Button>
      {keep.isError ? (
        <ErrorNote error={keep.error} what="The key was not kept." onDismiss={() => keep.reset()} />
      ) : null}
    </form>
  );
}
