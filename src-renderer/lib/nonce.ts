const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');

/** The nonce under which this page may add style elements; "" where the page came without one. */
export function styleNonce(): string {
  return meta?.content ?? '';
}
