import { describe, expect, it } from 'vitest';
import { splitAliases } from '../../../src-main/domain/datasets/aliases.ts';
import { resolveChoice } from '../../../src-main/domain/datasets/choices.ts';
import { columnNames, lookup } from '../../../src-main/domain/datasets/fields.ts';
import { goldAnswers } from '../../../src-main/domain/datasets/gold.ts';
import type { GoldReading } from '../../../src-main/domain/datasets/gold.ts';
import { guessMapping, NO_MAPPING } from '../../../src-main/domain/datasets/guess-mapping.ts';
import { parseListLiteral } from '../../../src-main/domain/datasets/list-literal.ts';
import { mapRecord } from '../../../src-main/domain/datasets/map-record.ts';
import { parseVerdictLabel, verdictScheme } from '../../../src-main/domain/datasets/verdict-labels.ts';
import { both, lines } from './helpers.ts';

const asIs: GoldReading = { separator: null, form: 'text' };
const gold = (value: unknown, reading: Partial<GoldReading> = {}): string[] =>
  goldAnswers(value, { ...asIs, ...reading });

describe('gold answers as lists', () => {
  it.each<[string, unknown, string[]]>([
    ['a text', ' Paris ', ['Paris']],
    ['a list', ['a', 'b', 'a'], ['a', 'b']],
    ['a list of lists', [['a', 'b'], ['c']], ['a', 'b', 'c']],
    ['an integer', 51, ['51']],
    ['a fraction', 0.5, ['0.5']],
    ['a boolean', false, ['no', 'false']],
    ['nothing', null, []],
    ['an empty text', '  ', []],
    ['"nan"', 'nan', []],
    ['a list with nothing', ['', null, 'x'], ['x']],
    ['JSON in a cell', '["a", "b, c"]', ['a', 'b, c']],
    ["Python's list in a cell", `['a', "b's", 'c\\'s']`, ['a', "b's", "c's"]],
    ["numpy's array in a cell", "array(['a', 'b'], dtype=object)", ['a', 'b']],
    ['an interval stays what it is', '[1, 2]', ['[1, 2]']],
    ['a remark in parentheses stays', '(see above)', ['(see above)']],
    ['an object without known keys', { x: 1 }, ['{"x":1}']],
    ['spans of DROP', { number: '', date: {}, spans: ['a', 'b'] }, ['a', 'b']],
    ['a number of DROP', { number: '4', spans: [] }, ['4']],
  ])('%s', (_, value, expected) => {
    expect(gold(value)).toEqual(expected);
  });

  it('reads GSM8K solutions and floats that mean integers', () => {
    expect(gold('so it is.\n#### 1,234,000', { form: 'after-hashes' })).toEqual(['1234000']);
    // Only thousands separators go: "1,2" is two numbers.
    expect(gold('#### 1,2', { form: 'after-hashes' })).toEqual(['1,2']);
    expect(gold('no hashes', { form: 'after-hashes' })).toEqual(['no hashes']);
    expect(gold(['51.0', '51.5', '51.00'], { form: 'number' })).toEqual(['51', '51.5']);
  });
});

describe('aliases joined by a slash', () => {
  it.each<[string, string[]]>([
    ['Scorpio/Skorpio/Scorpio (disambiguation)', ['Scorpio', 'Skorpio', 'Scorpio (disambiguation)']],
    ['The Road from 9/11 to Abu Ghraib/Sy Hersh', ['The Road from 9/11 to Abu Ghraib', 'Sy Hersh']],
    ['September 11/9/11/11 September', ['September 11', '9/11', '11 September']],
    ['AC/DC/ACDC (band)', ['AC/DC', 'ACDC (band)']],
    ['Po/PO/P/O/P.O.', ['Po', 'PO', 'P/O', 'P.O.']],
    ['July 20/20 July/Jul 20', ['July 20', '20 July', 'Jul 20']],
    ['33573/33,573', ['33573', '33,573']],
    ['Ultraviolet A/Ultraviolet ray', ['Ultraviolet A', 'Ultraviolet ray']],
    ['C & A/C and a/C&A', ['C & A', 'C and a', 'C&A']],
    ['Q/Q (letter)/ⓠ', ['Q', 'Q (letter)', 'ⓠ']],
    ['Google//Google!', ['Google', 'Google!']],
    ['N/A', ['N/A']],
    ['Paris', ['Paris']],
  ])('%s', (text, expected) => {
    expect(splitAliases(text, '/')).toEqual(expected);
  });

  it('splits at other separators without these exceptions', () => {
    expect(splitAliases('a; b ;; c', ';')).toEqual(['a', 'b', 'c']);
  });
});

