import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { startEngine } from '../../src-main/engine/host/start-engine.ts';
import { writeTinyModel } from '../fixtures/tiny-gguf.ts';
import { localOptions } from './helpers.ts';
import { engineSuite } from './suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'assize-engine-'));
const modelPath = join(folder, 'tiny.gguf');
writeTinyModel(modelPath);
afterAll(() => rmSync(folder, { recursive: true }));

engineSuite('The local engine', () => startEngine(localOptions(modelPath)));
