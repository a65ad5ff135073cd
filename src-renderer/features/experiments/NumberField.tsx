import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';

export interface NumberFieldProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'onBlur'> {
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** A number field that may be empty while one types: what was there before counts until a number is that may be. */
export function NumberField({ min, max, value, onChange, ...field }: NumberFieldProps) {
  const [typed, setTyped] = useState<number | string | null>(null);
  return (
    <NumberInput
      {...field}
      min={min}
      max={max}
      allowNegative={false}
      value={typed ?? value}
      onChange={(next) => {
        const counts = typeof next === 'number' && next >= min && next <= max;
        setTyped(counts ? null : next);
        if (counts) onChange(next);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
