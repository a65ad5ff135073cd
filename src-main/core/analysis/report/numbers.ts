import type { Estimate } from '../../../domain/statistics/interval.ts';

/** A dash for null and for what is no finite number; never "-0.000". */
export function decimal(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : unsigned(value.toFixed(digits));
}

/** "[0.412, 0.588]" */
export function interval(estimate: Estimate | null, digits = 3): string {
  return estimate === null ? '–' : `[${decimal(estimate.low, digits)}, ${decimal(estimate.high, digits)}]`;
}

/** "0.500 [0.412, 0.588]" */
export function withInterval(estimate: Estimate | null, digits = 3): string {
  return estimate === null ? '–' : `${decimal(estimate.value, digits)} ${interval(estimate, digits)}`;
}

/** With thousands parted by commas, whatever the machine’s language: a report is the same everywhere. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** A share in percentage points with its sign: 0.031 is "+3.1 points". */
export function points(share: number | null): string {
  if (share === null) return '–';
  const value = (100 * share).toFixed(1);
  return `${share > 0 ? '+' : ''}${value === '-0.0' ? '0.0' : value} points`;
}

/** "2026-11-24 08:59 UTC" */
export function moment(at: number | null): string {
  return at === null ? '–' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** "-0.000" is 0 to as many digits as are shown. */
function unsigned(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}
