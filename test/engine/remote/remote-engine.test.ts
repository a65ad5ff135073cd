import { afterAll } from 'vitest';
import { startRemoteEngine } from '../../../src-main/engine/remote/start-remote.ts';
import { startOpenAiServer } from '../../fakes/openai-server.ts';
import { engineSuite } from '../suite.ts';
import { remoteOptions } from './options.ts';

const server = await startOpenAiServer();
afterAll(() => server[Symbol.asyncDispose]());

engineSuite('The remote engine', () => startRemoteEngine(remoteOptions(server)), { local: false });
