/** The page's own scheme and host: a standard, secure origin that no server has. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'assize';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Scheme, host and port of an address, also for schemes that Node's URL gives no origin ("app://assize"); null when it is none. */
export function originOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, host } = new URL(address);
  return host === '' ? null : `${protocol}//${host}`;
}

/** Where the page comes from: its own scheme, or in development the address of Vite's server. */
export function pageOrigin(devServer: string | undefined): string {
  return (devServer === undefined ? null : originOf(devServer)) ?? APP_ORIGIN;
}
