import { api } from './client.ts';

/** The machine, a new reading every two seconds or so while someone looks. */
export const machineQuery = () => api.hardware.watch.experimental_liveOptions({ staleTime: Infinity });
