import { describe, expect, it } from 'vitest';
import { readAhead } from '../../../src/conversation/mind/read-ahead.js';
import { keepWarm } from '../../../src/conversation/mind/warmth.js';
import type { LanguageModel, Prompt } from '../../../src/stages.js';
import { settle } from '../talking.js';

const quiet = { debug: () => {}, warn: () => {} };
const beginning = (system: string) => () => ({ system, messages: [] });

describe('what is read ahead', () => {
  const slowModel = () => {
    const log: string[] = [];
    let hands = false;
    const model = {
      name: 'slow',
      get hands() {
        return hands;
      },
      warm: ({ system }: Pick<Prompt, 'system'>, signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          log.push(system);
          signal.addEventListener('abort', () => {
            log.push(`${system} given up`);
            reject(signal.reason);
          });
          if (system !== 'first') resolve();
        }),
    } as unknown as LanguageModel;
    return { log, model, learn: () => (hands = true) };
  };

  it('is the latest, one at a time', async () => {
    const { log, model } = slowModel();
    const warmth = keepWarm(model, quiet);
    void warmth.warm(beginning('first'));
    await settle();
    void warmth.warm(beginning('second'));
    await warmth.warm(beginning('third'));
    expect(log).toEqual(['first', 'first given up', 'third']);
  });

  it('gives way to a question, and ends with the program', async () => {
    const { log, model } = slowModel();
    const warmth = keepWarm(model, quiet);
    const done = warmth.warm(beginning('first'));
    await settle();
    warmth.interrupt();
    await done;
    warmth.close();
    await warmth.warm(beginning('second'));
    expect(log).toEqual(['first', 'first given up']);
  });

  it('is read again with tools by a model that turns out to have hands', async () => {
    const { log, model, learn } = slowModel();
    const warmth = keepWarm(model, quiet);
    let asked = 0;
    await warmth.warm(() => {
      asked += 1;
      if (asked === 1) learn();
      return { system: `with ${asked}`, messages: [] };
    });
    expect(log.length).toBeGreaterThanOrEqual(1);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('warns of a server that is away once', async () => {
    const warnings: string[] = [];
    const model = {
      name: 'away',
      hands: false,
      warm: () => Promise.reject(new Error('gone')),
    } as unknown as LanguageModel;
    const warmth = keepWarm(model, { ...quiet, warn: (_, message) => warnings.push(message) });
    await warmth.warm(beginning('one'));
    await warmth.warm(beginning('two'));
    expect(warnings).toEqual(['away cannot read ahead: gone']);
  });
});

describe('reading ahead of who takes it', () => {
  it('gives all in order, then what was thrown', async () => {
    const read: number[] = [];
    let written = 0;
    const ahead = readAhead(
      (async function* () {
        for (let at = 0; at < 5; at++) {
          written += 1;
          yield at;
        }
        throw new Error('the end');
      })(),
    );
    await settle();
    expect(written).toBe(5);
    await expect(
      (async () => {
        for await (const one of ahead) read.push(one);
      })(),
    ).rejects.toThrow('the end');
    expect(read).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets a writer wait that nobody keeps up with, and go when nobody reads on', async () => {
    let written = 0;
    let ended = false;
    const ahead = readAhead(
      (async function* () {
        try {
          for (;;) {
            written += 1;
            yield written;
          }
        } finally {
          ended = true;
        }
      })(),
    );
    for (let turn = 0; turn < 40; turn++) await settle();
    const before = written;
    expect(before).toBeLessThanOrEqual(1_001);
    for await (const one of ahead) if (one > 2) break;
    await settle();
    expect(ended).toBe(true);
  });
});
