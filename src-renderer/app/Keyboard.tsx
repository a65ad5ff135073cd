import { Kbd, Modal } from '@mantine/core';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { commandFor, useActiveCommands, useCommands, type Command } from '../components/commands.ts';
import { rescanModels } from '../queries/models.ts';
import classes from './Keyboard.module.css';

/** A second key of a sequence ("g m") must follow within this time, or the first is forgotten. */
const SEQUENCE_MS = 1200;

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select'));

/** Enter and Space on something that is itself pressed belong to it. */
const isPressable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('button, a, [role=option], [role=menuitem], summary') !== null;

const keyName = (event: KeyboardEvent): string => {
  const modifiers = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : ''].filter(Boolean);
  return [...modifiers, event.key].join('+');
};

/** Keys, palette and the list of keys: all three read the commands that the pages have registered. */
export function Keyboard() {
  const [helpOpen, setHelpOpen] = useState(false);
  useGlobalCommands(() => setHelpOpen(true));
  useKeyListener();
  const commands = useActiveCommands();
  return (
    <>
      <Palette commands={commands} />
      <Modal opened={helpOpen} onClose={() => setHelpOpen(false)} title="Keys" size="lg">
        <KeyList commands={commands} />
      </Modal>
    </>
  );
}

function useGlobalCommands(openHelp: () => void): void {
  const navigate = useNavigate();
  const go = { group: 'Go to' };
  useCommands([
    {
      ...go,
      id: 'go.machine',
      label: 'Machine',
      keys: ['g m'],
      run: () => void navigate({ to: '/machine' }),
    },
    { ...go, id: 'go.plan', label: 'Plan', keys: ['g p'], run: () => void navigate({ to: '/plan' }) },
    {
      ...go,
      id: 'go.datasets',
      label: 'Datasets',
      keys: ['g d'],
      run: () => void navigate({ to: '/datasets' }),
    },
    { ...go, id: 'go.runs', label: 'Runs', keys: ['g r'], run: () => void navigate({ to: '/runs' }) },
    {
      ...go,
      id: 'go.answers',
      label: 'Answers',
      keys: ['g a'],
      run: () => void navigate({ to: '/answers' }),
    },
    {
      ...go,
      id: 'go.analysis',
      label: 'Analysis',
      keys: ['g n'],
      run: () => void navigate({ to: '/analysis' }),
    },
    {
      ...go,
      id: 'go.settings',
      label: 'Settings',
      keys: ['g s'],
      run: () => void navigate({ to: '/settings' }),
    },
    {
      group: 'Runs',
      id: 'run.new',
      label: 'New run',
      keys: ['g w'],
      run: () => void navigate({ to: '/runs/new' }),
    },
    {
      ...go,
      id: 'go.prompts',
      label: 'Judge prompts',
      keys: ['g j'],
      run: () => void navigate({ to: '/settings/prompts' }),
    },
    {
      ...go,
      id: 'go.servers',
      label: 'Servers and keys',
      run: () => void navigate({ to: '/settings/servers' }),
    },
    { group: 'Models', id: 'models.rescan', label: 'Look for models again', run: rescanModels },
    { group: 'Help', id: 'help.keys', label: 'Keys', keys: ['?'], run: openHelp },
    {
      group: 'Help',
      id: 'help.palette',
      label: 'Every command',
      keys: ['Ctrl+k'],
      keyOnly: true,
      run: spotlight.open,
    },
  ]);
}

function useKeyListener(): void {
  const pressed = useRef<{ keys: string[]; at: number }>({ keys: [], at: 0 });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const key = keyName(event);
      const chord = key.startsWith('Ctrl+');
      const overlay = document.querySelector('[role=dialog][aria-modal=true]') !== null;
      if (!chord && (overlay || (typesText(event.target) && key !== 'Escape'))) return;
      if (key === 'Enter' && isPressable(event.target)) return;
      const fresh = event.timeStamp - pressed.current.at > SEQUENCE_MS;
      const keys = fresh ? [key] : [...pressed.current.keys, key];
      const found = commandFor(keys) ?? commandFor([key]);
      pressed.current = { keys: found === 'wait' ? keys.slice(-1) : [], at: event.timeStamp };
      if (found === null || found === 'wait') return;
      event.preventDefault();
      found.run();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

function Palette({ commands }: { readonly commands: readonly Command[] }) {
  const actions = commands
    .filter(({ keyOnly }) => keyOnly !== true)
    .map((command) => ({
      id: command.id,
      label: command.label,
      description: command.group,
      onClick: () => command.run(),
      rightSection: <Keys keys={command.keys} />,
    }));
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      nothingFound="No such command"
      highlightQuery
      scrollable
      maxHeight={420}
      centered={false}
      yOffset={80}
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      searchProps={{
        leftSection: <Search size={15} aria-hidden />,
        placeholder: 'What do you want to do?',
        'aria-label': 'Command',
      }}
    />
  );
}

function Keys({ keys }: { readonly keys: readonly string[] | undefined }) {
  const [first] = keys ?? [];
  if (first === undefined) return null;
  return (
    <span className={classes['keys']}>
      {first.split(/[ +]/).map((key) => (
        <Kbd key={key} size="xs">
          {key.length === 1 ? key : key.replace('Arrow', '')}
        </Kbd>
      ))}
    </span>
  );
}

function KeyList({ commands }: { readonly commands: readonly Command[] }) {
  const withKeys = commands.filter(({ keys }) => (keys?.length ?? 0) > 0);
  const groups = [...new Set(withKeys.map(({ group }) => group))];
  return (
    <div className={classes['list']}>
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h3 className={classes['group']}>{group}</h3>
          {withKeys
            .filter((command) => command.group === group)
            .map((command) => (
              <div key={command.id} className={classes['line']}>
                <span>{command.label}</span>
                <Keys keys={command.keys} />
              </div>
            ))}
        </section>
      ))}
    </div>
  );
}
