const TOKEN = /[#&]token=([^&]+)/;

/**
 * Turns the token that `assize serve` printed into a cookie, and takes it out of the address before anything else
 * (history, a copied link, a screenshot) can keep it. Throws a sentence when the server refuses it.
 */
export async function exchangeToken(): Promise<void> {
  const token = TOKEN.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, '', `${location.pathname}#/`);
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: decodeURIComponent(token) }),
    credentials: 'same-origin',
  });
  if (!response.ok) {
    throw new Error(
      'The key in this address is not valid any more. Open the address that assize serve printed last.',
    );
  }
}

/** Why the socket was not let in, as the server says it; null when the server itself does not answer. */
export async function sessionProblem(): Promise<string | null> {
  const response = await fetch('/session', { credentials: 'same-origin' }).catch(() => null);
  if (response === null || response.ok) return null;
  const body: unknown = await response.json().catch(() => null);
  return typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
    ? body.message
    : null;
}
