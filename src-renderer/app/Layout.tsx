import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import {
  ChartNoAxesColumn,
  Cpu,
  Database,
  ListChecks,
  PlayCircle,
  Ruler,
  Settings,
  type LucideIcon,
} from 'lucide-react';
import { useEffect } from 'react';
import { settingsQuery } from '../queries/settings.ts';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { DropOverlay } from './DropOverlay.tsx';
import { Keyboard } from './Keyboard.tsx';
import { useFocusKept } from './focus-kept.ts';
import { StatusLine } from './StatusLine.tsx';
import classes from './Layout.module.css';

const PLACES = [
  { to: '/machine', name: 'Machine', icon: Cpu },
  { to: '/plan', name: 'Plan', icon: Ruler },
  { to: '/datasets', name: 'Datasets', icon: Database },
  { to: '/runs', name: 'Runs', icon: PlayCircle },
  { to: '/answers', name: 'Answers', icon: ListChecks },
  { to: '/analysis', name: 'Analysis', icon: ChartNoAxesColumn },
] as const;

function Place({
  to,
  name,
  icon: Icon,
}: {
  readonly to: (typeof PLACES)[number]['to'] | '/settings';
  readonly name: string;
  readonly icon: LucideIcon;
}) {
  return (
    <Link
      to={to}
      className={classes['place']}
      activeProps={{ 'data-active': true, 'aria-current': 'page' }}
      title={name}
    >
      <Icon size={16} strokeWidth={1.8} aria-hidden />
      <span className={classes['name']}>{name}</span>
    </Link>
  );
}

/** The first page comes first. */
const AFTER_FIRST_PAGE_MS = 500;

/** The frame of every page: the rail in the order of the work, the page, and the status line. */
export function Layout({ onIdle }: { readonly onIdle: () => void }) {
  useThemeSetting();
  useFocusKept();
  useEffect(() => {
    const idle = setTimeout(onIdle, AFTER_FIRST_PAGE_MS);
    return () => clearTimeout(idle);
  }, [onIdle]);
  return (
    <div className={classes['root']}>
      <a className={classes['skip']} href="#main" onClick={(event) => focusMain(event)}>
        Skip to the page
      </a>
      <nav className={classes['rail']} aria-label="Workbench">
        <div className={classes['brand']}>
          <span className={classes['logo']} aria-hidden />
          <span className={classes['name']}>Assize</span>
        </div>
        {PLACES.map((place) => (
          <Place key={place.to} {...place} />
        ))}
        <span className={classes['spring']} />
        <Place to="/settings" name="Settings" icon={Settings} />
      </nav>
      <main id="main" className={classes['main']} tabIndex={-1}>
        <ConnectionBanner />
        <div className={classes['outlet']}>
          <Outlet />
        </div>
      </main>
      <StatusLine />
      <Keyboard />
      <DropOverlay />
    </div>
  );
}

/** The address's hash belongs to the router, so the skip link moves the focus itself. */
function focusMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

/** The theme is a setting of the workbench, not of this browser: what is stored here is only to start in the right one. */
function useThemeSetting(): void {
  const theme = useQuery(settingsQuery()).data?.theme;
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (theme !== undefined) setColorScheme(theme === 'system' ? 'auto' : theme);
  }, [theme, setColorScheme]);
}
