import { describe, expect, test } from 'vitest';
import { judgeDrop } from '../../../src-renderer/lib/drop.ts';

const file = (name: string, content = 'x') => ({ file: new File([content], name), folder: false });
const browser = false;
const desktop = true;

describe('what is done with a drop before a byte is read', () => {
  test('one dataset is offered as it is', () => {
    expect(judgeDrop([file('q.csv')], browser)).toMatchObject({ kind: 'offer' });
  });

  test('a name without a known ending is for core to look into, not for the page to refuse', () => {
    expect(judgeDrop([file('questions')], browser)).toMatchObject({ kind: 'offer' });
    expect(judgeDrop([file('book.xlsx')], browser)).toMatchObject({ kind: 'offer' });
  });

  test('several files import nothing, and the sentence counts them', () => {
    const verdict = judgeDrop([file('a.csv'), file('b.csv')], browser);
    expect(verdict).toMatchObject({ kind: 'refuse', sentence: expect.stringContaining('2 files') });
  });

  test('a browser does not upload gigabytes of a model, or a folder it cannot read', () => {
    expect(judgeDrop([file('m.GGUF')], browser)).toMatchObject({ kind: 'refuse', name: 'm.GGUF' });
    expect(judgeDrop([{ ...file('models', ''), folder: true }], browser)).toMatchObject({ kind: 'refuse' });
  });

  test('a folder that the browser lets be read is read, whatever it is called', () => {
    const entry = { name: 'results.csv', isDirectory: true, isFile: false };
    const dropped = { ...file('results.csv', ''), folder: true, entry };
    expect(judgeDrop([dropped], browser)).toEqual({ kind: 'folder', name: 'results.csv', entry });
    expect(judgeDrop([dropped], desktop)).toMatchObject({ kind: 'offer' });
  });

  test('the desktop hands both over, because it knows where they lie', () => {
    expect(judgeDrop([file('m.gguf')], desktop)).toMatchObject({ kind: 'offer' });
    expect(judgeDrop([{ ...file('models', ''), folder: true }], desktop)).toMatchObject({ kind: 'offer' });
  });

  test.each(['empty.csv', 'picture.png', 'paper.pdf'])('%s gets a sentence with its name', (name) => {
    const verdict = judgeDrop([file(name, name === 'empty.csv' ? '' : 'x')], browser);
    expect(verdict).toMatchObject({ kind: 'refuse', sentence: expect.stringContaining(name) });
  });

  test('text dragged from a page is not a file', () => {
    expect(judgeDrop([{ file: null, folder: false }], browser)).toMatchObject({ kind: 'refuse' });
    expect(judgeDrop([], browser)).toMatchObject({ kind: 'refuse' });
  });
});
