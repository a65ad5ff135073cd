import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import type { JudgePrompt } from '../../../src-main/domain/prompts/judge-prompt.ts';
import { parseJudgePrompt } from '../../../src-main/domain/prompts/judge-prompt.ts';

const folder = new URL('../../../resources/prompts/', import.meta.url);

export const promptFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** A judge prompt of resources/prompts; throws with its problems when it does not parse. */
export function readJudgePrompt(id: string): JudgePrompt {
  const parsed = parseJudgePrompt(parse(readFileSync(new URL(`${id}.yaml`, folder), 'utf8')));
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  return parsed.prompt;
}
