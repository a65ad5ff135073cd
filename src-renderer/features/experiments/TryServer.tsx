import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import { problemsOfApi, type ServerTrial } from '../../../src-main/domain/servers.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { formatMs, formatPlural } from '../../lib/format.ts';
import { tryServerMutation } from '../../queries/servers.ts';
import classes from './Launch.module.css';

interface TryServerProps {
  readonly api: ApiChoice;
  readonly onModels: (models: readonly string[]) => void;
}

/** Asks the server now: what it has, and a few words of the model. What it said stays until something is changed. */
export function TryServer({ api, onModels }: TryServerProps) {
  const { baseUrl, alsoAt, model, apiKeyEnv, style } = api;
  const asked = JSON.stringify({ baseUrl, alsoAt, model, apiKeyEnv, style });
  const trial = useMutation(tryServerMutation());
  const problems = problemsOfApi(api);
  const ready =
    problems.baseUrl === undefined && problems.alsoAt === undefined && problems.apiKeyEnv === undefined;
  const said = trial.variables !== undefined && JSON.stringify(trial.variables) === asked;
  const ask = (): void =>
    trial.mutate(JSON.parse(asked), {
      onSuccess: (trials) => onModels(trials.flatMap(({ models }) => models ?? [])),
    });
  return (
    <div className={classes['trial']} aria-live="polite">
      <Button
        variant="default"
        leftSection={<PlugZap size={14} aria-hidden />}
        loading={trial.isPending}
        disabled={!ready}
        onClick={ask}
      >
        {model === '' ? 'Ask which models it has' : 'Test connection'}
      </Button>
      {ready && apiKeyEnv !== null && leaves(baseUrl) ? (
        <p className={classes['hint']}>
          Sends the key in {apiKeyEnv} to {hostOf(baseUrl)}
          {baseUrl.startsWith('http:') ? ', unencrypted, because the address begins with http' : ''}.
        </p>
      ) : null}
      {said && trial.isError ? <ErrorNote error={trial.error} what="The server was not asked." /> : null}
      {said && trial.data !== undefined
        ? trial.data.map((one) => <Trial key={one.host} trial={one} model={model} />)
        : null}
    </div>
  );
}

const hostOf = (baseUrl: string): string => (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl);

const leaves = (baseUrl: string): boolean =>
  !/^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(hostOf(baseUrl));

function Trial({ trial, model }: { readonly trial: ServerTrial; readonly model: string }) {
  const { host, problem, models, reply } = trial;
  if (problem !== null) return <Note tone="error">{problem}</Note>;
  const missing = model !== '' && models !== null && models.length > 0 && !models.includes(model);
  return (
    <Note tone={missing ? 'warning' : 'info'}>
      {reply === null
        ? models === null
          ? `${host} answers, but has no list of its models: give the model’s name.`
          : `${host} has ${formatPlural(models.length, 'model')}: choose one above.`
        : `${reply.model ?? model} at ${host} wrote “${reply.text.slice(0, 80)}” in ${formatMs(reply.durationMs)}${
            reply.logprobs ? ', with log-probabilities.' : '.'
          }`}
      {missing ? <div>It does not list “{model}” among its models.</div> : null}
      {reply?.notes.map((note) => (
        <div key={note}>{note}</div>
      ))}
    </Note>
  );
}
