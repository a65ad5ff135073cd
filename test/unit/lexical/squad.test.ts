import { describe, expect, test } from 'vitest';
import { normaliseAliases, normaliseAnswer } from '../../../src-main/domain/lexical/normalise.ts';
import { containsGold, exactMatch, tokenF1 } from '../../../src-main/domain/lexical/squad.ts';
import { hasData, records, stringOf, stringsOf } from '../data.ts';

describe('normalisation', () => {
  test.each([
    ['The U.S.', 'us'], // punctuation goes before articles: otherwise "u s"
    ['  A  cat,\tan ape & the Dog! ', 'cat ape dog'],
    ['theatre', 'theatre'],
    ['ña a ña', 'ña ña'], // an ASCII \b would find the article inside "ña"
    ['the_end', 'theend'],
    ['a-b the.n', 'ab then'],
    ['caf\u00e9\u00a0A\u2003\u0085x\u001fy', 'caf\u00e9 x y'],
    ['“Smith’s”', '“smith’s”'], // only ASCII punctuation, as in the published script
    ['The The', ''],
  ])('%j becomes %j', (text, normalised) => {
    expect(normaliseAnswer(text)).toBe(normalised);
  });

  test('aliases that normalise to nothing are dropped: empty is inside every answer', () => {
    expect(normaliseAliases(['', 'The', 'An apple', 'apple'])).toEqual(['apple']);
    expect(containsGold('anything', ['', 'The'])).toBe(false);
  });
});

describe('exact match and F1', () => {
  test('take the best alias', () => {
    expect(exactMatch('the Beatles!', ['Stones', 'Beatles'])).toBe(true);
    expect(tokenF1('john lennon of the beatles', ['Beatles', 'John Lennon'])).toBeCloseTo(2 / 3, 12);
  });

  test('follow the published rule for aliases of punctuation only, and are false without aliases', () => {
    expect(exactMatch('', ['*'])).toBe(true);
    expect(exactMatch('four', ['*'])).toBe(false);
    expect(exactMatch('', [])).toBe(false);
  });

  test('a repeated word counts as often as both have it', () => {
    // 2 shared of 3 and 2 words: 2·2/5
    expect(tokenF1('york york york', ['york york'])).toBeCloseTo(0.8, 12);
  });

  test('nothing in common or nothing at all is 0', () => {
    expect(tokenF1('x', ['y'])).toBe(0);
    expect(tokenF1('', ['y'])).toBe(0);
    expect(tokenF1('x', [])).toBe(0);
  });
});

// Golden values: judging.md section 6, from the public files of OpenQA-eval, by the SQuAD script's rules.
test.skipIf(!hasData('nq-open-fid.jsonl'))('NQ-open FiD: EM .4648 and F1 .5372 on all 3610 rows', () => {
  const rows = records('nq-open-fid.jsonl');
  const mean = (score: (answer: string, gold: string[]) => number): number =>
    rows.reduce((sum, row) => sum + score(stringOf(row['prediction']), stringsOf(row['answer'])), 0) /
    rows.length;
  expect(rows).toHaveLength(3610);
  expect(mean((answer, gold) => Number(exactMatch(answer, gold))).toFixed(4)).toBe('0.4648');
  expect(mean(tokenF1).toFixed(4)).toBe('0.5372');
});

// Golden values: the table of judging.md 2.1, EVOUNA-TQ without its improper questions.
describe.skipIf(!hasData('evouna-tq.json'))('EVOUNA-TQ, the table of five systems to four decimals', () => {
  const rows = hasData('evouna-tq.json')
    ? records('evouna-tq.json').filter((row) => row['improper'] !== true)
    : [];
  test.each([
    ['fid', '0.8153', '0.7353', '0.9180', '0.7172'],
    ['gpt35', '0.7843', '0.7095', '0.9221', '0.2291'],
    ['chatgpt', '0.8442', '0.7663', '0.9221', '0.0753'],
    ['gpt4', '0.9020', '0.8209', '0.9107', '0.0377'],
    ['newbing', '0.8963', '0.8158', '0.8978', '0.0000'],
  ])('%s', (system, human, contains, agree, exact) => {
    const judged = rows.map((row) => {
      const answer = stringOf(row[`answer_${system}`]);
      const gold = stringOf(row['golden_answer']).split('/');
      return {
        human: row[`judge_${system}`] === true,
        contains: containsGold(answer, gold),
        exact: exactMatch(answer, gold),
      };
    });
    const share = (of: (row: (typeof judged)[number]) => boolean): string =>
      (judged.filter(of).length / judged.length).toFixed(4);
    expect(judged).toHaveLength(1938);
    expect(share((row) => row.human)).toBe(human);
    expect(share((row) => row.contains)).toBe(contains);
    expect(share((row) => row.contains === row.human)).toBe(agree);
    expect(share((row) => row.exact)).toBe(exact);
  });
});
