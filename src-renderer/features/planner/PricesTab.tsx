import { Button, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlannerTables } from '../../../src-main/contract/planning.ts';
import type { Card } from '../../../src-main/domain/planning/cards.ts';
import type { Price } from '../../../src-main/domain/planning/cost.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { plannerTablesQuery, setPricesMutation } from '../../queries/planning.ts';
import { Busy } from './Busy.tsx';
import classes from './Planner.module.css';

/** What rented cards cost: the workbench's dated table, or the user's own copy of it. */
export function PricesTab() {
  const tables = useQuery(plannerTablesQuery());
  if (tables.isError)
    return (
      <ErrorNote
        error={tables.error}
        what="The price table could not be read."
        onRetry={() => void tables.refetch()}
      />
    );
  if (tables.data === undefined) return <Busy>Reading…</Busy>;
  return <PriceTable key={JSON.stringify(tables.data.prices)} tables={tables.data} />;
}

type Row = Price & { readonly key: number };

function PriceTable({ tables: { cards, prices, pricesFrom, notes } }: { readonly tables: PlannerTables }) {
  const [rows, setRows] = useState<readonly Row[]>(() => prices.map((price, key) => ({ ...price, key })));
  const save = useMutation(setPricesMutation());
  const edited = rows.length !== prices.length || rows.some((row, i) => !same(row, prices[i]));
  const wrong = rows.filter((row) => Object.keys(problemsOf(row, cards)).length > 0);
  const change = (key: number, part: Partial<Price>): void =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const [added, setAdded] = useState<number | null>(null);
  const add = (): void => {
    const next = Math.max(0, ...rows.map(({ key }) => key)) + 1;
    setAdded(next);
    setRows([
      ...rows,
      {
        provider: '',
        card: '',
        count: 1,
        usdPerHour: 1,
        date: new Date().toISOString().slice(0, 10),
        source: 'entered by hand',
        key: next,
      },
    ]);
  };
  return (
    <Section
      title="Prices of rented cards, USD an hour"
      note={
        pricesFrom.path === null
          ? `the workbench’s table, newest price of ${pricesFrom.date}: check before you rely on it`
          : `your own table: ${pricesFrom.path}`
      }
      actions={
        <>
          <Button variant="default" onClick={add}>
            Add a price
          </Button>
          {pricesFrom.path === null ? null : (
            <Button variant="default" onClick={() => save.mutate({ prices: null })}>
              Back to the workbench’s table
            </Button>
          )}
          <Button
            disabled={!edited || wrong.length > 0}
            loading={save.isPending}
            onClick={() => save.mutate({ prices: rows.map(priceOf) })}
          >
            Save
          </Button>
        </>
      }
    >
      {notes.map((note) => (
        <Note key={note} tone="warning">
          {note}
        </Note>
      ))}
      {save.error === null ? null : <ErrorNote error={save.error} what="The prices were not saved." />}
      {wrong.length === 0 ? null : (
        <Note tone="warning">
          {wrong.length === 1 ? 'One price is' : `${wrong.length} prices are`} not complete yet and cannot be
          saved: each needs a provider, a card of the catalogue, a date like 2026-11-24 and a source.
        </Note>
      )}
      <datalist id={CARD_NAMES}>
        {cards.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <caption>USD an hour for the whole rented machine, without storage and traffic</caption>
          <thead>
            <tr>
              {['Provider', 'Card', 'Cards in the machine', 'USD an hour', 'Date', 'Source', ''].map(
                (head) => (
                  <th key={head} scope="col">
                    {head === '' ? 'Remove' : head}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <PriceRow
                key={row.key}
                row={row}
                problems={problemsOf(row, cards)}
                added={row.key === added}
                onChange={(part) => change(row.key, part)}
                onRemove={() => setRows(rows.filter(({ key }) => key !== row.key))}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

const CARD_NAMES = 'names-of-cards';

type Problems = Partial<Record<'provider' | 'card' | 'date' | 'source', string>>;

/** What keeps a price from being saved, a few words each. */
function problemsOf({ provider, card, date, source }: Row, cards: readonly Card[]): Problems {
  return {
    ...(provider.trim() === '' ? { provider: 'who rents it?' } : {}),
    ...(cards.some(({ name }) => name === card) ? {} : { card: 'no card of the catalogue' }),
    ...(/^\d{4}-\d{2}(-\d{2})?$/.test(date) ? {} : { date: 'like 2026-11-24' }),
    ...(source.trim() === '' ? { source: 'where was it read?' } : {}),
  };
}

interface PriceRowProps {
  readonly row: Row;
  readonly problems: Problems;
  /** It was just added, below what is on screen: it takes the focus. */
  readonly added: boolean;
  readonly onChange: (part: Partial<Price>) => void;
  readonly onRemove: () => void;
}

function PriceRow({ row, problems, added, onChange, onRemove }: PriceRowProps) {
  const of = `${row.provider} ${row.card}`;
  const texts = (['provider', 'card'] as const).map((key) => (
    <td key={key}>
      <TextInput
        aria-label={`${key}, ${of}`}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the person has just asked for this row
        autoFocus={added && key === 'provider'}
        value={row[key]}
        error={problems[key]}
        w={key === 'card' ? 170 : 120}
        {...(key === 'card' ? { list: CARD_NAMES } : {})}
        onChange={(event) => onChange({ [key]: event.currentTarget.value })}
      />
    </td>
  ));
  return (
    <tr>
      {texts}
      <td>
        <NumberInput
          aria-label={`Cards, ${of}`}
          min={1}
          max={64}
          value={row.count}
          onChange={(value) => {
            if (typeof value === 'number' && value >= 1) onChange({ count: value });
          }}
          w={90}
        />
      </td>
      <td>
        <NumberInput
          aria-label={`USD an hour, ${of}`}
          min={0}
          step={0.1}
          decimalScale={3}
          value={row.usdPerHour}
          onChange={(value) => {
            if (typeof value === 'number') onChange({ usdPerHour: value });
          }}
          w={110}
        />
      </td>
      <td>
        <TextInput
          aria-label={`Date, ${of}`}
          value={row.date}
          error={problems.date}
          onChange={(event) => onChange({ date: event.currentTarget.value })}
          w={120}
        />
      </td>
      <td className={classes['rest']}>
        <TextInput
          aria-label={`Source, ${of}`}
          value={row.source}
          title={row.source}
          error={problems.source}
          onChange={(event) => onChange({ source: event.currentTarget.value })}
        />
      </td>
      <td>
        <Button variant="subtle" size="compact-sm" aria-label={`Remove ${of}`} onClick={onRemove}>
          Remove
        </Button>
      </td>
    </tr>
  );
}

function priceOf({ provider, card, count, usdPerHour, date, source }: Row): Price {
  return { provider, card, count, usdPerHour, date, source };
}

function same(row: Row, price: Price | undefined): boolean {
  return (
    price !== undefined &&
    row.provider === price.provider &&
    row.card === price.card &&
    row.count === price.count &&
    row.usdPerHour === price.usdPerHour &&
    row.date === price.date &&
    row.source === price.source
  );
}
