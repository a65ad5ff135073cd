import { describe, expect, test } from 'vitest';
import {
  compact,
  flagParam,
  intParam,
  listParam,
  onlyKnown,
  oneOfParam,
  rowParam,
  textParam,
} from '../../../src-renderer/lib/search-params.ts';

describe('search parameters', () => {
  test('a number may arrive as text, and nothing else becomes a number', () => {
    expect([intParam(3), intParam('3'), intParam(0)]).toEqual([3, 3, 0]);
    for (const bad of [-1, 1.5, '', 'x', null, {}, Number.NaN, 2 ** 53])
      expect(intParam(bad)).toBeUndefined();
  });

  test('a row counts from 1, as people see it: there is none before the first', () => {
    expect([rowParam(1), rowParam('281')]).toEqual([1, 281]);
    expect([rowParam(0), rowParam('0'), rowParam(-1)]).toEqual([undefined, undefined, undefined]);
  });

  test('a search for 42 stays a text, although the router reads a number', () => {
    expect([textParam(42), textParam('42'), textParam(true)]).toEqual(['42', '42', 'true']);
    expect([textParam(''), textParam(null), textParam([])]).toEqual([undefined, undefined, undefined]);
  });

  test('unknown words are dropped', () => {
    expect(oneOfParam('f1', ['position', 'f1'])).toBe('f1');
    expect(oneOfParam('constructor', ['position', 'f1'])).toBeUndefined();
    expect([flagParam('true'), flagParam(true), flagParam('no')]).toEqual([true, true, undefined]);
  });

  test('one value is a list of one, and an empty list is none', () => {
    expect([listParam('a'), listParam(['a', 1, null]), listParam([])]).toEqual([
      ['a'],
      ['a', '1'],
      undefined,
    ]);
  });

  test('what a page refuses is not in its search, although the router lays it over the address as it stood', () => {
    const address = { run: 'abc', row: '4' };
    const read = onlyKnown(({ run, row }) => compact({ run: intParam(run), row: intParam(row) }));
    expect({ ...address, ...read(address) }).toEqual({ run: undefined, row: 4 });
  });

  test('undefined values do not stay behind as keys', () => {
    expect(Object.keys(compact({ a: 1, b: undefined, c: null }))).toEqual(['a', 'c']);
  });
});
