import classes from './Quantity.module.css';

export interface QuantityProps {
  /** Already formatted, unit included: "5.12 GiB". */
  readonly value: string;
}

/** A number with its unit. */
export function Quantity({ value }: QuantityProps) {
  const [, number = value, unit = ''] = /^(\S+) (.+)$/.exec(value) ?? [];
  return (
    <span className={classes['root']}>
      {number}
      {unit === '' ? null : <span className={classes['unit']}> {unit}</span>}
    </span>
  );
}
