import { describe, expect, expectTypeOf, test } from 'vitest';
import { createBridge, type Bridge } from '../../src-main/desktop/bridge.ts';
import { CHANNELS } from '../../src-main/desktop/channels.ts';
import type { Bridge as PageBridge } from '../../src-renderer/transport/bridge.ts';

type PortListener = (origin: unknown, ports: readonly string[]) => void;

function preload(answer: unknown = { ok: true, value: null }) {
  const calls: unknown[][] = [];
  const posted: { message: unknown; origin: string; ports: readonly string[] }[] = [];
  let arrive: PortListener = () => undefined;
  const bridge = createBridge<string>({
    invoke: async (...call) => {
      calls.push(call);
      return answer;
    },
    onPort: (_channel, listener) => (arrive = listener),
    postToPage: (message, origin, ports) => posted.push({ message, origin, ports }),
    pathForFile: (file) => (file.name.startsWith('/') ? file.name : ''),
  });
  return { bridge, calls, posted, arrive: (...values: Parameters<PortListener>) => arrive(...values) };
}

describe('9: the bridge', () => {
  test('is what the page expects, and nothing but named functions', () => {
    expectTypeOf<Bridge>().toExtend<PageBridge>();
    const { bridge } = preload();
    expect(Object.keys(bridge).sort()).toEqual([
      'forgetKey',
      'grantFile',
      'keepKey',
      'listKeys',
      'openExternal',
      'pickFile',
      'pickFolder',
      'requestPort',
      'reveal',
      'saveFile',
    ]);
    expect(Object.values(bridge).every((value) => typeof value === 'function')).toBe(true);
  });

  test('names no channel but its own, whatever the page gives it', async () => {
    const { bridge, calls } = preload({ ok: true, value: 'g' });
    bridge.requestPort();
    await bridge.grantFile(new File([], '/x'));
    await bridge.pickFolder();
    await bridge.saveFile('assize:evil', '../../x');
    await bridge.reveal('/x');
    await bridge.openExternal('https://example.org/');
    await bridge.keepKey('assize:evil', 'x');
    await bridge.forgetKey('assize:evil');
    const known: readonly string[] = Object.values(CHANNELS);
    expect(calls.map(([channel]) => channel).every((channel) => known.includes(String(channel)))).toBe(true);
  });

  test('hands a port on when asked, once, to the one origin', () => {
    const { bridge, posted, arrive } = preload();
    arrive('app://assize', ['unasked']);
    bridge.requestPort();
    arrive('app://assize', ['first']);
    arrive('app://assize', ['second']);
    expect(posted).toEqual([{ message: { type: 'assize:port' }, origin: 'app://assize', ports: ['first'] }]);
  });

  test.each(['*', undefined, 7])('hands nothing on for the origin %j', (origin) => {
    const { bridge, posted, arrive } = preload();
    bridge.requestPort();
    arrive(origin, ['port']);
    expect(posted).toEqual([]);
  });

  test('a failure reaches the page as the shell’s own sentence', async () => {
    const { bridge } = preload({ ok: false, message: 'That cannot be read.' });
    await expect(bridge.grantFile(new File([], '/x'))).rejects.toThrow(/^That cannot be read\.$/);
  });

  test('a file that is on no disk is refused with its name, and no path is made up', async () => {
    const { bridge, calls } = preload();
    await expect(bridge.grantFile(new File(['x'], 'pasted.png'))).rejects.toThrow('pasted.png is not a file');
    expect(calls).toEqual([]);
  });
});
