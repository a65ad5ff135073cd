import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import { QueryClient } from '@tanstack/react-query';
import { useStore } from 'zustand';
import { capabilities } from '../transport/bridge.ts';
import type { ConnectionStatus } from '../transport/connection.ts';
import { connection, workbench } from '../transport/workbench.ts';

/** Query keys and options of every procedure; the files beside this one choose among them. */
export const api = createTanstackQueryUtils(workbench);
export { capabilities, workbench };

/**
 * The data is on this machine: there is no offline, no retry that a reconnect does not do better, and no reason to ask
 * again because a window was focused. What changes is watched or invalidated by name.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      staleTime: 15_000,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

// After a lost connection everything on the page is asked for again, streams included.
connection.status.subscribe((now, before) => {
  if (now.state === 'open' && before.state !== 'open' && now.generation > 1)
    void queryClient.invalidateQueries();
});

export function useConnection(): ConnectionStatus {
  return useStore(connection.status);
}
