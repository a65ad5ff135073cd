import { TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useCommands } from './commands.ts';

export interface SearchInputProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** ms of quiet before it is searched; 0 for lists the page holds itself. */
  readonly delayMs?: number;
  readonly width?: number;
}

/** The search of a page: `/` goes there, Escape empties and leaves it. */
export function SearchInput({ label, value, onChange, delayMs = 150, width = 220 }: SearchInputProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // The address changed by itself (back, a chip): the field follows, but never overwrites what is being typed.
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, delayMs);
    return () => clearTimeout(timer);
  }, [text, delayMs, onChange]);
  useCommands([
    { id: 'search', group: 'Table', label, keys: ['/'], keyOnly: true, run: () => input.current?.focus() },
  ]);
  return (
    <TextInput
      ref={input}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        setText('');
        input.current?.blur();
      }}
      placeholder={label}
      aria-label={label}
      leftSection={<Search size={14} aria-hidden />}
      w={width}
      spellCheck={false}
    />
  );
}