describe('verdicts of other programs', () => {
  it.each<[unknown, string | null]>([
    [true, 'correct'],
    [0, 'incorrect'],
    ['1.0', 'correct'],
    ['Yes', 'correct'],
    ['FAIL', 'incorrect'],
    ['C', 'correct'],
    ['N', 'not_attempted'],
    ['P', 'incorrect'],
    ['not attempted', 'not_attempted'],
    ['Yes, the candidate is correct.', 'correct'],
    ['No. The answer is 3.', 'incorrect'],
    ['**No**, it is not', 'incorrect'],
    ['nan', null],
    ['NaN', null],
    ['', null],
    [null, null],
    [Number.NaN, null],
    // A word inside a sentence decides nothing: "incorrect: yes" contains "correct: yes".
    ['The answer is not correct: yes or no?', 'unparsed'],
    ['Nobody knows', 'unparsed'],
    ['Yesterday', 'unparsed'],
    [0.7, 'unparsed'],
    [{ pass: true }, 'unparsed'],
  ])('%j is %s', (value, expected) => {
    expect(parseVerdictLabel(value)?.verdict ?? null).toBe(expected);
  });

  it('keeps partial credit and numbers between as scores', () => {
    expect(parseVerdictLabel('P')?.score).toBe(0.5);
    expect(parseVerdictLabel(0.7)?.score).toBe(0.7);
  });

  it('tells the letters of SimpleQA and yes/no from those of Inspect', () => {
    expect(verdictScheme(['A', 'C', 'B'])).toBe('abc');
    expect(verdictScheme(['C', 'I', 'N'])).toBe('plain');
    expect(verdictScheme(['Y', 'N'])).toBe('yn');
    expect(verdictScheme(['C', 'maybe'])).toBeNull();
    expect(parseVerdictLabel('C', 'abc')?.verdict).toBe('not_attempted');
    expect(parseVerdictLabel('N', 'yn')?.verdict).toBe('incorrect');
  });

  it('uses them when a column is mapped', async () => {
    const { found, answers } = await both(
      'g.csv',
      'question,answer,response,grade\nQ?,a,b,A\nR?,a,c,C\nS?,a,c,B\n',
    );
    expect(found.mapping?.answers[0]?.verdictLabels).toBe('abc');
    expect(answers.map(({ verdicts }) => verdicts[0]?.verdict)).toEqual([
      'correct',
      'not_attempted',
      'incorrect',
    ]);
  });
});

describe('choices', () => {
  const choices = (texts: string[], labels = ['A', 'B', 'C', 'D'].slice(0, texts.length)) => ({
    texts,
    labels,
  });

  it.each<[unknown, string[], string[] | undefined, string | null]>([
    ['B', ['x', 'y'], undefined, 'y'],
    ['(b)', ['x', 'y'], undefined, 'y'],
    [1, ['x', 'y'], undefined, 'y'],
    [1, ['1', '2'], undefined, '2'],
    ['1', ['1', '2'], undefined, '1'],
    ['1', ['x', 'y'], undefined, 'y'],
    ['2', ['x', 'y'], ['1', '2'], 'y'],
    ['Y', ['x', 'y'], undefined, 'y'],
    [7, ['x', 'y'], undefined, null],
    ['z', ['x', 'y'], undefined, null],
  ])('%j among %j', (value, texts, labels, expected) => {
    expect(resolveChoice(value, choices(texts, labels))).toBe(expected);
  });
});

