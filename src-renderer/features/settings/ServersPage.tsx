import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { KeyState } from '../../components/KeyState.tsx';
import { Page, PageHead, Section } from '../../components/PageHead.tsx';
import { SettingsTabs } from '../../components/SettingsTabs.tsx';
import { forgetServerMutation, recentServersQuery } from '../../queries/servers.ts';
import { Keys } from './Keys.tsx';
import classes from './Settings.module.css';

/** Servers that were used, and where their keys come from. */
export function ServersPage() {
  const recent = useQuery(recentServersQuery());
  const forget = useMutation(forgetServerMutation());
  return (
    <Page
      head={
        <PageHead title="Settings" facts="models behind OpenAI-compatible servers">
          <SettingsTabs />
        </PageHead>
      }
    >
      <Section
        title="Keys"
        note="go into a request’s header and nowhere else: no database, log or export has one"
      >
        <Keys servers={recent.data ?? []} />
      </Section>
      <Section title="Servers used before" note="offered again for a generator or a judge of a new run">
        {recent.isError ? (
          <ErrorNote
            error={recent.error}
            what="The servers could not be listed."
            onRetry={() => void recent.refetch()}
          />
        ) : null}
        {forget.isError ? (
          <ErrorNote
            error={forget.error}
            what="The server was not forgotten."
            onDismiss={() => forget.reset()}
          />
        ) : null}
        {recent.data === undefined ? null : recent.data.length === 0 ? (
          <p className="az-dim">
            None yet. Choose “Behind a server” for a generator or a judge of a new run: a server that answered
            there is kept here.
          </p>
        ) : (
          <Servers
            servers={recent.data}
            onForget={({ baseUrl, model }) => forget.mutate({ baseUrl, model })}
          />
        )}
      </Section>
    </Page>
  );
}

function Servers({
  servers,
  onForget,
}: {
  readonly servers: readonly ApiChoice[];
  readonly onForget: (server: ApiChoice) => void;
}) {
  return (
    <table className={classes['table']}>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Address</th>
          <th scope="col">Key</th>
          <th scope="col">Price, cap</th>
          <th scope="col">
            <VisuallyHidden>Forget</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {servers.map((server) => (
          <tr key={`${server.baseUrl} ${server.model}`}>
            <td>{server.model}</td>
            <td>
              <code>{server.baseUrl}</code>
              {server.alsoAt.map((address) => (
                <div key={address}>
                  <code>{address}</code>
                </div>
              ))}
            </td>
            <td>{server.apiKeyEnv === null ? 'none' : <KeyState variable={server.apiKeyEnv} />}</td>
            <td>{priceText(server)}</td>
            <td>
              <Tooltip label="Do not offer it any more; runs that used it stay">
                <ActionIcon
                  aria-label={`Forget ${server.model} at ${server.baseUrl}`}
                  onClick={() => onForget(server)}
                >
                  <X size={14} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function priceText({ inputUsdPerMillion, outputUsdPerMillion, maxCostUsd }: ApiChoice): string {
  if (inputUsdPerMillion === null || outputUsdPerMillion === null) return 'not priced';
  const cap = maxCostUsd === null ? 'no cap' : `cap $${maxCostUsd}`;
  return `$${inputUsdPerMillion} read, $${outputUsdPerMillion} written a million; ${cap}`;
}
