import type http from 'node:http';
import { z } from 'zod';
import type { EngineErrorKind } from '../engine.ts';
import type { HttpReply, NoReply } from './http.ts';

/** One try that did not bring an answer: what it means for the next. The message is a sentence without any key. */
export class RemoteFailure extends Error {
  /** Whether the same request may do better later, or elsewhere. */
  readonly retry: boolean;
  /** How long the server asks to wait, ms. */
  readonly retryAfterMs: number | null;
  /** Set where no other request will do better either: the kind of EngineError that ends the work. */
  readonly fatal: EngineErrorKind | null;
  readonly status: number | null;
  /** The field of the request that the server does not accept, where it names one. */
  readonly param: string | null;
  /** The server itself is in trouble, not this request. */
  readonly infrastructure: boolean;
  readonly timedOut: boolean;
  constructor(message: string, about: Partial<Omit<RemoteFailure, keyof Error>>) {
    super(message);
    this.name = 'RemoteFailure';
    this.retry = about.retry ?? false;
    this.retryAfterMs = about.retryAfterMs ?? null;
    this.fatal = about.fatal ?? null;
    this.status = about.status ?? null;
    this.param = about.param ?? null;
    this.infrastructure = about.infrastructure ?? false;
    this.timedOut = about.timedOut ?? false;
  }
}

/** Too early, too often, too slow: the 4xx that pass by themselves. */
const PASSING = new Set([408, 425, 429]);
/** Of a server's own trouble all but "not implemented". */
const mayPass = (status: number): boolean => PASSING.has(status) || (status >= 500 && status !== 501);
/** Codes by which a server says that paying is what is missing: waiting does not help. */
const UNPAID = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'insufficient_credits']);
const QUOTED = 240;

const text = z.string().nullish().catch(null);
const errorCode = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null);
const errorBody = z.union([
  z.looseObject({ error: z.looseObject({ message: text, param: text, code: errorCode, type: text }) }),
  z.looseObject({ error: z.string() }),
  z.looseObject({ message: z.string(), param: text, code: errorCode, type: text }),
  z.looseObject({ detail: z.string() }),
]);

interface Said {
  readonly message: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

function saidBy(body: string): Said {
  const nothing = { message: null, param: null, code: null };
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return nothing;
  }
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) return nothing;
  const said = parsed.data;
  if ('detail' in said && typeof said.detail === 'string') return { ...nothing, message: said.detail };
  const error = 'error' in said ? said.error : said;
  if (typeof error === 'string') return { ...nothing, message: error };
  const read = z.object({ message: text, param: text, code: errorCode, type: text }).safeParse(error);
  if (!read.success) return nothing;
  const { message = null, param = null, code, type } = read.data;
  return { message, param, code: code ?? type ?? null };
}

/** A reply with a status other than 2xx. `host` names the server in the sentence. */
export function failedReply(host: string, reply: HttpReply): RemoteFailure {
  const { status } = reply;
  const said = saidBy(reply.text);
  const words = said.message === null ? '' : ` It says: "${said.message.trim().slice(0, QUOTED)}"`;
  if (status === 401 || status === 403) {
    // Not the server's words: some repeat parts of the key.
    return new RemoteFailure(
      `${host} does not accept the key (${status}). Check the variable that the experiment names for it, and that it is set where Assize was started.`,
      { status, fatal: 'refused' },
    );
  }
  if (status === 402 || (said.code !== null && UNPAID.has(said.code))) {
    return new RemoteFailure(`${host} wants to be paid before it answers (${status}).${words}`, {
      status,
      fatal: 'refused',
    });
  }
  if (status === 404) {
    return new RemoteFailure(
      `${host} knows no such model or address (404). Check the model's name, and that the address ends as the server's manual says, often in "/v1".${words}`,
      { status, fatal: 'refused' },
    );
  }
  if (status >= 300 && status < 400) {
    return new RemoteFailure(
      `${host} sends requests on to another address (${status}). Name that address in the experiment; keys are not sent on.`,
      { status, fatal: 'refused' },
    );
  }
  if (mayPass(status)) {
    const why = status === 429 ? 'is asked too often' : 'has a problem of its own';
    return new RemoteFailure(`${host} ${why} (${status}).${words}`, {
      status,
      retry: true,
      infrastructure: true,
      retryAfterMs: retryAfterMs(reply.headers, Date.now()),
    });
  }
  return new RemoteFailure(`${host} does not accept this request (${status}).${words}`, {
    status,
    param: said.param,
  });
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing answers there: start the server, or correct the address.',
  ENOTFOUND: 'There is no such host: correct the address, or check the network.',
  EAI_AGAIN: 'The name of the host could not be looked up: check the network.',
  ECONNRESET: 'The connection broke before the answer was complete.',
};

