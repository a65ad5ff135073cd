import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { keyShelf } from '../transport/keys.ts';
import { api, queryClient } from './client.ts';

/** What was used or tried last, for choosing it again. */
export const recentServersQuery = () => api.servers.recent.queryOptions();

export const forgetServerMutation = () =>
  api.servers.forget.mutationOptions({
    onSuccess: (recent) => queryClient.setQueryData(recentServersQuery().queryKey, recent),
  });

export const tryServerMutation = () =>
  api.servers.try.mutationOptions({
    onSuccess: () => queryClient.invalidateQueries({ queryKey: api.servers.recent.key() }),
  });

/** Whether there are keys under these names; never the keys. */
export const keyStatusQuery = (variables: readonly string[]) =>
  api.servers.keys.queryOptions({ input: { variables: [...variables] }, staleTime: 5000 });

/** Null where this door keeps no keys: then they come from the environment alone. */
export const keptKeysQuery = () =>
  queryOptions({
    queryKey: ['kept-keys'],
    queryFn: () => keyShelf?.list() ?? Promise.resolve(null),
    staleTime: 60_000,
  });

async function keysChanged(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: keptKeysQuery().queryKey }),
    queryClient.invalidateQueries({ queryKey: api.servers.keys.key() }),
  ]);
}

const NO_SHELF = 'Keys are kept by the desktop alone.';

export const keepKeyMutation = () =>
  mutationOptions({
    mutationFn: async ({ variable, key }: { readonly variable: string; readonly key: string }) => {
      if (keyShelf === null) throw new Error(NO_SHELF);
      await keyShelf.keep(variable, key);
    },
    onSuccess: keysChanged,
    // The key is not kept with the mutation's record any longer than it takes.
    gcTime: 0,
  });

export const forgetKeyMutation = () =>
  mutationOptions({
    mutationFn: async (variable: string) => {
      if (keyShelf === null) throw new Error(NO_SHELF);
      await keyShelf.forget(variable);
    },
    onSuccess: keysChanged,
  });