describe('columns', () => {
  it('finds nested fields, lists by index, and prefers a header that has dots itself', () => {
    const record = { a: { b: { c: 1 } }, turns: ['x', 'y'], 'acc,none': 2, 'm.n': { o: 3 }, 'a.b': 'header' };
    expect(lookup(record, 'a.b.c')).toBe(1);
    expect(lookup(record, 'a.b')).toBe('header');
    expect(lookup(record, 'turns[1]')).toBe('y');
    expect(lookup(record, 'acc,none')).toBe(2);
    expect(lookup(record, 'm.n.o')).toBe(3);
    expect(lookup(record, 'a.x.c')).toBeUndefined();
    expect(lookup(record, 'constructor')).toBeUndefined();
  });

  it('lists them with their nested names', () => {
    expect(columnNames([{ a: 1, b: { c: [1], d: null } }, { e: 2 }])).toEqual(['a', 'b', 'b.c', 'b.d', 'e']);
  });

  it('guesses from names alone, before any record is known', () => {
    const guess = guessMapping(['ID', 'Problem', 'Solution', 'context'], []);
    expect(guess).toMatchObject({
      id: 'ID',
      question: 'Problem',
      gold: 'Solution',
      context: 'context',
      answers: [],
    });
  });

  it('does not take columns about an answer for answers', () => {
    const columns = [
      'question',
      'answer',
      'answer_start',
      'answer_idx',
      'output_tokens',
      'improper',
      'is_impossible',
    ];
    expect(guessMapping(columns, []).answers).toEqual([]);
  });

  it("reads a printed list only where all of it is a list's text", () => {
    expect(parseListLiteral("['a', 'b'")).toBeNull();
    expect(parseListLiteral("['a' 'b']")).toBeNull();
    expect(parseListLiteral('[]')).toEqual([]);
    expect(parseListLiteral("('a', 'b')")).toEqual(['a', 'b']);
    expect(parseListLiteral('["\\u00e9\\n"]')).toEqual(['é\n']);
  });
});

describe('a mapping changed by hand', () => {
  it('shows on the sample what an import would bring', async () => {
    const { found, rows } = await both('q.jsonl', lines({ id: 1, query: 'Q?', label: 'x/y', note: 'n' }));
    const mapping = { ...NO_MAPPING, question: 'query', gold: 'label', goldSeparator: '/', context: 'note' };
    const shown = found.sample.map(({ record }) => mapRecord(record, mapping));
    expect(shown[0]).toMatchObject({
      ok: true,
      question: { question: 'Q?', gold: ['x', 'y'], context: 'n', metadata: { id: 1 } },
    });
    expect(rows[0]?.question.question).toBe('Q?');
  });

  it('takes several columns together', () => {
    const mapping = { ...NO_MAPPING, question: 'q', gold: 'best|others', goldSeparator: ';' };
    const mapped = mapRecord({ q: 'Q?', best: 'a', others: 'b; a; c' }, mapping);
    expect(mapped).toMatchObject({ ok: true, question: { gold: ['a', 'b', 'c'] } });
  });

  it('reads lists of answers as samples of one system', () => {
    const answers = [{ system: '{model}', answer: 'outs', verdict: null, judge: '', human: false }];
    const mapped = mapRecord(
      { q: 'Q?', model: 'm', outs: ['x', 'y'] },
      { ...NO_MAPPING, question: 'q', answers },
    );
    expect(
      mapped.ok && mapped.answers.map(({ system, text, sampleIndex }) => [system, text, sampleIndex]),
    ).toEqual([
      ['m', 'x', 0],
      ['m', 'y', 1],
    ]);
  });

  it('says what is wrong in a sentence', () => {
    expect(mapRecord({ a: 1 }, NO_MAPPING)).toEqual({
      ok: false,
      problem: 'No column is mapped to the question.',
    });
    expect(mapRecord({ q: null }, { ...NO_MAPPING, question: 'q' })).toEqual({
      ok: false,
      problem: 'The question is empty (column "q").',
    });
  });
});
