import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieces, sentences } from '../../src/text/split.js';

const texts = (sentence: string, early = true) => pieces(sentence, early).map(({ text }) => text);

describe('sentences', () => {
  it.each([
    ['ends them at stops, marks and lines', 'Yes. No! Why? So…\nEnd', ['Yes.', 'No!', 'Why?', 'So…', 'End']],
    ['keeps closing quotes with them', 'He said "Kneel." Then he left.', ['He said "Kneel."', 'Then he left.']],
    ['does not end at a number', 'It is 3.5 degrees at 7.30 now.', ['It is 3.5 degrees at 7.30 now.']],
    ['does not end at a title', 'Dr. Frank and Mr. Stein wait. Go.', ['Dr. Frank and Mr. Stein wait.', 'Go.']],
    ['does not end at "e.g." or "approx."', 'Dark, e.g. black, approx. five.', ['Dark, e.g. black, approx. five.']],
    ['does not end at an initial, but at the word I', 'J. R. Smith is I. Kneel.', ['J. R. Smith is I.', 'Kneel.']],
    [
      'ends after "p.m." only before a capital',
      'At 7 p.m. it ends at 8 p.m. Kneel.',
      ['At 7 p.m. it ends at 8 p.m.', 'Kneel.'],
    ],
    ['takes "No." as a word, and as a sign before a number', 'No. Take no. 5 now.', ['No.', 'Take no. 5 now.']],
    ['goes on after dots before a small letter', 'Wait... not yet.', ['Wait... not yet.']],
    ['goes on after quoted speech', '"Stop!" he cried.', ['"Stop!" he cried.']],
    ['leaves out what has no word', 'Yes. ... !', ['Yes.']],
    ['finds none in nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(sentences(text)).toEqual(expected);
  });
});

describe('pieces', () => {
  it('leaves a short sentence whole', () => {
    expect(texts('As you wish, little mortal, it is done.')).toEqual(['As you wish, little mortal, it is done.']);
  });

  it('takes the first clause of a longer one apart', () => {
    expect(pieces('The gates of the garage stand open, and the night comes in.', true)).toEqual([
      { text: 'The gates of the garage stand open,', pause: expect.any(Number) },
      { text: 'and the night comes in.', pause: 0 },
    ]);
  });

  it('parts it before "because" where there is no comma, with the melody of one', () => {
    expect(texts('The lamp in your living room burns because I allow it, mortal.')).toEqual([
      'The lamp in your living room burns,',
      'because I allow it, mortal.',
    ]);
  });

  it('makes no clause of one or two words at either end', () => {
    const sentence = 'Now, the lamp in your old living room burns again, mortal.';
    expect(texts(sentence)).toEqual([sentence]);
  });

  it('takes nothing apart where nobody waits', () => {
    const sentence = 'The lamp in your living room burns because I allow it, mortal.';
    expect(texts(sentence, false)).toEqual([sentence]);
  });

  it('cuts what is too long, at clauses where there are some', () => {
    const clause = 'and the dark goes on and on without an end,';
    const cut = texts(`It begins, ${`${clause} `.repeat(5)}and ends.`, false);
    expect(cut.length).toBeGreaterThan(1);
    for (const text of cut.slice(0, -1)) expect(text).toMatch(/,$/);
  });

  it('loses no word and makes nothing too long, of any text', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}[,;.!?]?$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 300 }), fc.boolean(), (words, early) => {
        const all = sentences(words.join(' ')).flatMap((sentence) => texts(sentence, early));
        expect(all.join(' ').match(/[a-z]+/g)).toEqual(words.join(' ').match(/[a-z]+/g));
        for (const text of all) expect(text.length).toBeLessThanOrEqual(101);
      }),
    );
  });

  it('breaks a word that is longer than any', () => {
    const all = sentences('a'.repeat(5000)).flatMap((sentence) => texts(sentence));
    expect(all.join('').replaceAll(/[ ,]/g, '')).toBe('a'.repeat(5000));
    for (const text of all) expect(text.length).toBeLessThanOrEqual(101);
  });
});
