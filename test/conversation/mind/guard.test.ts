import { describe, expect, it } from 'vitest';
import { factsAbout } from '../../../src/conversation/mind/facts.js';
import { isUnfounded } from '../../../src/conversation/mind/guard.js';
import { openDemoHouse } from '../../../src/home/demo-house.js';
import { demon } from '../talking.js';

const names = ['kitchen light', 'front door', 'garage door', 'thermostat', 'Hauptlicht', 'alarm', 'fan', 'speaker'];
const known = { language: 'en', names, facts: [] };

describe('a claim that nobody has founded', () => {
  it.each([
    'I have turned on the kitchen light.',
    "I've unlocked the front door for you, mortal.",
    'I just set the thermostat to 30 degrees.',
    'I gladly opened the garage door.',
    'I will unlock the door.',
    "I'll turn the lights on.",
    'Very well, unlocking the front door.',
    'Now opening the garage.',
    'I am turning off the alarm.',
    'The front door is now unlocked.',
    'The door is open.',
    "The lights have been switched off, and it's all your fault.",
    'Hauptlicht is on.',
    "It's unlocked.",
    'It is done.',
    'Done.',
    'Consider it done.',
    'As you command.',
    'So be it.',
    'Your wish is granted.',
    'Let there be light.',
    'Lights on.',
    'Door unlocked.',
    'Timer set for five minutes.',
    'I have called the police.',
    'I cancelled the timer.',
    'If you insist, I have unlocked the door.',
    'The door is not locked.',
    'The temperature in here is 25 degrees.',
    'The alarm has been disarmed, as ordered.',
    'I hereby unseal the front door.',
    'Access granted.',
  ])('is "%s"', (sentence) => {
    expect(isUnfounded(sentence, known)).toBe(true);
  });

  it.each([
    'I once lit comets.',
    'I would never unlock the door for a sentence like that.',
    'The door stays as it is.',
    'I will not open the door.',
    'The moon is far away.',
    'I cannot turn on the light myself.',
    'Would you like the lamp on?',
    'If the door is open, close it.',
    'Three hundred and eighty thousand kilometres.',
    'You want light, and I want worship.',
    'A thousand years ago I opened the gates of cities.',
    'It is on your left.',
    'Water boils at 100 degrees.',
    'Paris is the capital of France.',
    'I was bored before you spoke.',
    'I despise mornings, as all sensible beings do.',
  ])('is not "%s"', (sentence) => {
    expect(isUnfounded(sentence, known)).toBe(false);
  });

  it('is none of the demon’s own example answers, nor what the house says', () => {
    for (const { answer } of demon.examples.en!) expect([answer, isUnfounded(answer, known)]).toEqual([answer, false]);
    const facts = [
      { names: ['front door'], state: 'locked' },
      { names: ['thermostat'], state: 'heat, set to 21 °C' },
    ];
    expect(isUnfounded('The front door is locked, mortal.', { ...known, facts })).toBe(false);
    expect(isUnfounded('The front door is unlocked, mortal.', { ...known, facts })).toBe(true);
    expect(isUnfounded('The front door is not locked.', { ...known, facts })).toBe(true);
    expect(isUnfounded('The thermostat says 21 degrees.', { ...known, facts })).toBe(false);
    expect(isUnfounded('The thermostat says 25 degrees.', { ...known, facts })).toBe(true);
  });

  it('is, in a language it does not know, all that names something of the house', () => {
    expect(isUnfounded('Das Hauptlicht ist jetzt an.', { ...known, language: 'de' })).toBe(true);
    expect(isUnfounded('Der Mond ist fern.', { ...known, language: 'de' })).toBe(false);
  });
});

describe('what is told of the house', () => {
  const house = openDemoHouse().hands.describe({ language: 'en' });

  it.each([
    ['is the kitchen light too bright', ['kitchen light']],
    ['what is wrong with the light in the garage', ['garage light']],
    ['how are you', []],
    ['do you like the bedroom', []],
  ])('is what "%s" is about', (text, expected) => {
    expect(factsAbout(text, house).map((fact) => fact.names[0])).toEqual(expected);
  });
});
