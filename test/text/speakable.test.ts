import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speakable } from '../../src/text/speakable.js';

describe('speakable', () => {
  it.each([
    ['drops emoji, with skin tones, joiners, flags and keycaps', 'Burn 😈🔥! 👩‍👩‍👧 👍🏽 🇩🇪 1️⃣', 'Burn ! 1'],
    ['drops control characters and halves of surrogate pairs', 'a\u0000b\u0007 c\ud83d d', 'a b c d'],
    ['joins a word that a soft hyphen or a zero-width space has parted', 'ever\u00adlast\u200bing', 'everlasting'],
    ['drops markup, and the phonemes that espeak would read', '**Kneel** `now` [[h@l@U]] <b>', 'Kneel now h@l@U b'],
    [
      'keeps the letters of all languages written in Latin',
      'Ärger im Café, señor Łukasz',
      'Ärger im Café, señor Łukasz',
    ],
    ['drops what the voice would spell: "chinese letter"', 'Say 你好 and привет now', 'Say and now'],
    ['evens white space and keeps line ends', ' one \t two \r\n\n three', 'one two\nthree'],
    ['evens apostrophes', 'don’t', "don't"],
    ['shortens what is repeated, but not numbers', 'Nooooooo!!!!!! 10000000', 'Nooo!!! 10000000'],
    ['keeps numbers, amounts and times', '3.5 °C at 7:30, 50 % & $4', '3.5 °C at 7:30, 50 % & $4'],
  ])('%s', (_, text, expected) => {
    expect(speakable(text)).toBe(expected);
  });

  it.each(['', '  \n ', '...', '!?', '😈', '你好', '—', '\u0000', '\ud83d'])('leaves nothing of %j', (text) => {
    expect(speakable(text)).toBe('');
  });

  it('is as it was when done twice, and never longer than a limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const once = speakable(text);
        expect(speakable(once)).toBe(once);
      }),
    );
    expect(speakable('word '.repeat(5000)).length).toBeLessThanOrEqual(10_000);
  });
});
