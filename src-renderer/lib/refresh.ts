import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Asks again for everything under these keys, now that it has changed. A first answer that is still on its way is not waited
 * for: it was asked for before the change, and invalidating alone would take it as the new one.
 */
export async function refresh(client: QueryClient, keys: readonly QueryKey[]): Promise<void> {
  await Promise.all(keys.map((queryKey) => client.cancelQueries({ queryKey })));
  await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
}
