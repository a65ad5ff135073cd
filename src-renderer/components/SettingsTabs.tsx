import { Link } from '@tanstack/react-router';
import { TAB, TabRow } from './TabRow.tsx';

const TABS = [
  { to: '/settings', name: 'General' },
  { to: '/settings/prompts', name: 'Judge prompts' },
  { to: '/settings/servers', name: 'Servers and keys' },
] as const;

/** The pages of what is set once and used by every run. */
export function SettingsTabs() {
  return (
    <TabRow label="Settings">
      {TABS.map(({ to, name }) => (
        <Link key={to} to={to} {...TAB}>
          {name}
        </Link>
      ))}
    </TabRow>
  );
}
