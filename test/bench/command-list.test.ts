import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWrittenTurns, type WrittenTurns } from '../../src/bench/by-text.js';
import { readCommandList } from '../../src/bench/command-list.js';

const list = await readCommandList(new URL('../../bench/commands.en.yaml', import.meta.url));
const words = (say: string): string => say.replaceAll('|', ' ').replace(/\s+/g, ' ').trim();
const { signal } = new AbortController();

describe('the sentences of the bench set', () => {
  let turns: WrittenTurns;
  beforeAll(async () => {
    turns = await openWrittenTurns({
      personaFile: new URL('../../personas/demon.yaml', import.meta.url).pathname,
      language: 'en',
      log: { error: (details) => expect.unreachable(JSON.stringify(details)) },
    });
  });
  afterAll(() => turns.close());

  test('there are many, and half of them have a place for a pause', () => {
    expect(list.commands.length).toBeGreaterThanOrEqual(50);
    expect(list.talk.length).toBeGreaterThanOrEqual(10);
    const pausing = list.commands.filter(({ say }) => say.includes('|'));
    expect(pausing.length / list.commands.length).toBeGreaterThanOrEqual(0.5);
  });

  test('no sentence is there twice', () => {
    const all = [...list.commands, ...list.talk].map(({ say }) => words(say));
    expect(new Set(all).size).toBe(all.length);
  });

  test.each(list.commands)('in writing it leads to what the list says: $say', async (command) => {
    expect([command.becomes, command.asks, command.starts].filter((goal) => goal !== undefined)).toHaveLength(1);
    expect(await turns.judge({ text: words(command.say) }, command, signal)).toBe('right');
  });

  test.each(list.commands)('other words do not lead there: $say', async (command) => {
    // A list whose goals anything meets would measure nothing.
    const nothing = await turns.judge({ text: 'the weather is nice today' }, command, signal);
    expect(nothing).not.toBe('right');
  });

  test.each(list.talk)('is no command: $say', async (command) => {
    expect(command).not.toHaveProperty('becomes');
    expect(await turns.judge({ text: words(command.say) }, command, signal)).toBe('right');
  });
});
