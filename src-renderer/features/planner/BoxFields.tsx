import { Autocomplete, Button, NumberInput, Select, VisuallyHidden } from '@mantine/core';
import { X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { parseBox, type Card } from '../../../src-main/domain/planning/cards.ts';
import type { ExperimentFormProps } from './ExperimentForm.tsx';
import classes from './Planner.module.css';

const THIS = 'this machine';
const NO_CARDS: readonly Card[] = [];

/** The machine: this one, a name, or cards put together one by one; its RAM, and what stays free on each card. */
export function BoxFields({ search, ground, onSet }: ExperimentFormProps) {
  const { tables, settings } = ground;
  const cards = tables?.cards ?? NO_CARDS;
  const [typed, setTyped] = useState<string | null>(null);
  const set = (text: string): void => {
    setTyped(null);
    const box = text.trim();
    onSet({ box: box === '' || box === THIS ? undefined : box });
  };
  const names = [THIS, ...(tables?.boxes ?? []), ...cards.map(({ name }) => name)];
  const read = useMemo(() => readBox(search.box, cards), [search.box, cards]);
  return (
    <>
      <Autocomplete
        label="Machine"
        description="2x RTX 4090 · A100 80GB + L4 · 24GB · cpu"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={read.known ? null : 'Not a machine that is known: see beside.'}
        data={[...new Set(names)]}
        value={typed ?? search.box ?? THIS}
        filter={({ options, search: text }) =>
          typed === null
            ? options
            : options.filter((o) => 'label' in o && o.label.toLowerCase().includes(text.toLowerCase()))
        }
        onChange={setTyped}
        onOptionSubmit={set}
        onBlur={() => {
          if (typed !== null) set(typed);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && typed !== null) set(typed);
        }}
      />
      <CardsOfBox chosen={read.cards} cards={cards} onChange={(next) => set(next === '' ? 'cpu' : next)} />
      <div className={classes['pair']}>
        <NumberInput
          label="RAM, GiB"
          min={1}
          max={65_536}
          allowNegative={false}
          allowDecimal={false}
          value={search.ram ?? ''}
          placeholder="as it is"
          onChange={(value) => onSet({ ram: typeof value === 'number' ? value : undefined })}
        />
        <NumberInput
          label="Reserve a card, MiB"
          min={0}
          max={1_000_000}
          step={256}
          allowNegative={false}
          allowDecimal={false}
          value={search.reserve ?? ''}
          placeholder={settings === undefined ? '' : String(Math.round(settings.vramReserveBytes / 2 ** 20))}
          onChange={(value) => onSet({ reserve: typeof value === 'number' ? value : undefined })}
        />
      </div>
    </>
  );
}

interface CardsOfBoxProps {
  readonly chosen: readonly Card[];
  readonly cards: readonly Card[];
  readonly onChange: (box: string) => void;
}

/** The cards of a machine that is put together: one more, one less. */
function CardsOfBox({ chosen, cards, onChange }: CardsOfBoxProps) {
  const [typed, setTyped] = useState('');
  const names = chosen.map(({ name }) => name);
  const without = (name: string): string[] => names.toSpliced(names.lastIndexOf(name), 1);
  return (
    <div className={classes['cards']}>
      {[...new Set(names)].map((name) => (
        <Button
          key={name}
          variant="default"
          size="compact-xs"
          rightSection={<X size={12} aria-hidden />}
          onClick={() => onChange(boxText(without(name)))}
        >
          {countOf(name, names)}× {name}
          <VisuallyHidden>: take one out</VisuallyHidden>
        </Button>
      ))}
      <Select
        aria-label="Add a card"
        placeholder="Add a card"
        className={classes['grow']}
        data={cards.map(({ name }) => name)}
        value={null}
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        nothingFoundMessage="No such card; its memory will do: 24GB"
        onChange={(name) => {
          setTyped('');
          if (name !== null) onChange(boxText([...names, name]));
        }}
      />
    </div>
  );
}

const countOf = (name: string, names: readonly string[]): number => names.filter((n) => n === name).length;

/** As the field is typed: "2x RTX 4090 + L4". */
function boxText(names: readonly string[]): string {
  return [...new Set(names)]
    .map((name) => {
      const count = countOf(name, names);
      // A card known by its memory only is called so.
      const typed = name.replace(/ GB card$/, 'GB');
      return count === 1 ? typed : `${count}x ${typed}`;
    })
    .join(' + ');
}

interface ReadBox {
  readonly cards: readonly Card[];
  readonly known: boolean;
}

function readBox(box: string | undefined, cards: readonly Card[]): ReadBox {
  if (box === undefined || cards.length === 0) return { cards: [], known: true };
  try {
    return { cards: parseBox(box, cards).cards, known: true };
  } catch {
    return { cards: [], known: false };
  }
}
