import { Tooltip } from '@mantine/core';
import type { Basis } from '../../src-main/domain/plan.ts';
import classes from './Quantity.module.css';

const BASIS: Readonly<Record<Basis, string>> = {
  exact: 'exact: from the allocator’s own rule on the real file',
  computed: 'computed: by a formula from the file’s header',
  calibrated: 'calibrated: from this machine’s own past loads',
  guessed: 'guessed: from experience, not from this machine',
};

export interface QuantityProps {
  /** Already formatted, unit included: "5.12 GiB". */
  readonly value: string;
  readonly basis?: Basis;
  /** Where it comes from, for the tooltip. */
  readonly source?: string;
}

/** A number with its unit and, where it was predicted, how far it can be trusted. */
export function Quantity({ value, basis, source }: QuantityProps) {
  const [, number = value, unit = ''] = /^(\S+) (.+)$/.exec(value) ?? [];
  const body = (
    <span className={classes['root']}>
      {number}
      {unit === '' ? null : <span className={classes['unit']}> {unit}</span>}
      {basis === undefined || basis === 'exact' ? null : <span className={classes['basis']}> {basis}</span>}
    </span>
  );
  if (basis === undefined && source === undefined) return body;
  const label = [basis === undefined ? null : BASIS[basis], source].filter(Boolean).join('. ');
  return <Tooltip label={label}>{body}</Tooltip>;
}
