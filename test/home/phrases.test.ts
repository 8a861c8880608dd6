import { describe, expect, test } from 'vitest';
import { testHouse } from './houses.js';

const { house, understand } = testHouse();
const phrases = house.phrases();
const sentences = phrases.filter((text) => text !== '[unk]');
const pairs = new Set(
  sentences.flatMap((text) => text.split(' ').map((word, at, words) => `${words[at - 1] ?? '^'} ${word}`)),
);

describe('what a recogniser is told to expect', () => {
  test('is understood, each part of it', async () => {
    const parts = new Set(sentences.flatMap((text) => text.split(/ (?:and then|and|then) /)));
    for (const text of new Set(sentences)) {
      if (await understand(text)) continue;
      const rest = text.split(/ (?:and then|and|then) /);
      // A sentence of two commands: one that is whole, and the other.
      const whole = await Promise.all(
        rest.map(async (_, at) => {
          const [one, other] = [rest.slice(0, at + 1).join(' and '), rest.slice(at + 1).join(' and ')];
          return other !== '' && (await understand(one)) !== undefined && (await understand(other)) !== undefined;
        }),
      );
      expect(whole, text).toContain(true);
    }
    expect(parts.size).toBeGreaterThan(1_000);
  });

  test('has every name, however it is spelt', () => {
    const all = sentences.map((text) => ` ${text} `.replaceAll(' ', '')).join('\n');
    const missing = house.names().filter((name) => !all.includes(name.replaceAll(' ', '')));
    expect(missing).toEqual([]);
  });

  test('has every number up to a hundred, with percent and with minutes', () => {
    for (const number of ['one', 'nineteen', 'ninety', 'forty seven', 'one hundred']) {
      expect(sentences.some((text) => text.includes(`${number} percent`))).toBe(true);
    }
    for (const number of ['two', 'fourteen', 'forty', 'forty five']) {
      expect(sentences.some((text) => text.includes(`${number} minutes`))).toBe(true);
    }
  });

  test.each([
    'turn on the living room lamp',
    'turn the hall light off',
    'set the bedside lamp to fifty percent',
    'make the desk lamp blue',
    'set the thermostat to nineteen degrees',
    'is the back door unlocked',
    'what is the temperature in the bedroom',
    "what's the temperature in the kitchen",
    'turn off the desk lamp and close the blinds',
    'turn on the fan and the lamp',
    'could you turn on the radio',
    'what time is it',
  ])('knows each pair of words of "%s"', (text) => {
    const words = text.split(' ');
    for (const [at, word] of words.entries()) expect(pairs).toContain(`${words[at - 1] ?? '^'} ${word}`);
  });

  test('has "unlock" beside "lock", so that one is not heard for the other', () => {
    for (const verb of ['lock', 'unlock']) expect(sentences).toContain(`${verb} the front door`);
  });

  test('has nothing that makes no sense, and no spelling that is there for mishearings only', () => {
    expect(sentences.filter((text) => /\b(?:unlock|lock) the (?:living room )?lamp\b/.test(text))).toEqual([]);
    expect(sentences.filter((text) => /\b(?:turn an|blew|t v|da)\b/.test(text))).toEqual([]);
    expect(sentences.filter((text) => text.includes('livingroom'))).toEqual([]);
  });

  test('has what is said often more often', () => {
    const count = (text: string) => sentences.filter((one) => one === text).length;
    expect(count('turn on the radio')).toBeGreaterThan(count('enable the radio'));
  });

  test('is bounded, always the same, and made once', () => {
    expect(phrases).toContain('[unk]');
    expect(phrases.length).toBeLessThanOrEqual(15_000);
    expect(JSON.stringify(phrases).length).toBeLessThan(1_000_000);
    expect(house.phrases()).toBe(phrases);
    expect(testHouse().house.phrases()).toEqual(phrases);
  });

  test('changes nothing in the house', () => {
    const before = house.snapshot();
    house.phrases();
    expect(house.snapshot()).toEqual(before);
  });
});
