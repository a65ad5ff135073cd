import { answerAppRequest } from './asset-protocol.ts';
import { devContentSecurityPolicy } from './dev-policy.ts';
import type { AppPart, ContentsPart, Preventable, SessionPart } from './electron-parts.ts';
import { decideNavigation } from './navigation.ts';
import { APP_SCHEME, pageOrigin } from './origin.ts';
import { isPermissionAllowed } from './permissions.ts';
import { isDownloadAllowed, isRequestAllowed } from './request-filter.ts';

/** Chromium's own errands, none of which an offline tool has. */
const QUIET_SWITCHES = [
  'disable-background-networking',
  'disable-component-update',
  'disable-domain-reliability',
  'no-pings',
] as const;

/** What must be in place before Electron is ready: every renderer sandboxed, every certificate error final. */
export function guardApp(app: AppPart): void {
  app.enableSandbox();
  for (const name of QUIET_SWITCHES) app.commandLine.appendSwitch(name);
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, callback) => {
    event.preventDefault();
    callback(false);
  });
}

/** A window's contents stay on the page: no navigation, no redirect, no frame, no webview, no second window leads elsewhere. */
export function guardContents(
  contents: ContentsPart,
  origin: string,
  openExternal: (url: string) => void,
): void {
  const stay = (event: Preventable & { readonly url: string }): void => {
    if (decideNavigation(event.url, origin) === 'deny') event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
}

/** The page's session: its files by our own handler, no permission but the clipboard's, no network, no download but of what it made. */
export function guardSession(
  session: SessionPart,
  options: { readonly rendererDir: string; readonly devServer: string | undefined },
): void {
  const { rendererDir, devServer } = options;
  const origin = pageOrigin(devServer);
  session.protocol.handle(APP_SCHEME, (request) => answerAppRequest(request, rendererDir));
  session.setPermissionRequestHandler((_contents, permission, callback, details) =>
    callback(isPermissionAllowed(permission, details.requestingUrl, origin)),
  );
  session.setPermissionCheckHandler((_contents, permission, requester) =>
    isPermissionAllowed(permission, requester, origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  session.setSpellCheckerEnabled(false);
  // What passes is asked about in the system's save dialog: no path is set here.
  session.on('will-download', (event, item) => {
    if (!isDownloadAllowed(item.getURL(), item.getInitiatorOrigin(), origin)) event.preventDefault();
  });
  session.webRequest.onBeforeRequest(({ url }, callback) =>
    callback({ cancel: !isRequestAllowed(url, devServer) }),
  );
  if (devServer === undefined) return;
  session.webRequest.onHeadersReceived(({ responseHeaders }, callback) =>
    callback({
      responseHeaders: {
        ...responseHeaders,
        'content-security-policy': [devContentSecurityPolicy(origin)],
      },
    }),
  );
}
