/** What decides whether a request may come in at all, before anyone asks for a session. */
export interface Arrival {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site, which browsers set and pages cannot. */
  readonly fetchSite: string | undefined;
  /** A static file is no secret: it may be opened from a link elsewhere. Everything else may not. */
  readonly target: 'page' | 'api' | 'upgrade';
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** True when a Host header names this machine and this port. Any other name may be a page that rebound its DNS to 127.0.0.1. */
function isOwnHost(host: string | undefined, port: number): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase();
  return LOOPBACK_NAMES.some((own) => name === `${own}:${port}` || (port === 80 && name === own));
}

/**
 * Null when the request may go on. Host must be a loopback name with our port; Origin, where there is one, must be exactly that
 * host's, and must be there on whatever changes something or opens a socket: browsers always send it then.
 */
export function refuse(arrival: Arrival, port: number): Refusal | null {
  const { method, host, origin, fetchSite, target } = arrival;
  if (host === undefined || !isOwnHost(host, port)) {
    return {
      status: 421,
      message:
        `This workbench answers to http://127.0.0.1:${port} only. ` +
        'When you forward it by SSH, use the same port number at both ends.',
    };
  }
  const needsOrigin = target === 'upgrade' || (method !== 'GET' && method !== 'HEAD');
  if (origin === undefined ? needsOrigin : origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return {
      status: 403,
      message: 'This request comes from another page than the workbench and was refused.',
    };
  }
  const isForeign = fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none';
  if (target !== 'page' && isForeign) {
    return {
      status: 403,
      message: 'This request comes from another site than the workbench and was refused.',
    };
  }
  return null;
}
