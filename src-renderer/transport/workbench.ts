import { createORPCClient } from '@orpc/client';
import type { Workbench } from '../../src-main/contract/client.ts';
import { createConnection } from './connection.ts';
import { openPort, openSocket } from './open.ts';

const { bridge } = window;

/** The one connection of this page: over the desktop's MessagePort where there is a shell, else over the page's own origin. */
export const connection = createConnection(bridge === undefined ? openSocket : () => openPort(bridge));

/** The workbench as the contract describes it. Only queries/ uses it. */
export const workbench: Workbench = createORPCClient<Workbench>(connection.link);
