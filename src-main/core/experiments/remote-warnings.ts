import type { ApiChoice, ModelChoice } from '../../domain/experiment.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** What leaves this machine, and what that may cost, in sentences: once for each server and model. */
export function remoteWarnings(
  participants: readonly { readonly name: string; readonly wish: ModelChoice }[],
): string[] {
  const warnings = participants.flatMap(({ name, wish }) =>
    wish.api === undefined ? [] : warningsOf(name, wish.api),
  );
  return [...new Set(warnings)];
}

function warningsOf(name: string, api: ApiChoice): string[] {
  const away = [api.baseUrl, ...api.alsoAt]
    .map((baseUrl) => new URL(baseUrl))
    .filter((url) => !LOOPBACK.test(url.hostname));
  if (away.length === 0) return [];
  const hosts = away.map((url) => url.host).join(', ');
  const warnings = [`${name}: questions, gold answers and answers are sent to ${hosts}.`];
  if (api.apiKeyEnv !== null) {
    warnings.push(`${name}: the key in ${api.apiKeyEnv} is sent to ${hosts}.`);
    if (away.some((url) => url.protocol === 'http:'))
      warnings.push(`${name}: the key travels unencrypted, because the address begins with http.`);
  }
  if (api.maxCostUsd === null && api.apiKeyEnv !== null)
    warnings.push(`${name}: there is no cost cap (maxCostUsd).`);
  return warnings;
}
