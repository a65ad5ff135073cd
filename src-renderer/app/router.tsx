import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router';
import { analysisSearch, cardSearch, compareSearch } from '../features/analysis/search.ts';
import { answersSearch } from '../features/answers/search.ts';
import { datasetsSearch, importSearch, rowsSearch } from '../features/datasets/search.ts';
import { launchSearch, runsSearch } from '../features/experiments/search.ts';
import { machineSearch } from '../features/hardware/search.ts';
import { labelSearch, promptsSearch } from '../features/judging/search.ts';
import { intParam, onlyKnown } from '../lib/search-params.ts';
import { planSearch } from '../features/planner/search.ts';
import { Crash } from './ErrorBoundary.tsx';
import { Layout } from './Layout.tsx';
import { NotFound } from './NotFound.tsx';

/** An id in an address; anything else is no page. */
function idParam(text: string): number {
  const id = intParam(text);
  // oxlint-disable-next-line typescript/only-throw-error -- how this router says so
  if (id === undefined) throw notFound();
  return id;
}

const root = createRootRoute({
  component: () => <Layout onIdle={loadAllPages} />,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- how this router redirects
    throw redirect({ to: '/machine', replace: true });
  },
});

const machine = createRoute({
  getParentRoute: () => root,
  path: '/machine',
  validateSearch: onlyKnown(machineSearch),
  component: lazyRouteComponent(() => import('../features/hardware/MachinePage.tsx'), 'MachinePage'),
});

const plan = createRoute({
  getParentRoute: () => root,
  path: '/plan',
  validateSearch: onlyKnown(planSearch),
  component: lazyRouteComponent(() => import('../features/planner/PlanPage.tsx'), 'PlanPage'),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: '/datasets',
  validateSearch: onlyKnown(datasetsSearch),
  component: lazyRouteComponent(() => import('../features/datasets/DatasetsPage.tsx'), 'DatasetsPage'),
});

const importDataset = createRoute({
  getParentRoute: () => root,
  path: '/datasets/import',
  validateSearch: onlyKnown(importSearch),
  component: lazyRouteComponent(() => import('../features/datasets/ImportPage.tsx'), 'ImportPage'),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: '/datasets/$datasetId',
  params: {
    parse: ({ datasetId }) => ({ datasetId: idParam(datasetId) }),
    stringify: ({ datasetId }) => ({ datasetId: String(datasetId) }),
  },
  validateSearch: onlyKnown(rowsSearch),
  component: lazyRouteComponent(() => import('../features/datasets/RowsPage.tsx'), 'RowsPage'),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: onlyKnown(runsSearch),
  component: lazyRouteComponent(() => import('../features/experiments/RunsPage.tsx'), 'RunsPage'),
});

const launch = createRoute({
  getParentRoute: () => root,
  path: '/runs/new',
  validateSearch: onlyKnown(launchSearch),
  component: lazyRouteComponent(() => import('../features/experiments/LaunchPage.tsx'), 'LaunchPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  params: {
    parse: ({ runId }) => ({ runId: idParam(runId) }),
    stringify: ({ runId }) => ({ runId: String(runId) }),
  },
  component: lazyRouteComponent(() => import('../features/experiments/RunPage.tsx'), 'RunPage'),
});

const answers = createRoute({
  getParentRoute: () => root,
  path: '/answers',
  validateSearch: onlyKnown(answersSearch),
  component: lazyRouteComponent(() => import('../features/answers/AnswersPage.tsx'), 'AnswersPage'),
});

const analysis = createRoute({
  getParentRoute: () => root,
  path: '/analysis',
  validateSearch: onlyKnown(analysisSearch),
  component: lazyRouteComponent(() => import('../features/analysis/AnalysisPage.tsx'), 'AnalysisPage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/analysis/compare',
  validateSearch: onlyKnown(compareSearch),
  component: lazyRouteComponent(() => import('../features/analysis/ComparePage.tsx'), 'ComparePage'),
});

const card = createRoute({
  getParentRoute: () => root,
  path: '/analysis/card',
  validateSearch: onlyKnown(cardSearch),
  component: lazyRouteComponent(() => import('../features/analysis/CardPage.tsx'), 'CardPage'),
});

const label = createRoute({
  getParentRoute: () => root,
  path: '/analysis/label',
  validateSearch: onlyKnown(labelSearch),
  component: lazyRouteComponent(() => import('../features/judging/LabellingPage.tsx'), 'LabellingPage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage.tsx'), 'SettingsPage'),
});

const prompts = createRoute({
  getParentRoute: () => root,
  path: '/settings/prompts',
  validateSearch: onlyKnown(promptsSearch),
  component: lazyRouteComponent(() => import('../features/judging/prompts/PromptsPage.tsx'), 'PromptsPage'),
});

const servers = createRoute({
  getParentRoute: () => root,
  path: '/settings/servers',
  component: lazyRouteComponent(() => import('../features/settings/ServersPage.tsx'), 'ServersPage'),
});

const routeTree = root.addChildren([
  home,
  machine,
  plan,
  datasets,
  importDataset,
  dataset,
  runs,
  launch,
  run,
  answers,
  analysis,
  compare,
  card,
  label,
  settings,
  prompts,
  servers,
]);

/** Hash history: it works the same on app:// and on http, and a server never sees what is looked at. */
export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultErrorComponent: ({ error }) => <Crash error={error} />,
  defaultPendingMs: 400,
});

/** Loads every page's code once the first one is shown: a page must open although the workbench does not answer just then. */
function loadAllPages(): void {
  for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
