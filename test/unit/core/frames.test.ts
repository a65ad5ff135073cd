import { expect, test } from 'vitest';
import { readFrame } from '../../../src-main/core/transport.ts';

const frame = (t: number | undefined, p: object): string => JSON.stringify({ i: '1', t, p });

test('a request, a value of a stream and an end are read', () => {
  for (const text of [frame(undefined, { u: '/settings/get' }), frame(3, { e: 'message' }), frame(4, {})])
    expect(readFrame(text)).toBe(text);
});

test('a response is none that a caller sends: the RPC layer takes it for a request whose address nobody has looked at', () => {
  expect(readFrame(frame(2, { s: 200 }))).toBeNull();
  expect(readFrame(frame(2, { u: 'http://example.invalid/settings/get' }))).toBeNull();
  expect(readFrame(frame(1, { u: 'http://example.invalid/settings/get' }))).toBeNull();
  expect(
    readFrame(frame(1, { u: '/settings/get', h: { 'content-type': 'multipart/form-data' } })),
  ).toBeNull();
});
