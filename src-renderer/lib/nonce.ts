const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');

/** The nonce under which this page may add style elements; "" where the page came without one. */
export function styleNonce(): string {
  return meta?.content ?? '';
}

/** Libraries that write their own style elements (the scroll lock of dialogs) look for the nonce under this name. */
export function publishNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}
