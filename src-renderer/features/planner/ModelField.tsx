import { Autocomplete, MultiSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ModelChoices } from './choices.ts';

interface OneProps {
  readonly label: string;
  readonly value: string | null;
  readonly choices: ModelChoices;
  readonly onChange: (choice: string | null) => void;
}

/** One model: of this machine, of the catalogue, or an address of which only the header is fetched. */
export function ModelField({ label, value, choices, onChange }: OneProps) {
  const shown = value === null ? '' : choices.label(value);
  const [typed, setTyped] = useState<string | null>(null);
  const commit = (text: string): void => {
    setTyped(null);
    const known = choices.options.find((option) => option.label === text || option.value === text);
    const next = known?.value ?? text.trim();
    if (next !== value) onChange(next === '' ? null : next);
  };
  return (
    <Autocomplete
      label={label}
      data={[...new Set(choices.options.map((option) => option.label))]}
      value={typed ?? shown}
      // The list shows everything until something is typed.
      filter={({ options, search }) =>
        typed === null
          ? options
          : options.filter((o) => 'label' in o && o.label.toLowerCase().includes(search.toLowerCase()))
      }
      onChange={setTyped}
      onOptionSubmit={commit}
      onBlur={() => {
        if (typed !== null) commit(typed);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && typed !== null) commit(typed);
      }}
      placeholder="A model, hf:user/repo:quant, or an address"
    />
  );
}

interface ManyProps {
  readonly label: string;
  readonly value: readonly string[];
  readonly choices: ModelChoices;
  readonly onChange: (choices: string[]) => void;
}

/** Several models; those that are neither at hand nor known are added by their address below. */
export function ModelsField({ label, value, choices, onChange }: ManyProps) {
  const [address, setAddress] = useState('');
  const others = value.filter((choice) => !choices.options.some((option) => option.value === choice));
  return (
    <>
      <MultiSelect
        label={label}
        data={[...choices.options, ...others.map((choice) => ({ value: choice, label: choice }))]}
        value={[...value]}
        onChange={onChange}
        searchable
        placeholder={value.length === 0 ? 'Choose models' : ''}
        nothingFoundMessage="No such model at hand; give its address below"
      />
      <TextInput
        aria-label={`${label}: add by address`}
        placeholder="hf:user/repo:quant or https://…, then Enter"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || address.trim() === '') return;
          onChange([...new Set([...value, address.trim()])]);
          setAddress('');
        }}
      />
    </>
  );
}
