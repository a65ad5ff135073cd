import type { ApiChoice } from './experiment.ts';

/** What one server said when it was tried. */
export interface ServerTrial {
  /** "localhost:8000". */
  readonly host: string;
  /** Why it cannot be used, as a sentence; null when it answered. */
  readonly problem: string | null;
  /** Names of the models it lists, sorted; null where it has no such list. */
  readonly models: readonly string[] | null;
  /** A few words of the model; null when none was named, or it did not answer. */
  readonly reply: {
    readonly text: string;
    /** What the server says it was. */
    readonly model: string | null;
    readonly durationMs: number;
    /** Whether it tells log-probabilities: verdicts are then probabilities, not only words. */
    readonly logprobs: boolean;
    /** Sentences on what it does not do. */
    readonly notes: readonly string[];
  } | null;
}

/** Whether a key is there under the name of an environment variable; never the key. */
export interface KeyStatus {
  readonly variable: string;
  readonly there: boolean;
}

/** Variables that say they hold such a key; small letters are none, because a key itself has some. */
export const KEY_VARIABLE = /^(?:[A-Z][A-Z0-9_]*_)?API_KEY$/;

/** A name, an IPv4 address or an IPv6 one in brackets; then perhaps a port, and a path. */
const SERVER_ADDRESS = /^https?:\/\/(?:[\p{L}\p{N}._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(?:\/[^\s?#]*)?$/iu;

/** True for an http(s) address without a user name, a key, a query or a fragment. */
export function isServerAddress(text: string): boolean {
  const match = SERVER_ADDRESS.exec(text);
  return match !== null && Number(match[1] ?? 80) <= 65_535;
}

export const ADDRESS_RULE =
  'has to be an address such as http://localhost:8000/v1, without a user name, a key or a query: keys come from the environment';

export const VARIABLE_RULE =
  'has to be the name of an environment variable that ends in API_KEY, such as OPENAI_API_KEY; never the key itself';

/** What is wrong with the fields of a server while they are typed, each a sentence; empty fields that have to be filled too. */
export function problemsOfApi(api: ApiChoice): { readonly [K in keyof ApiChoice]?: string } {
  const { baseUrl, alsoAt, model, apiKeyEnv, inputUsdPerMillion, outputUsdPerMillion, maxCostUsd } = api;
  const priced = inputUsdPerMillion !== null && outputUsdPerMillion !== null;
  return {
    ...(baseUrl.trim() === ''
      ? { baseUrl: 'Give the server’s address.' }
      : isServerAddress(baseUrl)
        ? {}
        : { baseUrl: `This ${ADDRESS_RULE}.` }),
    ...(alsoAt.every(isServerAddress) ? {} : { alsoAt: `Each line ${ADDRESS_RULE}.` }),
    ...(model.trim() === '' ? { model: 'Give the model’s name.' } : {}),
    ...(apiKeyEnv === null || KEY_VARIABLE.test(apiKeyEnv) ? {} : { apiKeyEnv: `This ${VARIABLE_RULE}.` }),
    ...(priced || (inputUsdPerMillion === null && outputUsdPerMillion === null)
      ? {}
      : { inputUsdPerMillion: 'Give both prices, or neither.' }),
    ...(maxCostUsd === null || priced ? {} : { maxCostUsd: 'A cap needs both prices.' }),
  };
}
