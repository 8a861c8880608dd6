import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soundDistance } from '../../src/phonetics/distance.js';
import { soundsOf } from '../../src/phonetics/spelling.js';
import { stripWakeWord } from '../../src/phonetics/wake-word.js';

describe('the sounds of words', () => {
  test.each([
    ['kitchen', 'K IH CH AX N'],
    ['light', 'L AY T'],
    ['lane', 'L EY N'],
    ['bedroom', 'B EH D R UW M'],
    ['knife', 'N AY F'],
    ['phone', 'F OW N'],
    ['clothes', 'K L AA TH Z'],
    ['jarvis', 'JH AA R V IH S'],
    ['twenty', 'T W EH N T IY'],
    ['speaker', 'S P IY K ER'],
  ])('%s is %s', (word, sounds) => {
    expect(soundsOf(word).join(' ')).toBe(sounds);
  });

  test.each([
    ['ceiling', 'sealing'],
    ['cellar', 'seller'],
    ['to', 'two'],
    ['night', 'knight'],
    ['bed room', 'bedroom'],
  ])('%s and %s are alike', (a, b) => {
    expect(soundDistance(a, b)).toBeLessThan(0.02);
  });

  // The nearer one is what people said, the other what else they might have.
  test.each([
    ['living room lane', 'living room lamp', 'living room light'],
    ['leaving room lamp', 'living room lamp', 'bedroom lamp'],
    ['kitchen lied', 'kitchen light', 'kitchen lamp'],
    ['the fen', 'the fan', 'the lamp'],
    ['the blend', 'the blind', 'the lamp'],
    ['hey travis', 'hey jarvis', 'hey mycroft'],
    ['a lexus', 'alexa', 'hey jarvis'],
    ['bathrobe light', 'bathroom light', 'bedroom light'],
  ])('%s is nearer to %s than to %s', (heard, said, other) => {
    expect(soundDistance(heard, said) * 1.5).toBeLessThan(soundDistance(heard, other));
  });

  test('"on" and "off" are not near each other', () => {
    expect(soundDistance('on', 'off')).toBeGreaterThan(0.4);
  });

  test('a distance is from 0 to 1, symmetric, and 0 from a text to itself, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (a, b) => {
        const distance = soundDistance(a, b);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(soundDistance(b, a)).toBeCloseTo(distance, 9);
        expect(soundDistance(a, a)).toBe(0);
      }),
    );
  });

  test("words like those of an object's own are no trap", () => {
    for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
      expect(() => soundsOf(word)).not.toThrow();
    expect(soundsOf('constructor').length).toBeGreaterThan(5);
  });
});

describe('the wake word in front of a transcript', () => {
  test.each([
    ['hey jarvis turn on the lamp'],
    ['hey travis turn on the lamp'],
    ['a jarvis turn on the lamp'],
    ['hey jar vis turn on the lamp'],
    ['hey service turn on the lamp'],
    ['jarvis turn on the lamp'],
    ['turn on the lamp'],
  ])('"%s" leaves the command', (heard) => {
    expect(stripWakeWord(heard, 'hey_jarvis')).toBe('turn on the lamp');
  });

  test.each([
    ['alexa', 'alexa close the blind', 'close the blind'],
    ['alexa', 'a lexus close the blind', 'close the blind'],
    ['alexa', 'alexis close the blind', 'close the blind'],
    ['hey mycroft', 'hey my craft close the blind', 'close the blind'],
    ['hey mycroft', 'hey microsoft close the blind', 'close the blind'],
  ])('%s: "%s"', (phrase, heard, command) => {
    expect(stripWakeWord(heard, phrase)).toBe(command);
  });

  test('alone, it leaves nothing', () => {
    expect(stripWakeWord('hey jarvis', 'hey jarvis')).toBe('');
    expect(stripWakeWord('', 'hey jarvis')).toBe('');
  });

  test.each([
    ['hey jarvis', 'play jazz'],
    ['hey jarvis', 'he drove us home'],
    ['hey jarvis', 'hey there turn on the light'],
    ['hey jarvis', 'turn on the harbour light'],
    ['hey jarvis', 'how warm is it'],
    ['hey jarvis', 'jars of honey'],
    ['alexa', 'unlock the door'],
    ['alexa', 'a lamp is broken'],
    ['alexa', 'all lights off'],
    ['hey mycroft', 'make coffee'],
    ['hey mycroft', 'play my music'],
    ['', 'turn on the lamp'],
  ])('%s: "%s" only resembles it, and stays', (phrase, text) => {
    expect(stripWakeWord(text, phrase)).toBe(text);
  });
});
