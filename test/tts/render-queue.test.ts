import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { type Listener, listener } from '../../src/tts/listener.js';
import { type Priority, renderQueue, type Work } from '../../src/tts/render-queue.js';
import { testClock } from '../fakes/clock.js';

const signal = new AbortController().signal;
const RATE = 1000;

/** A queue whose sentences are made when the test says so: each piece of two chunks, the second after `finish`. */
const bench = (pieceLength = 1) => {
  const began: string[] = [];
  const made: string[] = [];
  const closed: string[] = [];
  const waiting = new Map<string, () => void>();
  const queue = renderQueue({ made: ({ key }) => made.push(key) });
  const workOf = (key: string, pieces: number): Work => {
    let left = pieces;
    return {
      async *piece(attempt) {
        began.push(key);
        left -= 1;
        yield Int16Array.of(began.length);
        await new Promise<void>((resolve, reject) => {
          waiting.set(key, resolve);
          attempt.addEventListener('abort', () => reject(attempt.reason));
        });
        if (key === 'broken') throw new Fault('engine', 'broken');
        yield new Int16Array(pieceLength);
      },
      get done() {
        return left === 0;
      },
      close: () => closed.push(key),
    };
  };
  const order = (key: string, priority: Priority = 'reply', pieces = 1, listener?: Listener) =>
    queue.order({ key, priority, begin: () => workOf(key, pieces), ...(listener && { listener }) });
  const finish = async (key: string) => {
    waiting.get(key)?.();
    await turn();
  };
  return { queue, began, made, closed, order, finish };
};

