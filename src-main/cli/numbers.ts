import type { Estimate } from '../domain/statistics/interval.ts';

export function decimal(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : unsigned(value.toFixed(digits));
}

/** "0.635 [0.605, 0.664]" */
export function estimateText(estimate: Estimate | null, digits = 3): string {
  if (estimate === null) return '–';
  return `${decimal(estimate.value, digits)} ${intervalText(estimate, digits)}`;
}

export function intervalText(estimate: Estimate | null, digits = 3): string {
  return estimate === null ? '' : `[${decimal(estimate.low, digits)}, ${decimal(estimate.high, digits)}]`;
}

/** A p value as papers write it. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

/** "[-8.8, 11.1]", of shares, in points. */
export function pointsInterval({ low, high }: Estimate): string {
  return `[${decimal(100 * low, 1)}, ${decimal(100 * high, 1)}]`;
}

/** +3.2 points */
export function pointsText(share: number): string {
  const points = (100 * share).toFixed(1);
  return `${share > 0 ? '+' : ''}${points === '-0.0' ? '0.0' : points} points`;
}

/** "-0.000" is 0 to as many digits as are shown. */
function unsigned(text: string): string {
  return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}
