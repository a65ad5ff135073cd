import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Question } from '../../../src-main/domain/dataset.ts';
import type { PromptChoice } from '../../../src-main/domain/experiment.ts';
import { choiceLetter, rightChoices } from '../../../src-main/domain/prompts/choices.ts';
import {
  chooseExamples,
  exampleCandidates,
  generatorPrompt,
} from '../../../src-main/domain/prompts/generator.ts';
import type { ModelPrompt } from '../../../src-main/domain/prompts/model-prompt.ts';

const open = (question: string, ...gold: string[]): Question => ({
  externalId: null,
  question,
  context: null,
  gold,
  choices: null,
  metadata: {},
});
const short: PromptChoice = { style: 'short', fewShot: 0, useContext: false, instruction: null };
const pool = Array.from({ length: 40 }, (_, i) => open(`What is ${i} + ${i}?`, String(2 * i)));
const textOf = (prompt: ModelPrompt): string =>
  prompt.kind === 'text' ? prompt.text : `${prompt.system ?? ''}\n${prompt.user}`;

describe('examples', () => {
  test('never the question itself, nor the same text in another row or other case', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(39), fc.integer({ min: 0, max: 12 }), (seed, index, k) => {
        const asked = open((pool[index]?.question ?? '').toUpperCase());
        const chosen = chooseExamples(exampleCandidates(pool, seed), asked, k);
        expect(chosen).toHaveLength(k);
        expect(chosen.map((e) => e.question.toLowerCase())).not.toContain(asked.question.toLowerCase());
      }),
    );
  });

  test('depend on the seed and the texts, not on the order of the file', () => {
    const forwards = exampleCandidates(pool, 7).map((q) => q.question);
    expect(exampleCandidates(pool.toReversed(), 7).map((q) => q.question)).toEqual(forwards);
    expect(exampleCandidates(pool, 8).map((q) => q.question)).not.toEqual(forwards);
  });

  test('are the same for nearly every question, so that prompts share their beginning', () => {
    const candidates = exampleCandidates(pool, 1);
    const sets = new Set(
      pool.map((q) =>
        chooseExamples(candidates, q, 3)
          .map((e) => e.question)
          .join('|'),
      ),
    );
    expect(sets.size).toBe(4); // one for all, and one for each of the three examples when it is asked itself
  });

  test('questions without a gold answer are no examples, and of two rows with one text only one is', () => {
    const mixed = [open('a one?'), open('b two?', ' '), open('c three?', '3'), open('C three', '3')];
    expect(exampleCandidates(mixed, 1)).toHaveLength(1);
  });

  test('an open question gets no multiple-choice examples', () => {
    const choice: Question = { ...open('Pick', 'x'), choices: ['x', 'y'] };
    expect(chooseExamples([choice], open('Why?'), 1)).toEqual([]);
    expect(chooseExamples([choice], { ...choice, question: 'Other' }, 1)).toEqual([choice]);
  });
});

describe('base models', () => {
  test('get text that ends where the answer begins, after the examples, and stop at the end of the line', () => {
    const { prompt, stop } = generatorPrompt(
      open('Who?'),
      { ...short, fewShot: 1 },
      [open('When?', '1969')],
      false,
    );
    expect(textOf(prompt)).toMatch(/^[^\n]+\n\nQuestion: When\?\nAnswer: 1969\n\nQuestion: Who\?\nAnswer:$/);
    expect(stop).toEqual(['\n']);
  });

  test('in the long style see a sentence as an example and may write more than one line', () => {
    const choice: PromptChoice = { ...short, style: 'long', fewShot: 1 };
    const { prompt, stop } = generatorPrompt(open('Who?'), choice, [open('When?', 'in 1969')], false);
    expect(textOf(prompt)).toContain('Answer: The answer is in 1969.');
    expect(stop).toContain('\nQuestion:');
    expect(stop).not.toContain('\n');
  });
});

describe('chat models', () => {
  test('get the instruction apart and no stop strings', () => {
    const { prompt, stop } = generatorPrompt(open('Who?'), short, [], true);
    expect(prompt).toMatchObject({ kind: 'chat', user: 'Who?' });
    expect(stop).toEqual([]);
  });

  test('the own instruction replaces the style', () => {
    const { prompt } = generatorPrompt(open('Who?'), { ...short, instruction: ' Sing it. ' }, [], true);
    expect(prompt).toMatchObject({ system: 'Sing it.' });
  });

  test('context is shown only when asked for, and short and long differ', () => {
    const question = { ...open('Who?'), context: 'It was Ann.' };
    const shown = (choice: PromptChoice): string =>
      textOf(generatorPrompt(question, choice, [], true).prompt);
    expect(shown(short)).not.toContain('Ann');
    expect(shown({ ...short, useContext: true })).toContain('Context: It was Ann.\nQuestion: Who?');
    expect(shown({ ...short, style: 'long' })).not.toBe(shown(short));
  });
});

describe('multiple choice', () => {
  const question: Question = { ...open('Capital of France?', 'Paris'), choices: ['Rome', 'Paris'] };

  test('letters before the choices, the letter as the example answer', () => {
    const asked = { ...question, question: 'And now?' };
    const text = textOf(generatorPrompt(asked, { ...short, fewShot: 1 }, [question], false).prompt);
    expect(text).toContain('A. Rome\nB. Paris\nAnswer: B\n\n');
    expect(text).toMatch(/letter/);
  });

  test.each([
    [['Paris'], [1]],
    [['paris.'], [1]],
    [['B'], [1]],
    [['Berlin'], []],
  ])('gold %j is choice %j', (gold, right) => {
    expect(rightChoices({ ...question, gold })).toEqual(right);
  });

  test('a choice whose text is another letter goes by text first', () => {
    expect(rightChoices({ ...question, choices: ['B', 'A'], gold: ['A'] })).toEqual([1]);
  });

  test('letters go on after Z', () => {
    expect([0, 25, 26, 51, 52].map(choiceLetter)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA']);
  });
});

describe('what neighbours share is named, so that an engine evaluates it once', () => {
  const examples = [open('When?', '1969'), open('Where?', 'Rome')];
  const choice: PromptChoice = { ...short, fewShot: 2 };
  const shares = (prompt: ModelPrompt): string[] => {
    const text = prompt.kind === 'text' ? prompt.text : prompt.user;
    return (prompt.shared ?? []).map((end) => text.slice(0, end));
  };

  test.each([true, false])('instruction and examples, up to the question (chat: %s)', (instruct) => {
    const one = generatorPrompt(open('Who?'), choice, examples, instruct).prompt;
    const other = generatorPrompt(open('Why was it so?'), choice, examples, instruct).prompt;
    expect(shares(one)).toEqual(shares(other));
    expect(shares(one)).toHaveLength(1);
    expect(shares(one)[0]).toMatch(/Answer: Rome\n\n$/);
  });

  test('nothing but the system text where a chat model gets the bare question', () => {
    expect(shares(generatorPrompt(open('Who?'), short, [], true).prompt)).toEqual([]);
  });
});
