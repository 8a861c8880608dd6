import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentences } from '../../src/text/split.js';

describe('sentences', () => {
  it.each([
    ['So be it. The lamp burns.', ['So be it.', 'The lamp burns.']],
    ['Yes? Do finish!', ['Yes?', 'Do finish!']],
    ['It is 3.5 degrees. Brr.', ['It is 3.5 degrees.', 'Brr.']],
    ['Dr. Faust called. He is late.', ['Dr. Faust called.', 'He is late.']],
    ['It is 7 p.m. now. Sleep.', ['It is 7 p.m. now.', 'Sleep.']],
    ['It is 7 p.m. Sleep.', ['It is 7 p.m.', 'Sleep.']],
    ['I am J. Smith. Kneel.', ['I am J. Smith.', 'Kneel.']],
    ['So am I. Kneel.', ['So am I.', 'Kneel.']],
    ['He said "No." Then he left.', ['He said "No."', 'Then he left.']],
    ['Wait… for it. Now', ['Wait… for it.', 'Now']],
    ['no stop at all', ['no stop at all']],
    ['   ', []],
  ])('cuts %j', (text, expected) => {
    expect(sentences(text)).toEqual(expected);
  });

  it('loses no word', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', '!', ' ', '3', '"', '\n') }), (text) => {
        expect(
          sentences(text)
            .join('')
            .replace(/[^a-zA-Z0-9]/g, ''),
        ).toBe(text.replace(/[^a-zA-Z0-9]/g, ''));
      }),
    );
  });
});
