import { describe, expect, test, vi } from 'vitest';
import { parseExperiment, writeExperiment } from '../../../src-main/core/experiments/experiment-file.ts';
import { Problem } from '../../../src-main/core/problem.ts';

const judge = (lines: string): string => `dataset: d\njudges:\n  - ${lines.split('\n').join('\n    ')}\n`;
const API = 'api: { baseUrl: "http://localhost:8000/v1", model: m }';

describe('a model behind a server in an experiment file', () => {
  test('is read with its defaults, lends its name, and comes back from the text written of it', () => {
    const experiment = parseExperiment(judge(API));
    expect(experiment.judges[0]).toMatchObject({
      model: 'm',
      api: { baseUrl: 'http://localhost:8000/v1', apiKeyEnv: null, style: 'chat', maxCostUsd: null },
    });
    expect(parseExperiment(writeExperiment(experiment))).toEqual(experiment);
  });

  test.each(['http://h/v1/', 'http://h/v1/chat/completions', 'http://h/v1/completions'])(
    'has one address, however it is written: %s',
    (url) => {
      expect(parseExperiment(judge(`api: { baseUrl: "${url}", model: m }`)).judges[0]?.api?.baseUrl).toBe(
        'http://h/v1',
      );
    },
  );

  const secret = 'sk-abcdef0123456789';
  test.each([
    [
      'a key in place of its variable',
      `api: { baseUrl: "http://h/v1", model: m, apiKeyEnv: ${secret} }`,
      /name of an environment variable/,
    ],
    [
      'a key in the address',
      `api: { baseUrl: "http://u:${secret}@h/v1", model: m }`,
      /keys come from the environment/,
    ],
    [
      'a key in the query',
      `api: { baseUrl: "http://h/v1?key=${secret}", model: m }`,
      /keys come from the environment/,
    ],
    [
      'another secret of the environment',
      'api: { baseUrl: "http://h/v1", model: m, apiKeyEnv: AWS_SECRET_ACCESS_KEY }',
      /ends in API_KEY/,
    ],
    [
      'an address that is no server',
      'api: { baseUrl: "file:///etc/passwd", model: m }',
      /has to be an address/,
    ],
    [
      'a cap without prices',
      'api: { baseUrl: "http://h/v1", model: m, maxCostUsd: 1 }',
      /cost cap only with/,
    ],
    ['one price of two', 'api: { baseUrl: "http://h/v1", model: m, inputUsdPerMillion: 1 }', /or neither/],
    ['two models', `model: other\n${API}`, /two models/],
  ])('is refused with %s, without repeating it', (_, lines, message) => {
    expect(() => parseExperiment(judge(lines))).toThrow(message);
    expect(() => parseExperiment(judge(lines))).not.toThrow(secret);
  });
});

describe('a cascade', () => {
  const three = (cascadeOf: string, second = 'b') =>
    `dataset: d\njudges: [a, ${second}, { model: c, cascadeOf: ${cascadeOf} }]\n`;
  test('names judges before it', () => {
    expect(parseExperiment(three('[0, 1]')).judges[2]?.cascadeOf).toEqual([0, 1]);
  });
  test.each([
    ['itself', three('[0, 2]')],
    ['one judge twice', three('[1, 1]')],
    [
      'a judge that waits for others itself',
      'dataset: d\njudges: [a, b, { model: c, cascadeOf: [0, 1] }, { model: d, cascadeOf: [0, 2] }]\n',
    ],
    ['one that is not there', three('[0, 7]')],
  ])('does not name %s', (_, text) => {
    expect(() => parseExperiment(text)).toThrow(/cascadeOf/);
  });
});

describe('an experiment file that is meant to harm', () => {
  test('prints nothing on the terminal: the YAML library warned there, quoting the line with its escape sequences', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    parseExperiment('dataset: !!js/function "\u001b]52;c;cm0=\u0007"\ngenerator: m\n');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('is refused with a sentence: aliases without end, brackets without end, a key of every object', () => {
    const laughs = [...'bcdefghi'].map((name, at) => {
      const before = 'abcdefgh'.charAt(at);
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join()}]`;
    });
    for (const text of [
      ['a: &a [x,x,x,x,x,x,x,x,x]', ...laughs].join('\n'),
      '['.repeat(9000),
      'dataset: d\ngenerator: m\n__proto__: {polluted: 1}\n',
    ])
      expect(() => parseExperiment(text)).toThrow(Problem);
    expect('polluted' in {}).toBe(false);
  });
});