/** By Node's code: what no second try will change. */
const MISUNDERSTOOD: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, 'does not speak HTTP: correct the port, or write https:// where the server wants it'],
  [/^(EPROTO|ERR_SSL_)/, 'does not speak TLS as asked: write http:// where the server has no certificate'],
  [
    /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/,
    'has a certificate that this machine does not trust: correct the address, or name its authority in NODE_EXTRA_CA_CERTS',
  ],
];

/** A try without a reply. */
export function noReply(host: string, failure: NoReply, timeoutMs: number): RemoteFailure {
  if (failure.reason === 'timeout') {
    const seconds = Math.round(timeoutMs / 100) / 10;
    return new RemoteFailure(
      `${host} did not answer within ${seconds} seconds. Allow more time, or ask for fewer requests at once.`,
      { retry: true, infrastructure: true, timedOut: true },
    );
  }
  if (failure.reason === 'too-large') {
    return new RemoteFailure(`${host} sent far more than an answer; it was cut off.`, {});
  }
  const code = failure.code ?? 'unknown';
  const wrong = MISUNDERSTOOD.find(([codes]) => codes.test(code));
  if (wrong !== undefined) return new RemoteFailure(`${host} ${wrong[1]} (${code}).`, { fatal: 'refused' });
  return new RemoteFailure(
    `${host} could not be reached (${code}). ${NETWORK[code] ?? 'Check the network.'}`,
    {
      retry: true,
      infrastructure: true,
    },
  );
}

/**
 * A reply of 200 that is no chat or text completion. Waiting does not make one of it; another server may do better. Some
 * gateways pass on a failure this way, with its status inside.
 */
export function garbled(host: string, reply: HttpReply): RemoteFailure {
  const said = saidBy(reply.text);
  const status = Number(said.code);
  if (said.message !== null && Number.isInteger(status) && status >= 400 && status < 600) {
    return failedReply(host, { ...reply, status });
  }
  return new RemoteFailure(
    `${host} answered with ${whatCame(reply.text, said)}, which is no completion. Check that the address is that of an OpenAI-compatible server and ends as its manual says, often in "/v1".`,
    { infrastructure: true },
  );
}

function whatCame(body: string, said: Said): string {
  const shown = body.trim().replaceAll(/\s+/g, ' ');
  if (shown === '') return 'nothing';
  if (said.message !== null) return `an error: "${said.message.trim().slice(0, QUOTED)}"`;
  const quoted = `"${shown.slice(0, 80)}${shown.length > 80 ? '…' : ''}"`;
  return shown.startsWith('<') ? `a web page (${quoted})` : quoted;
}

/** Retry-After (seconds or a date) or retry-after-ms, as ms from now; null when neither says anything. */
export function retryAfterMs(headers: http.IncomingHttpHeaders, now: number): number | null {
  const ms = headers['retry-after-ms'];
  if (typeof ms === 'string' && ms.trim() !== '' && Number.isFinite(Number(ms)))
    return Math.max(0, Number(ms));
  const after = headers['retry-after'];
  if (after === undefined || after.trim() === '') return null;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(after);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
