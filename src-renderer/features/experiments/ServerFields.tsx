import { Autocomplete, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiChoice } from '../../../src-main/domain/experiment.ts';
import { problemsOfApi } from '../../../src-main/domain/servers.ts';
import { KeyState } from '../../components/KeyState.tsx';
import { recentServersQuery } from '../../queries/servers.ts';
import { TryServer } from './TryServer.tsx';
import classes from './Launch.module.css';

interface ServerFieldsProps {
  readonly api: ApiChoice;
  readonly onChange: (api: ApiChoice) => void;
}

const KNOWN_VARIABLES = [
  'OPENAI_API_KEY',
  'OPENROUTER_API_KEY',
  'TOGETHER_API_KEY',
  'MISTRAL_API_KEY',
  'HF_API_KEY',
];

const hostOf = (baseUrl: string): string => (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl);

/** Address, model, key's variable, a try of the connection; prices, cap and pace folded. */
export function ServerFields({ api, onChange }: ServerFieldsProps) {
  const [models, setModels] = useState<readonly string[]>([]);
  const recent = useQuery(recentServersQuery()).data ?? [];
  const problems = problemsOfApi(api);
  const edit = (part: Partial<ApiChoice>): void => onChange({ ...api, ...part });
  // What is empty is asked for beside the plan: red is for what is wrong.
  const wrong = (field: 'baseUrl' | 'model' | 'apiKeyEnv'): string | undefined =>
    (api[field] ?? '') === '' ? undefined : problems[field];
  const names = [...models, ...recent.flatMap((one) => (one.baseUrl === api.baseUrl ? [one.model] : []))];
  return (
    <>
      {recent.length === 0 ? null : (
        <Select
          label="Used before"
          placeholder="Fill in a server that was used before"
          data={recent.map((one, index) => ({
            value: String(index),
            label: `${one.model} at ${hostOf(one.baseUrl)}`,
          }))}
          value={recentValue(recent, api)}
          onChange={(value) => {
            const one = value === null ? undefined : recent[Number(value)];
            if (one !== undefined) onChange(one);
          }}
          allowDeselect={false}
        />
      )}
      <TextInput
        label="Address"
        placeholder="http://localhost:8000/v1"
        value={api.baseUrl}
        onChange={(event) => edit({ baseUrl: event.currentTarget.value.trim() })}
        error={wrong('baseUrl')}
        spellCheck={false}
        inputMode="url"
      />
      <div className={classes['pair']}>
        <Autocomplete
          size="xs"
          label="Model"
          placeholder="as the server calls it"
          data={[...new Set(names)].filter((name) => name !== '')}
          value={api.model}
          onChange={(model) => edit({ model })}
          error={wrong('model')}
          spellCheck={false}
          limit={100}
          maxDropdownHeight={260}
        />
        <Select
          label="Asked by"
          data={[
            { value: 'chat', label: 'Chat turns' },
            { value: 'completions', label: 'Text, for base models' },
          ]}
          value={api.style}
          onChange={(style) => edit({ style: style === 'completions' ? 'completions' : 'chat' })}
          allowDeselect={false}
        />
      </div>
      <Autocomplete
        size="xs"
        label="Key’s environment variable"
        placeholder="none is needed"
        data={KNOWN_VARIABLES}
        value={api.apiKeyEnv ?? ''}
        onChange={(text) => edit({ apiKeyEnv: text.trim() === '' ? null : text.trim() })}
        error={wrong('apiKeyEnv')}
        spellCheck={false}
      />
      {api.apiKeyEnv === null || problems.apiKeyEnv !== undefined ? null : (
        <KeyState variable={api.apiKeyEnv} />
      )}
      <TryServer api={api} onModels={setModels} />
      <Pace api={api} onChange={edit} />
    </>
  );
}

function recentValue(recent: readonly ApiChoice[], api: ApiChoice): string | null {
  const at = recent.findIndex(({ baseUrl, model }) => baseUrl === api.baseUrl && model === api.model);
  return at < 0 ? null : String(at);
}

const positive = (value: number | string): number | null =>
  typeof value === 'number' && value > 0 ? value : null;
const priced = (value: number | string): number | null =>
  typeof value === 'number' && value >= 0 ? value : null;
const whole = (value: number | string, fallback: number): number =>
  Math.round(positive(value) ?? fallback) || 1;

/** What it may cost, how much is asked at a time, and for how long one waits. */
function Pace({
  api,
  onChange,
}: {
  readonly api: ApiChoice;
  readonly onChange: (part: Partial<ApiChoice>) => void;
}) {
  const problems = problemsOfApi(api);
  const faulty = [problems.inputUsdPerMillion, problems.maxCostUsd, problems.alsoAt].some(
    (p) => p !== undefined,
  );
  return (
    <details className={classes['more']} open={faulty || api.maxCostUsd !== null ? true : undefined}>
      <summary>Price, cap, pace, further servers</summary>
      <div className={classes['gridTop']}>
        <NumberInput
          label="USD a million read"
          min={0}
          decimalScale={4}
          value={api.inputUsdPerMillion ?? ''}
          onChange={(value) => onChange({ inputUsdPerMillion: priced(value) })}
          error={problems.inputUsdPerMillion}
        />
        <NumberInput
          label="… written"
          min={0}
          decimalScale={4}
          value={api.outputUsdPerMillion ?? ''}
          onChange={(value) => onChange({ outputUsdPerMillion: priced(value) })}
        />
        <NumberInput
          label="Stop at, USD"
          min={0}
          decimalScale={2}
          placeholder="no cap"
          value={api.maxCostUsd ?? ''}
          onChange={(value) => onChange({ maxCostUsd: positive(value) })}
          error={problems.maxCostUsd}
        />
        <NumberInput
          label="Requests at a time"
          min={1}
          max={256}
          allowDecimal={false}
          value={api.concurrency}
          onChange={(value) => onChange({ concurrency: Math.min(256, whole(value, 8)) })}
        />
        <NumberInput
          label="Wait, seconds"
          min={1}
          max={3600}
          allowDecimal={false}
          value={api.timeoutSeconds}
          onChange={(value) => onChange({ timeoutSeconds: Math.min(3600, whole(value, 300)) })}
        />
        <NumberInput
          label="Tries of each"
          min={1}
          max={20}
          allowDecimal={false}
          value={api.tries}
          onChange={(value) => onChange({ tries: Math.min(20, whole(value, 6)) })}
        />
      </div>
      <Textarea
        label="Further servers with the same model, one address a line"
        autosize
        minRows={1}
        maxRows={6}
        value={api.alsoAt.join('\n')}
        onChange={(event) => {
          const text = event.currentTarget.value;
          onChange({
            alsoAt:
              text === ''
                ? []
                : text
                    .split('\n')
                    .map((line) => line.trim())
                    .slice(0, 64),
          });
        }}
        error={problems.alsoAt}
        spellCheck={false}
      />
    </details>
  );
}