describe('the queue of renderings', () => {
  it('makes one at a time, replies in their order, before what is only prepared', async () => {
    const { order, began, finish } = bench();
    order('first');
    order('likely', 'prepare');
    order('later', 'prefill');
    order('second');
    await turn();
    expect(began).toEqual(['first']);
    await finish('first');
    await finish('second');
    await finish('likely');
    await finish('later');
    expect(began).toEqual(['first', 'second', 'likely', 'later']);
  });

  it('makes a sentence once for all who want it', async () => {
    const { order, began, finish } = bench();
    const [one, other] = [order('same', 'prepare'), order('same')];
    await turn();
    await finish('same');
    expect(await one.rendering.whole(signal)).toEqual(await other.rendering.whole(signal));
    expect(began).toHaveLength(1);
  });

  it('lets a reply take the place of what is being prefilled, which is made anew and whole', async () => {
    const { order, began, finish, made } = bench();
    const line = order('line', 'prefill');
    await turn();
    order('reply');
    await turn();
    expect(began).toEqual(['line', 'reply']);
    await finish('reply');
    await finish('line');
    expect(began).toEqual(['line', 'reply', 'line']);
    expect(await line.rendering.whole(signal)).toEqual(Int16Array.of(3, 0));
    expect(made).toEqual(['reply', 'line']);
  });

  it('gives one who joins at that moment the new rendering only', async () => {
    const { order, finish } = bench();
    order('line', 'prefill');
    await turn();
    order('reply');
    const joined = order('line');
    await turn();
    await finish('line');
    expect(await joined.rendering.whole(signal)).toEqual(Int16Array.of(2, 0));
  });

  it('does not make what nobody wants any more', async () => {
    const { order, began, finish } = bench();
    order('first');
    const second = order('second');
    order('third');
    second.release();
    await turn();
    await finish('first');
    await finish('third');
    expect(began).toEqual(['first', 'third']);
  });

  it('goes on with the next when the one in work is given up', async () => {
    const { order, began, made } = bench();
    const first = order('first');
    order('second');
    await turn();
    first.release();
    await turn();
    expect(began).toEqual(['first', 'second']);
    expect(made).toEqual([]);
  });

  it('makes nothing for later while it is held', async () => {
    const { queue, order, began } = bench();
    const release = queue.hold();
    order('line', 'prefill');
    await turn();
    expect(began).toEqual([]);
    release();
    release();
    await turn();
    expect(began).toEqual(['line']);
  });

  it('hands a failure to who waits and goes on', async () => {
    const { order, began, finish } = bench();
    const broken = expect(order('broken').rendering.whole(signal)).rejects.toThrow('broken');
    order('next');
    await turn();
    await finish('broken');
    await broken;
    expect(began).toEqual(['broken', 'next']);
  });

  it('fails a rendering that does not go on', async () => {
    const queue = renderQueue({ made: () => {}, patience: 1 });
    const stuck: Work = {
      async *piece(attempt) {
        await new Promise((_, reject) => attempt.addEventListener('abort', () => reject(attempt.reason)));
      },
      done: false,
      close: () => {},
    };
    const { rendering } = queue.order({ key: 'stuck', priority: 'reply', begin: () => stuck });
    const waited = rendering.whole(signal);
    const alive = setTimeout(() => {}, 5000);
    await expect(waited).rejects.toMatchObject({ code: 'engine', retry: true });
    clearTimeout(alive);
  });

  it('refuses more than 64, and everything when it is closed', async () => {
    const { queue, order } = bench();
    const tickets = Array.from({ length: 64 }, (_, i) => order(`${i}`));
    expect(() => order('one more')).toThrow(expect.objectContaining({ code: 'busy' }));
    const last = tickets.at(-1)!.rendering.whole(signal);
    queue.close(new Fault('engine', 'stopped'));
    await expect(last).rejects.toThrow('stopped');
    expect(() => order('another')).toThrow('stopped');
  });

  it('lets a reader leave at once', async () => {
    const { order } = bench();
    const abort = new AbortController();
    const read = order('first').rendering.read(abort.signal)[Symbol.asyncIterator]();
    await read.next();
    const second = read.next();
    abort.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('several replies at once', () => {
  it('lets one that has heard nothing go before the next piece of one that is being heard', async () => {
    const clock = testClock();
    const { order, began, finish } = bench(RATE);
    const [first, second] = [listener(clock, RATE), listener(clock, RATE)];
    order('a', 'reply', 3, first);
    await turn();
    order('b', 'reply', 1, second);
    await finish('a');
    expect(began).toEqual(['a', 'b']);
    await finish('b');
    await finish('a');
    expect(began).toEqual(['a', 'b', 'a', 'a']);
  });

  it('keeps what was made of the one that waits', async () => {
    const clock = testClock();
    const { order, finish, made, closed } = bench();
    const { rendering } = order('a', 'reply', 2, listener(clock, RATE));
    await turn();
    await clock.advance(1);
    order('b', 'reply', 1, listener(clock, RATE));
    await finish('a');
    await finish('b');
    await finish('a');
    expect(await rendering.whole(signal)).toEqual(Int16Array.of(1, 0, 3, 0));
    expect(made).toEqual(['b', 'a']);
    expect(closed).toEqual([]);
  });

  it('serves in turn those that are equally far ahead', async () => {
    const clock = testClock();
    const { order, began, finish } = bench(RATE);
    for (const key of ['a', 'b', 'c']) order(key, 'reply', 3, listener(clock, RATE));
    await turn();
    for (let i = 0; i < 9; i++) await finish(began.at(-1)!);
    expect(began.join('')).toBe('abcabcabc');
  });

  it('does not let one wait for ever behind those that begin after it', async () => {
    const clock = testClock();
    const { order, began, finish } = bench(RATE);
    order('old', 'reply', 3, listener(clock, RATE));
    await turn();
    // Every half second another one begins, and each piece is one second of sound that takes half of one.
    for (let i = 0; i < 12; i++) {
      order(`new ${i}`, 'reply', 1, listener(clock, RATE));
      await clock.advance(500);
      await finish(began.at(-1)!);
    }
    expect(began.filter((key) => key === 'old')).toHaveLength(3);
  });

  it('makes both sentences of a reply in their order', async () => {
    const { order, began, finish } = bench(RATE);
    const one = listener(testClock(), RATE);
    order('first', 'reply', 2, one);
    order('second', 'reply', 1, one);
    await turn();
    for (let i = 0; i < 3; i++) await finish(began.at(-1)!);
    expect(began).toEqual(['first', 'first', 'second']);
  });

  it('interrupts a line for later for any of them, and gives back what it was made with', async () => {
    const { order, began, finish, closed } = bench();
    order('line', 'prefill', 2);
    await turn();
    await finish('line');
    order('a', 'reply', 2, listener(testClock(), RATE));
    await turn();
    expect([began, closed]).toEqual([['line', 'line', 'a'], ['line']]);
    await finish('a');
    await finish('a');
    await finish('line');
    expect(began).toEqual(['line', 'line', 'a', 'a', 'line', 'line']);
  });

  it('gives back what a sentence was made with that is given up between two pieces', async () => {
    const clock = testClock();
    const { order, finish, closed } = bench(RATE);
    const a = order('a', 'reply', 2, listener(clock, RATE));
    order('b', 'reply', 2, listener(clock, RATE));
    await turn();
    await finish('a');
    a.release();
    expect(closed).toEqual(['a']);
    expect(await a.rendering.whole(signal).catch((error: Error) => error.name)).toBe('AbortError');
  });
});
