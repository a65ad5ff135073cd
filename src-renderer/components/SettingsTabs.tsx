import { Link } from '@tanstack/react-router';
import classes from './AnalysisTabs.module.css';

const TABS = [
  { to: '/settings', name: 'General' },
  { to: '/settings/prompts', name: 'Judge prompts' },
  { to: '/settings/servers', name: 'Servers and keys' },
] as const;

/** The pages of what is set once and used by every run. */
export function SettingsTabs() {
  return (
    <nav className={classes['root']} aria-label="Settings">
      {TABS.map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          className={classes['tab']}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ 'data-active': true, 'aria-current': 'page' }}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
