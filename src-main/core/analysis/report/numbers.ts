import type { Estimate } from '../../../domain/statistics/interval.ts';

export function decimal(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : unsigned(value.toFixed(digits));
}

export function interval(estimate: Estimate | null, digits = 3): string {
  return estimate === null ? '–' : `[${decimal(estimate.low, digits)}, ${decimal(estimate.high, digits)}]`;
}

export function withInterval(estimate: Estimate | null, digits = 3): string {
  return estimate === null ? '–' : `${decimal(estimate.value, digits)} ${interval(estimate, digits)}`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

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
