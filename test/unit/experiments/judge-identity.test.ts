import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeIdentity, type JudgeParts } from '../../../src-main/core/experiments/judge-identity.ts';
import { sha256Of } from '../../../src-main/core/hash.ts';
import type { ApiChoice, JudgeChoice } from '../../../src-main/domain/experiment.ts';
import { READER_VERSION } from '../../../src-main/domain/verdicts/reader.ts';
import { readJudgePrompt } from '../prompts/files.ts';
import { modelFile } from '../models/model-file.ts';

const FILE = modelFile();
const API: ApiChoice = {
  baseUrl: 'http://localhost:9/v1',
  alsoAt: [],
  model: 'm',
  apiKeyEnv: null,
  style: 'chat',
  concurrency: 1,
  timeoutSeconds: 1,
  tries: 1,
  inputUsdPerMillion: null,
  outputUsdPerMillion: null,
  maxCostUsd: null,
};

function parts(mode: JudgeChoice['mode'], kind: 'file' | 'api' = 'file'): JudgeParts {
  const wishes = { gpuLayers: 'auto', context: 'auto', sequences: 'auto', devices: 'auto' } as const;
  return {
    choice: { ...wishes, model: 'judge', prompt: 'strict', mode, labelOrder: 'AB' },
    prompt: readJudgePrompt('strict'),
    promptSha256: 'p'.repeat(64),
    model: {
      name: 'judge',
      sha256: 'm'.repeat(64),
      instruct: true,
      source: kind === 'file' ? { kind, file: FILE } : { kind, api: API },
    },
    letters: false,
    severalAnswers: false,
  };
}

/** The identity as verdicts were stored under before reading had versions. */
function before(judge: JudgeParts): string {
  const { mode, labelOrder } = judge.choice;
  const decoding =
    mode === 'next-token' ? { temperature: 0 } : { temperature: 0, maxTokens: mode === 'reason' ? 512 : 64 };
  return sha256Of({ model: judge.model.sha256, prompt: judge.promptSha256, labelOrder, mode, decoding });
}

// Catches: verdicts that an earlier reader took from a judge's words, reused as if this one had.
test.each([
  ['reason', 'file'],
  ['grammar', 'file'],
  ['reason', 'api'],
  ['next-token', 'api'],
] as const)('a judge of whom words are read is another one under another reader: %s, %s', (mode, kind) => {
  const judge = parts(mode, kind);
  expect(judgeIdentity(judge).sha256).not.toBe(before(judge));
});

// Catches: a hundred thousand verdicts made again for a change that does not touch them.
test('a judge whose next token’s distribution is read stays the one it was', () => {
  const judge = parts('next-token');
  expect(judgeIdentity(judge).sha256).toBe(before(judge));
});

// Catches: a reader that is changed under its old version, so that what it reads is mixed with what was read before.
test('what reads replies has not changed since its version was raised', () => {
  const files = [
    'clean',
    'grade',
    'text',
    'words',
    'next-token',
    '../lexical/white-space',
    '../prompts/untrusted',
  ];
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(readFileSync(new URL(`../../../src-main/domain/verdicts/${file}.ts`, import.meta.url)));
  }
  // Reads some reply otherwise now? Raise READER_VERSION (and give next-token one, if it is that). Else take the new hash.
  expect({ version: READER_VERSION, sources: hash.digest('hex').slice(0, 16) }).toEqual({
    version: 2,
    sources: '8536d5d304974974',
  });
});
