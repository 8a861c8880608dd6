import { describe, expect, it } from 'vitest';
import { understandParts } from '../../src/conversation/compound.js';
import { phrasesOf } from '../../src/conversation/language.js';
import type { Command } from '../../src/stages.js';
import { DEEDS, fakeHome } from './fake-home.js';
import { exchange, isLine, talkWith } from './talking.js';

const KNOWN = [
  'turn on the lamp',
  'turn on the fan',
  'turn off the fan',
  'turn the lamp on',
  'turn the fan off',
  'turn on the lamp and the fan',
  'turn off the kitchen light',
  'close the blind',
  'set the lamp to twenty percent',
  'set the fan to fifty percent',
  'dim the bed and breakfast light',
];

async function split(sentence: string): Promise<{ parts: string[] | undefined; questions: number }> {
  let questions = 0;
  const ask = async (text: string): Promise<Command | undefined> => {
    questions += 1;
    return KNOWN.includes(text) ? { intent: 'HassTurnOn', extendable: false, risk: 'harmless' } : undefined;
  };
  const parts = await understandParts(sentence, ask, phrasesOf('en'));
  return { parts: parts?.map(({ text }) => text), questions };
}

describe('a sentence of several commands', () => {
  it.each([
    ['turn off the kitchen light and close the blind', ['turn off the kitchen light', 'close the blind']],
    ['turn on the lamp then close the blind', ['turn on the lamp', 'close the blind']],
    ['turn on the lamp, close the blind', ['turn on the lamp', 'close the blind']],
    ['turn on the lamp, and then close the blind', ['turn on the lamp', 'close the blind']],
    ['turn on the lamp and then off the fan', ['turn on the lamp', 'turn off the fan']],
    ['close the blind and turn on the lamp and the fan', ['close the blind', 'turn on the lamp and the fan']],
    [
      'turn on the lamp and close the blind and turn on the fan',
      ['turn on the lamp', 'close the blind', 'turn on the fan'],
    ],
    ['turn the lamp on and the fan off', ['turn the lamp on', 'turn the fan off']],
    [
      'set the lamp to twenty percent and the fan to fifty percent',
      ['set the lamp to twenty percent', 'set the fan to fifty percent'],
    ],
    ['close the blind and dim the bed and breakfast light', ['close the blind', 'dim the bed and breakfast light']],
  ])('%s', async (sentence, expected) => {
    expect((await split(sentence)).parts).toEqual(expected);
  });

  it.each([
    'turn on the lamp',
    'turn on the lamp and',
    'turn on the lamp and make me a sandwich',
    'sing me a song and turn on the lamp',
    'and',
  ])('is not "%s"', async (sentence) => {
    expect((await split(sentence)).parts).toBeUndefined();
  });

  it('asks the home a bounded number of times, whatever is said', async () => {
    const { parts, questions } = await split('turn on the lamp and a and b and c and d');
    expect(parts).toBeUndefined();
    expect(questions).toBeLessThanOrEqual(24);
    expect((await split(Array(400).fill('turn on the lamp').join(' and '))).questions).toBe(0);
  });

  it('is done in order, and claimed in one line', async () => {
    const home = fakeHome(DEEDS);
    const { text, outcomes } = await exchange(talkWith(home).respond, 'close the blind then turn on the fan');
    expect(home.log).toEqual(['close the blind', 'turn on the fan']);
    expect(outcomes).toHaveLength(2);
    expect(isLine(text, 'done.compound')).toBe(true);
  });

  it('is not begun unless all of it is understood', async () => {
    const home = fakeHome(DEEDS);
    const { text } = await exchange(talkWith(home).respond, 'turn on the lamp and feed the hound');
    expect(home.log).toEqual([]);
    expect(isLine(text, 'not_understood')).toBe(true);
  });

  it('is as risky as its riskiest part and as extendable as its last', async () => {
    const { understood } = await exchange(talkWith(fakeHome(DEEDS)).respond, 'close the blind and turn on the lights');
    expect(understood).toMatchObject({ risk: 'wide', extendable: true });
  });

  it('answers a question beside a command', async () => {
    const { says } = await exchange(talkWith(fakeHome(DEEDS)).respond, 'close the blind and is the lamp on');
    expect(isLine(says[0]!.text, 'done.close')).toBe(true);
    expect(says[1]!.text).toBe('The lamp is on.');
  });
});
