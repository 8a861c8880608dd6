import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trimmer } from '../../../src/llm/embedded/trim.js';

/** What comes of a text that a model says in these pieces. */
const trimmed = (pieces: readonly string[], sentences = 4, begun = false): string => {
  const trim = trimmer(sentences, begun);
  let out = '';
  for (const piece of pieces) {
    const { done, text } = trim.push(piece);
    out += text;
    if (done !== undefined) break;
  }
  return out + trim.end();
};
const byLetters = (text: string, sentences?: number, begun?: boolean) => trimmed([...text], sentences, begun);

describe('the words of a model', () => {
  it.each([
    ['nothing to cut', 'Fool. The light is on.', 'Fool. The light is on.'],
    ['blanks around', '\n  Fool. ', 'Fool.'],
    ['the next speaker', 'Begone!\nUser: And now?', 'Begone!'],
    ['the next speaker in bold', 'Begone!\n**User**: And now?', 'Begone!'],
    ['a speaker at the beginning', 'Assistant: Begone!', ''],
    ['a mark of another template', 'Begone!<|im_start|>user', 'Begone!'],
    ['a mark that is written as text', 'Begone! </s> more', 'Begone!'],
    ['a heading', 'Begone!\n### Instruction', 'Begone!'],
    ['a second paragraph', 'Begone!\n\nAnd another thing.', 'Begone!'],
    ['a list in one paragraph', 'Two:\n- one\n- two', 'Two:\n- one\n- two'],
    ['a word that only begins like a speaker', 'Users are fools.\nUseless ones.', 'Users are fools.\nUseless ones.'],
    ['a bracket that is no mark', 'I <3 chaos.', 'I <3 chaos.'],
  ])('lose what is not the answer: %s', (_, said, expected) => {
    expect(byLetters(said)).toBe(expected);
    expect(trimmed([said])).toBe(expected);
  });

  it.each([
    ['One. Two. Three.', 1, 'One.'],
    ['One! "Two?" Three.', 2, 'One! "Two?"'],
    ['It is 3.5 degrees, Mr. Smith. Shiver.', 1, 'It is 3.5 degrees, Mr. Smith.'],
    ['I set it to 22. Suffer.', 1, 'I set it to 22.'],
    ['1. Fire. 2. Ice.', 1, '1. Fire.'],
    ['So am I. Fear me.', 1, 'So am I.'],
    ['Wait... what? No.', 1, 'Wait...'],
  ])('end with the sentence that is the last wanted: %s', (said, sentences, expected) => {
    expect(byLetters(said, sentences)).toBe(expected);
  });

  it('keep their first blank where they go on from given words', () => {
    expect(byLetters(' You dare?', 4, true)).toBe(' You dare?');
    expect(byLetters(' user: hm', 4, true)).toBe(' user: hm');
  });

  it('are given out as soon as they are certain', () => {
    const trim = trimmer(4);
    expect(trim.push('Fool').text).toBe('Fool');
    expect(trim.push('.').text).toBe('.');
    expect(trim.push(' ').text).toBe('');
    expect(trim.push('You').text).toBe(' You');
  });

  it('come out the same however they come in', () => {
    const word = fc.constantFrom(
      'Fool',
      '.',
      ' ',
      '\n',
      'user',
      ':',
      '<',
      '|',
      '**',
      '!',
      '#',
      'Mr',
      '3',
      'I',
      '-',
      '</s>',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), fc.boolean(), (words, begun) => {
        const whole = trimmed([words.join('')], 2, begun);
        expect(trimmed(words, 2, begun)).toBe(whole);
        expect(byLetters(words.join(''), 2, begun)).toBe(whole);
        expect(begun ? whole : `\n${whole}`).not.toMatch(/<\||<\/s>|\n\s*###/);
      }),
      { numRuns: 2000 },
    );
  });
});
