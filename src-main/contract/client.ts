import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './index.ts';

/** The workbench as its callers see it: the renderer, the terminal, the tests. */
export type Workbench = ContractRouterClient<typeof contract>;
