import { api, queryClient } from './client.ts';
import { refreshModels } from './models.ts';

export const settingsQuery = () => api.settings.get.queryOptions({ staleTime: Infinity });

export const aboutQuery = () => api.settings.about.queryOptions({ staleTime: 60_000 });

export const setSettingsMutation = () =>
  api.settings.set.mutationOptions({
    onSuccess: async (settings) => {
      queryClient.setQueryData(api.settings.get.queryKey(), settings);
      await refreshModels();
    },
  });
