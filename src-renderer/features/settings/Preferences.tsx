import { NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Settings } from '../../../src-main/domain/settings.ts';
import { MIB } from '../../../src-main/domain/units.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { setSettingsMutation } from '../../queries/settings.ts';
import classes from './Settings.module.css';

/** Reserves, appearance and author. */
export function Preferences({ settings }: { readonly settings: Settings }) {
  const set = useMutation(setSettingsMutation());
  return (
    <>
      {set.isError ? (
        <ErrorNote error={set.error} what="The change was not kept." onDismiss={() => set.reset()} />
      ) : null}
      <Section title="Memory kept free" note="subtracted from what is free before anything is planned">
        <div className={classes['fields']}>
          <Mebibytes
            label="On each GPU"
            bytes={settings.vramReserveBytes}
            onBytes={(vramReserveBytes) => set.mutate({ vramReserveBytes })}
          />
          <Mebibytes
            label="In the machine’s RAM"
            bytes={settings.ramReserveBytes}
            onBytes={(ramReserveBytes) => set.mutate({ ramReserveBytes })}
          />
        </div>
      </Section>
      <Section title="Appearance">
        <div>
          <SegmentedControl
            aria-label="Theme"
            value={settings.theme}
            onChange={(theme) => set.mutate({ theme })}
            data={[
              { value: 'system', label: 'as the system' },
              { value: 'light', label: 'light' },
              { value: 'dark', label: 'dark' },
            ]}
          />
        </div>
      </Section>
      <Section title="Author" note="written under every verdict and label that you give">
        <Author author={settings.author} onAuthor={(author) => set.mutate({ author })} />
      </Section>
    </>
  );
}

interface MebibytesProps {
  readonly label: string;
  readonly bytes: number;
  readonly onBytes: (bytes: number) => void;
}

const MOST_MIB = 1_000_000;

/** Written when the field is left, not with every key. */
function Mebibytes({ label, bytes, onBytes }: MebibytesProps) {
  const [value, setValue] = useState<number | string>(Math.round(bytes / MIB));
  const commit = (): void => {
    const before = Math.round(bytes / MIB);
    // The field brings what is out of bounds back to them only after it is left, and then tells nobody.
    const kept = typeof value === 'number' ? Math.min(MOST_MIB, Math.max(0, value)) : before;
    setValue(kept);
    if (kept !== before) onBytes(kept * MIB);
  };
  return (
    <NumberInput
      label={label}
      value={value}
      onChange={setValue}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
      min={0}
      max={MOST_MIB}
      step={64}
      allowDecimal={false}
      suffix=" MiB"
      thousandSeparator=","
      w={180}
    />
  );
}

function Author({
  author,
  onAuthor,
}: {
  readonly author: string;
  readonly onAuthor: (author: string) => void;
}) {
  const [value, setValue] = useState(author);
  const commit = (): void => {
    const trimmed = value.trim();
    if (trimmed === '') setValue(author);
    else if (trimmed !== author) onAuthor(trimmed);
  };
  return (
    <TextInput
      aria-label="Author"
      value={value}
      onChange={(event) => setValue(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
      maxLength={300}
      w={280}
    />
  );
}
