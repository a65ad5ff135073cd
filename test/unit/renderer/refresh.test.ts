import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { refresh } from '../../../src-renderer/lib/refresh.ts';

test('a first answer that was asked for before a change is not taken for the one after it', async () => {
  const client = new QueryClient();
  const queryKey = ['datasets'];
  const first = Promise.withResolvers<string[]>();
  const asked = Promise.withResolvers<undefined>();
  let asks = 0;
  const observer = new QueryObserver(client, {
    queryKey,
    queryFn: () => {
      asks += 1;
      asked.resolve(undefined);
      // The list before the import is slow; the one after it has the dataset.
      return asks === 1 ? first.promise : Promise.resolve(['imported']);
    },
  });
  const leave = observer.subscribe(() => undefined);
  await asked.promise;
  const refreshed = refresh(client, [queryKey]);
  first.resolve([]);
  await refreshed;
  expect(client.getQueryData(queryKey)).toEqual(['imported']);
  leave();
  client.clear();
});
