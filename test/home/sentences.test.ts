import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inEnglish, signal, testHouse } from './houses.js';

interface Sentence {
  readonly say: string;
  readonly at?: string;
  readonly intent: string;
  readonly extendable?: boolean;
  readonly risk?: string;
  readonly does?: readonly string[];
  readonly already?: readonly string[];
  readonly fails?: readonly string[];
  readonly value?: string;
  readonly speech?: string;
}

const read = <Content>(name: string): Content => parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Content;
const sentences = read<readonly Sentence[]>('sentences.yaml');
const notCommands = read<readonly string[]>('not-commands.yaml');

describe('what the demo house understands', () => {
  test('the table is long', () => {
    expect(sentences.length).toBeGreaterThanOrEqual(150);
    expect(notCommands.length).toBeGreaterThanOrEqual(60);
  });

  const { house, understand, say: perform } = testHouse();
  test.each(sentences)('$say', async ({ say, at, intent, extendable = false, risk = 'harmless', ...expected }) => {
    house.reset();
    const command = await understand(say, at);
    expect(command).toMatchObject({ intent, extendable, risk });
    const outcome = await perform(say, at);
    const withoutSpace = outcome.changed.map(({ entity, from, to }) =>
      `${entity} ${from} > ${to}`.replaceAll(' %', '%'),
    );
    expect(withoutSpace).toEqual(expected.does ?? []);
    expect(outcome.already).toEqual(expected.already ?? []);
    expect(outcome.failed.map(({ name, reason }) => `${name}: ${reason}`)).toEqual(expected.fails ?? []);
    expect(outcome.slots.value).toBe(expected.value);
    expect(outcome.speech).toBe(expected.speech);
    // What it says has happened has happened, and nothing else.
    expect([...outcome.really].sort()).toEqual(
      outcome.changed.map(({ entity, from, to }) => `${entity}: ${from} > ${to}`).sort(),
    );
  });

  test.each(notCommands)('not: %s', async (text) => {
    expect(await house.understand(text, inEnglish, signal)).toBeUndefined();
  });
});

describe('a sentence that breaks off', () => {
  const { house } = testHouse();

  test.each([
    'turn',
    'turn on',
    'turn on the',
    'turn on the living',
    'turn on the living room',
    'turn the lamp',
    'turn off the kitchen light and',
    'turn off the kitchen light and the',
    'turn on the lamp and close the',
    'turn on the lamp and then',
    'turn on the leaving',
    'set',
    'set the bedroom light to',
    'set the living room lamp',
    'set the lamp to',
    'set the thermostat',
    'set the temperature in the',
    'set a timer',
    'set a timer for',
    'set a timer for twenty',
    'turn on the lamp in the',
    'could you',
    'could you turn',
    'please switch off the',
    'what is the',
    'is the front door',
    'which lights',
    'how much time',
  ])('"%s" is unfinished, and no command', async (text) => {
    expect(house.unfinished(text)).toBe(true);
    expect(await house.understand(text, inEnglish, signal)).toBeUndefined();
  });

  test.each([
    '',
    'please',
    'turn on the lamp',
    'turn on the lights',
    'turn on the television of my neighbour',
    'tell me a joke',
    'open the front door',
    'who is the lamp man',
    'thank you very much',
    'hello',
  ])('"%s" is not', (text) => {
    expect(house.unfinished(text)).toBe(false);
  });

  test('every beginning of a command is a command or unfinished', async () => {
    const lost: string[] = [];
    for (const { say } of sentences) {
      const words = say
        .replace(/^(please|hey) |\b(um|uh|please) ?/g, '')
        .trim()
        .split(' ');
      for (let length = 1; length < words.length; length++) {
        const beginning = words.slice(0, length).join(' ');
        const understood = await house.understand(beginning, inEnglish, signal);
        if (!understood && !house.unfinished(beginning)) lost.push(beginning);
      }
    }
    expect([...new Set(lost)]).toEqual([]);
  });
});
