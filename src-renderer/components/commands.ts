import { useLayoutEffect, useRef } from 'react';
import { create } from 'zustand';
import { useShallow } from 'zustand/react/shallow';

/** Something the user can do: from the palette, by key, and in the list of keys. One definition serves all three. */
export interface Command {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  /** "/", "j", "Enter", "g m" (one after the other), "Shift+R"; none: palette only. */
  readonly keys?: readonly string[];
  /** Left out of the palette: it only makes sense as a key. */
  readonly keyOnly?: boolean;
  readonly disabled?: boolean;
  readonly run: () => void;
}

interface Registered {
  readonly token: symbol;
  readonly commands: readonly Command[];
}

const useRegistry = create<{ readonly stack: readonly Registered[] }>(() => ({ stack: [] }));

/** Offers commands while the component is on screen. Of two with the same key the later one wins: a pane over its page. */
export function useCommands(commands: readonly Command[]): void {
  const token = useRef(Symbol('commands'));
  const latest = useRef(commands);
  const shape = JSON.stringify(commands.map(({ run: _run, ...rest }) => rest));
  const published = useRef('');
  // With the drawing, not after it: a key that is pressed as soon as something is seen must reach what is seen.
  useLayoutEffect(() => {
    latest.current = commands;
    if (published.current === shape) return;
    published.current = shape;
    const call = (id: string) => () => latest.current.find((command) => command.id === id)?.run();
    const entry = {
      token: token.current,
      commands: commands.map((command) => Object.assign({}, command, { run: call(command.id) })),
    };
    useRegistry.setState(({ stack }) => ({
      stack: stack.some((other) => other.token === entry.token)
        ? stack.map((other) => (other.token === entry.token ? entry : other))
        : [...stack, entry],
    }));
  });
  useLayoutEffect(() => {
    const mine = token.current;
    return () => {
      published.current = '';
      useRegistry.setState(({ stack }) => ({ stack: stack.filter((entry) => entry.token !== mine) }));
    };
  }, []);
}

const active = (stack: readonly Registered[]): Command[] => {
  const byId = new Map<string, Command>();
  for (const { commands } of stack) for (const command of commands) byId.set(command.id, command);
  return [...byId.values()].filter(({ disabled }) => disabled !== true);
};

/** Every command on offer now, in the order of registration. */
export function useActiveCommands(): readonly Command[] {
  return useRegistry(useShallow(({ stack }) => active(stack)));
}

/** The command behind a key or a sequence, the latest first; "wait" when the keys begin a longer sequence. */
export function commandFor(pressed: readonly string[]): Command | 'wait' | null {
  const joined = pressed.join(' ');
  const commands = active(useRegistry.getState().stack).toReversed();
  const exact = commands.find(({ keys }) => keys?.includes(joined) === true);
  if (exact !== undefined) return exact;
  return commands.some(({ keys }) => keys?.some((key) => key.startsWith(`${joined} `)) === true)
    ? 'wait'
    : null;
}
