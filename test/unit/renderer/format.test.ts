import { describe, expect, test } from 'vitest';
import {
  formatAgo,
  formatDecimal,
  formatParameters,
  formatPercent,
  formatPlural,
  formatRate,
  formatSeconds,
  formatSigned,
} from '../../../src-renderer/lib/format.ts';

describe('numbers as text', () => {
  test('an estimate is as coarse as it is', () => {
    expect([0.2, 42, 89.6, 600, 5400, 200_000].map((seconds) => formatSeconds(seconds))).toEqual([
      '<1 s',
      '42 s',
      '90 s',
      '10 min',
      '1 h 30 min',
      '2 days',
    ]);
  });

  test('what rounds to zero has no sign', () => {
    expect([formatDecimal(-0.004, 2), formatDecimal(-0.006, 2), formatPercent(-0.0001)]).toEqual([
      '0.00',
      '−0.01',
      '0.0 %',
    ]);
    expect([formatSigned(35.06), formatSigned(-4), formatSigned(-0.01)]).toEqual(['+35.1', '−4.0', '0.0']);
  });

  test('nothing known is a dash, never 0 or NaN', () => {
    expect([formatSeconds(null), formatRate(null), formatPercent(Number.NaN), formatParameters(0)]).toEqual([
      '–',
      '–',
      '–',
      '–',
    ]);
    expect(formatSeconds(Number.POSITIVE_INFINITY)).toBe('–');
  });

  test('rates are tok/s, shares per cent, counts grouped', () => {
    expect([formatRate(48.21), formatRate(1234.4), formatPercent(0.3141)]).toEqual([
      '48.2 tok/s',
      '1,234 tok/s',
      '31.4 %',
    ]);
    expect([formatPlural(1, 'question'), formatPlural(1000, 'question')]).toEqual([
      '1 question',
      '1,000 questions',
    ]);
    expect([formatParameters(134_515_584), formatParameters(8_030_261_312)]).toEqual(['135 M', '8.03 B']);
  });

  test('a clock that runs ahead does not show a negative age', () => {
    expect(formatAgo(2000, 1000)).toBe('just now');
    expect([formatAgo(0, 240_000), formatAgo(0, 7_200_000)]).toEqual(['4 min ago', '2 h ago']);
  });
});
