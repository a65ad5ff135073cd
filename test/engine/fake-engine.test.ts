import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { fakeOptions } from './helpers.ts';
import { engineSuite } from './suite.ts';

engineSuite('The scripted engine', () => startEngine(fakeOptions()));
