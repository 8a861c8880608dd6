import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/stt/normalise.js';

describe('normalised text', () => {
  it.each([
    ['Turn on the living-room lamp.', 'turn on the living room lamp'],
    ['Set the light to 45%!', 'set the light to forty five percent'],
    ['What’s the temperature?', "what's the temperature"],
    ['Set it to 21.5°C', 'set it to twenty one point five degrees celsius'],
    ['21 °', 'twenty one degrees'],
    ['-3 degrees', 'minus three degrees'],
    ['Wake me at 7:30 a.m.', 'wake me at seven thirty a m'],
    ['at 7:00, 7:05 or 10PM', "at seven o'clock seven oh five or ten p m"],
    ['I am here', 'i am here'],
    ['the 1st, 2nd, 3rd, 12th, 20th and 31st', 'the first second third twelfth twentieth and thirty first'],
    ['2,500 or 1,000,000', 'two thousand five hundred or one million'],
    ['in 1999 and 2000 and 2026', 'in nineteen ninety nine and two thousand and twenty twenty six'],
    ['call 007 or 0123456789', 'call zero zero seven or zero one two three four five six seven eight nine'],
    ['$5 & $1', 'five dollars and one dollar'],
    ['OK, 5-6', 'okay five six'],
    ["'tis the dogs' café [unk] (music) ©", 'tis the dogs cafe'],
    ['...', ''],
  ])('of %j is %j', (text, expected) => {
    expect(normalise(text)).toBe(expected);
  });

  it('is words of a–z with inner apostrophes and single spaces, whatever the text', () => {
    const word = "[a-z]+(?:'+[a-z]+)*";
    const alphabet = new RegExp(`^(?:${word}(?: ${word})*)?$`);
    const text = fc.string({ unit: fc.constantFrom(...Array.from("aZé'’ 0179.,:%$°-+&[]()<>©m")), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'grapheme' })), (any) => {
        expect(normalise(any)).toMatch(alphabet);
      }),
    );
  });

  it('stays as it is when it is normalised again', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(normalise(normalise(text))).toBe(normalise(text));
      }),
    );
  });
});
