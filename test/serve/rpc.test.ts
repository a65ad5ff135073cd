import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { silentLog } from '../../src-main/core/log.ts';
import { createRpcLine, type RpcLine } from '../../src-main/serve/rpc.ts';
import { createSmallRouter } from '../fakes/small-router.ts';

// A tab has this long to answer: thirty were too few for an awake one where eight programs share two cores.
const PING_MS = 300;
let server: Server;
let line: RpcLine;
let address: string;

beforeEach(async () => {
  server = createServer();
  line = createRpcLine(createSmallRouter().router, silentLog, PING_MS);
  server.on('upgrade', (request, socket, head) => line.accept(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  address = `ws://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}/`;
});
afterEach(async () => {
  line.close();
  server.close();
  await once(server, 'close');
});

test('a tab that no longer answers pings is let go; one that answers stays', async () => {
  const asleep = new WebSocket(address, { autoPong: false });
  const awake = new WebSocket(address);
  let pings = 0;
  awake.on('ping', () => (pings += 1));
  await once(asleep, 'close');
  await expect.poll(() => pings, { timeout: 20_000 }).toBeGreaterThan(3);
  expect(awake.readyState).toBe(WebSocket.OPEN);
  awake.terminate();
});

test('closing the line ends every tab at once, also one that does not answer', async () => {
  const tabs = [new WebSocket(address), new WebSocket(address, { autoPong: false })];
  await Promise.all(tabs.map((tab) => once(tab, 'open')));
  const closed = Promise.all(tabs.map((tab) => once(tab, 'close')));
  line.close();
  await closed;
  expect(tabs.map((tab) => tab.readyState)).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
});

test('binary messages, which requests never are, end the line', async () => {
  const tab = new WebSocket(address);
  await once(tab, 'open');
  tab.send(Buffer.from('{"i":"1","p":{"u":"/settings/get"}}'));
  const [code] = await once(tab, 'close');
  expect(code).toBe(1008);
});
