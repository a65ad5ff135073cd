import { Link } from '@tanstack/react-router';
import { TAB, TabRow } from './TabRow.tsx';

const TABS = [
  { to: '/analysis', name: 'Accuracy and uncertainty' },
  { to: '/analysis/compare', name: 'Compare' },
  { to: '/analysis/label', name: 'Label' },
  { to: '/analysis/card', name: 'Report card' },
] as const;

/** The pages about verdicts. */
export function AnalysisTabs({ run }: { readonly run: number | null }) {
  return (
    <TabRow label="Analysis">
      {TABS.map(({ to, name }) => (
        <Link key={to} to={to} search={run === null || to === '/analysis/compare' ? {} : { run }} {...TAB}>
          {name}
        </Link>
      ))}
    </TabRow>
  );
}
