import { Link } from '@tanstack/react-router';
import classes from './AnalysisTabs.module.css';

const TABS = [
  { to: '/analysis', name: 'Accuracy and uncertainty' },
  { to: '/analysis/compare', name: 'Compare' },
  { to: '/analysis/label', name: 'Label' },
  { to: '/analysis/card', name: 'Report card' },
] as const;

/** The pages about verdicts, as one row under the head. */
export function AnalysisTabs({ run }: { readonly run: number | null }) {
  return (
    <nav className={classes['root']} aria-label="Analysis">
      {TABS.map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          search={run === null || to === '/analysis/compare' ? {} : { run }}
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
