import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { csvRecord } from '../../../src-main/domain/csv.ts';

describe('a cell of a CSV', () => {
  test.each([
    '=HYPERLINK("http://example.invalid")',
    "=cmd|' /C calc'!A0",
    '@SUM(A1)',
    '+1+cmd',
    '-1+1|cmd',
    '-A1',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1+1',
    '\u00a0=1',
    '\ufeff=1',
    '＝1+1',
    '＋1a',
  ])('%j is no formula to a spreadsheet any more', (text) => {
    expect(parse(csvRecord([text]))).toEqual([[`'${text}`]]);
  });

  test.each([
    '-5',
    '+3.25',
    '-1,000',
    '-12.5%',
    'Paris',
    "'tis",
    'a=b',
    '−5',
    '3 - 2',
    'two\nlines',
    'a "b"',
  ])('%j stays what it is', (text) => {
    expect(parse(csvRecord([text, 'x']))).toEqual([[text, 'x']]);
  });

  test('numbers keep their sign, and what is none is empty', () => {
    expect(csvRecord([-5, 0.1, Number.NaN, null, true])).toBe('-5,0.1,,,true');
  });
});
