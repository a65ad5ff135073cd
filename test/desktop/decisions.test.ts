import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../src-main/core/page/csp.ts';
import { devContentSecurityPolicy } from '../../src-main/desktop/dev-policy.ts';
import { coreEnvironment, engineNode } from '../../src-main/desktop/environment.ts';
import { menuTemplate } from '../../src-main/desktop/menu.ts';
import { decideExternal, decideNavigation } from '../../src-main/desktop/navigation.ts';
import { APP_ORIGIN, originOf, pageOrigin } from '../../src-main/desktop/origin.ts';
import { isPermissionAllowed } from '../../src-main/desktop/permissions.ts';
import { isRequestAllowed } from '../../src-main/desktop/request-filter.ts';
import { decideReveal } from '../../src-main/desktop/reveal.ts';
import { isTrustedSender } from '../../src-main/desktop/trust.ts';
import { WEB_PREFERENCES } from '../../src-main/desktop/web-preferences.ts';
import { buildEnvironment } from '../../src-main/engine/host/environment.ts';

test('1: a page gets nothing of Node and nothing of the system', () => {
  expect(WEB_PREFERENCES).toMatchObject({
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    spellcheck: false,
  });
});

describe('3: the policy', () => {
  test('lets the page load its own files, and style elements that carry the nonce', () => {
    const policy = contentSecurityPolicy('abc');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("style-src 'self' 'nonce-abc'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(contentSecurityPolicy(null)).toContain("style-src 'self';");
  });

  test('is looser in development only, and even then for that server alone', () => {
    expect(devContentSecurityPolicy('http://localhost:5173')).toContain(
      "connect-src 'self' ws://localhost:5173",
    );
    expect(devContentSecurityPolicy('http://localhost:5173')).not.toMatch(/\*|https:/);
  });
});

describe('4: permissions', () => {
  test('the page may write text to the clipboard', () => {
    expect(isPermissionAllowed('clipboard-sanitized-write', 'app://assize/', APP_ORIGIN)).toBe(true);
  });

  test.each(['clipboard-read', 'media', 'geolocation', 'notifications', 'usb', 'fileSystem', 'unknown', ''])(
    '%s is refused',
    (permission) => {
      expect(isPermissionAllowed(permission, 'app://assize/', APP_ORIGIN)).toBe(false);
    },
  );

  test.each(['https://evil.test/', 'app://evil/', '', 'app://assize.evil.test/'])(
    '%j may nothing',
    (requester) => {
      expect(isPermissionAllowed('clipboard-sanitized-write', requester, APP_ORIGIN)).toBe(false);
    },
  );
});

describe('5: navigation', () => {
  test.each(['app://assize/', 'app://assize/#/runs/1', 'app://assize/index.html?x=1'])(
    '%s is the page',
    (url) => {
      expect(decideNavigation(url, APP_ORIGIN)).toBe('allow');
    },
  );

  // Each of these passed some guard that looked for a substring or a prefix.
  test.each([
    'http://example.invalid/?next=app://assize',
    'https://app://assize/',
    'app://assize.evil.test/',
    'app://assize@evil.test/',
    'app://evil/assize',
    'app:assize',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,app://assize/',
    'about:blank',
    'blob:app://assize/1',
    '',
    'not an address',
  ])('%s leaves it', (url) => {
    expect(decideNavigation(url, APP_ORIGIN)).toBe('deny');
  });

  test('in development the page is Vite’s server and no other port', () => {
    const origin = pageOrigin('http://localhost:5173/');
    expect(decideNavigation('http://localhost:5173/#/runs', origin)).toBe('allow');
    expect(decideNavigation('http://localhost:5174/', origin)).toBe('deny');
    expect(decideNavigation('http://localhost:5173@evil.test/', origin)).toBe('deny');
    expect(pageOrigin('not an address')).toBe(APP_ORIGIN);
  });

  test('an origin is scheme, host and port, also where URL gives none', () => {
    expect(originOf('app://assize/a/b')).toBe('app://assize');
    expect(originOf('http://localhost:80/')).toBe('http://localhost');
    expect(originOf('data:text/plain,x')).toBeNull();
  });
});

describe('6: addresses for the system’s browser', () => {
  test.each([
    ['https://example.org/paper?x=1', 'example.org'],
    ['HTTPS://Example.ORG', 'example.org'],
    ['mailto:ada@example.org', 'a mail to ada@example.org'],
  ])('%s is shown as %s', (url, shown) => {
    expect(decideExternal(url)?.shown).toBe(shown);
  });

  test.each([
    'http://example.org/',
    'file:///bin/sh',
    'smb://host/share',
    'javascript:alert(1)',
    'ms-msdt:/id',
    'https://example.org@evil.test/',
    'https://user:pass@evil.test/',
    '',
  ])('%s is refused', (url) => {
    expect(decideExternal(url)).toBeNull();
  });

  test('a host in letters that look like others is shown as what it is', () => {
    expect(decideExternal('https://exаmple.org/')?.shown).toBe('xn--exmple-4nf.org');
  });
});

describe('7: requests', () => {
  test.each([
    'app://assize/assets/x.js',
    'blob:app://assize/1',
    'data:image/png;base64,AA',
    'devtools://devtools/x',
  ])('%s is local', (url) => expect(isRequestAllowed(url, undefined)).toBe(true));

  test.each([
    'https://example.org/',
    'http://127.0.0.1:11434/',
    'ws://localhost:5173/',
    'wss://example.org/',
    'file:///etc/passwd',
    'ftp://example.org/',
    'app://evil/',
    'chrome-extension://x/',
    '',
  ])('%s is not asked for', (url) => expect(isRequestAllowed(url, undefined)).toBe(false));

  test('in development Vite’s server and its socket are, and nothing else on that machine', () => {
    const dev = 'http://localhost:5173/';
    expect(isRequestAllowed('http://localhost:5173/main.tsx', dev)).toBe(true);
    expect(isRequestAllowed('ws://localhost:5173/', dev)).toBe(true);
    expect(isRequestAllowed('http://localhost:5174/', dev)).toBe(false);
    expect(isRequestAllowed('https://localhost:5173/', dev)).toBe(false);
  });
});

describe('8: senders', () => {
  const main = { url: 'app://assize/#/runs', parent: null, detached: false };
  const ids = new Set([1]);
  const trust = (sender: object, frame: typeof main | null): boolean =>
    isTrustedSender({ sender: { id: 1, mainFrame: main, ...sender }, senderFrame: frame }, ids, APP_ORIGIN);

  test('the main frame of our window on our page is trusted', () => expect(trust({}, main)).toBe(true));

  test('a frame that is gone, detached or inside another is not', () => {
    expect(trust({}, null)).toBe(false);
    const detached = { ...main, detached: true };
    expect(trust({ mainFrame: detached }, detached)).toBe(false);
    const inner = { url: main.url, parent: main, detached: false };
    expect(
      isTrustedSender({ sender: { id: 1, mainFrame: inner }, senderFrame: inner }, ids, APP_ORIGIN),
    ).toBe(false);
  });

  test('another window, another frame and another page are not', () => {
    expect(trust({ id: 2 }, main)).toBe(false);
    expect(trust({ mainFrame: { ...main } }, main)).toBe(false);
    for (const url of ['https://evil.test/', 'app://assize.evil.test/', 'about:blank', '']) {
      const frame = { ...main, url };
      expect(trust({ mainFrame: frame }, frame)).toBe(false);
    }
  });

  test('a frame that throws when it is looked at is not', () => {
    const event = {
      sender: { id: 1, mainFrame: main },
      get senderFrame(): typeof main {
        throw new Error('Render frame was disposed');
      },
    };
    expect(isTrustedSender(event, ids, APP_ORIGIN)).toBe(false);
  });
});

describe('11: paths to show', () => {
  test('absolute paths of this computer, without detours', () => {
    expect(decideReveal('/home/ada/../ada/x.gguf', 'linux')).toBe('/home/ada/x.gguf');
    expect(decideReveal('C:\\models\\x.gguf', 'win32')).toBe('C:\\models\\x.gguf');
  });

  test.each([
    ['\\\\evil\\share\\x', 'win32'],
    ['//evil/share/x', 'win32'],
    ['\\\\?\\C:\\x', 'win32'],
    ['models\\x', 'win32'],
    ['\\x', 'win32'],
    ['models/x', 'linux'],
    ['/x\0', 'linux'],
    ['file:///x', 'linux'],
  ] as const)('%j on %s is refused', (path, platform) => expect(decideReveal(path, platform)).toBeNull());
});

describe('12: environment of core', () => {
  test('loader and device variables pass; what changes Node or Electron, and what is secret, stays', () => {
    const env = coreEnvironment({
      PATH: '/bin',
      LC_ALL: 'C',
      LD_LIBRARY_PATH: '/cuda',
      CUDA_VISIBLE_DEVICES: '1',
      OLLAMA_MODELS: '/models',
      NODE_OPTIONS: '--require /tmp/x.js',
      NODE_PATH: '/tmp',
      ELECTRON_RUN_AS_NODE: '1',
      LD_PRELOAD: '/tmp/x.so',
      DYLD_INSERT_LIBRARIES: '/tmp/x',
      HTTPS_PROXY: 'http://proxy',
      HF_TOKEN: 'secret',
      OPENAI_API_KEY: 'secret',
      SSH_AUTH_SOCK: '/tmp/agent',
      EMPTY: undefined,
    });
    expect(env).toEqual({
      PATH: '/bin',
      LC_ALL: 'C',
      LD_LIBRARY_PATH: '/cuda',
      CUDA_VISIBLE_DEVICES: '1',
      OLLAMA_MODELS: '/models',
    });
  });

  test('whatever an engine would take from its parent is there for it to take', () => {
    const source = readFileSync(
      new URL('../../src-main/engine/host/environment.ts', import.meta.url),
      'utf8',
    );
    const everything = Object.fromEntries(
      [...source.matchAll(/\b[A-Z][A-Z_]{2,}\b/g)].map(([name]) => [name, 'x']),
    );
    const options = { backend: 'vulkan', devices: [] } as const;
    expect(Object.keys(buildEnvironment(everything, options)).length).toBeGreaterThan(30);
    expect(buildEnvironment(coreEnvironment(everything), options)).toEqual(
      buildEnvironment(everything, options),
    );
  });

  test('engines run on a real Node: beside the packaged program, else the project’s', () => {
    const facts = { resourcesPath: '/opt/assize/resources', appPath: '/src', platform: 'linux' } as const;
    expect(engineNode({ ...facts, isPackaged: true })).toBe('/opt/assize/resources/node/node');
    expect(engineNode({ ...facts, isPackaged: false })).toBe('/src/node_modules/node/bin/node');
    expect(engineNode({ ...facts, isPackaged: true, platform: 'win32' })).toContain('node.exe');
  });
});

describe('menu', () => {
  const rolesOf = (development: boolean, platform: NodeJS.Platform): string =>
    JSON.stringify(menuTemplate({ development, platform }, { openDataFolder: () => undefined }));

  test('developer tools and reload are for developing', () => {
    expect(rolesOf(false, 'linux')).not.toMatch(/toggleDevTools|reload/i);
    expect(rolesOf(true, 'linux')).toMatch(/toggleDevTools/);
  });

  test('there is a way out on each system', () => {
    expect(rolesOf(false, 'linux')).toContain('"quit"');
    expect(rolesOf(false, 'darwin')).toContain('"appMenu"');
  });
});
