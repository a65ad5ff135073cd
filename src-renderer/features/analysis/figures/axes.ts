import * as Plot from '@observablehq/plot';
import { formatPercent } from '../../../lib/format.ts';

/** A share from 0 to 1, in per cent. */
export const SHARE_AXIS = {
  domain: [0, 1],
  tickFormat: (share: number) => formatPercent(share, 0),
  labelArrow: 'none',
  labelAnchor: 'center',
  ticks: 5,
  grid: true,
} as const;

/** Where both axes say the same. */
export function diagonal(): Plot.Markish {
  return Plot.line(
    [
      [0, 0],
      [1, 1],
    ],
    { stroke: 'var(--az-line-strong)', strokeDasharray: '4,4' },
  );
}
