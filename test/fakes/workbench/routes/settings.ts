import { implement } from '@orpc/server';
import { contract } from '../../../../src-main/contract/index.ts';
import type { State } from '../state.ts';

const os = implement(contract);

export const settingsOf = (state: State) => ({
  get: os.settings.get.handler(() => state.settings),
  set: os.settings.set.handler(({ input }) => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    state.settings = { ...state.settings, ...given };
    return state.settings;
  }),
  about: os.settings.about.handler(() => ({
    version: '0.1.0',
    door: 'serve' as const,
    dataDir: '/home/ada/.local/share/assize',
    databasePath: '/home/ada/.local/share/assize/assize.db',
    node: process.versions.node,
    defaultModelPresent: state.models.some(({ source }) => source === 'default'),
  })),
});
