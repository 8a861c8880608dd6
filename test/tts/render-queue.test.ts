import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { type Order, type Priority, renderQueue } from '../../src/tts/render-queue.js';

const signal = new AbortController().signal;

/** A queue whose sentences are made when the test says so: two chunks, the second after `finish`. */
const bench = () => {
  const began: string[] = [];
  const made: string[] = [];
  const waiting = new Map<string, () => void>();
  const queue = renderQueue({
    async *make({ key }, attempt) {
      began.push(key);
      yield Int16Array.of(began.length);
      await new Promise<void>((resolve, reject) => {
        waiting.set(key, resolve);
        attempt.addEventListener('abort', () => reject(attempt.reason));
      });
      if (key === 'broken') throw new Fault('engine', 'broken');
      yield Int16Array.of(0);
    },
    made: ({ key }) => made.push(key),
  });
  const order = (key: string, priority: Priority = 'reply') =>
    queue.order({ key, sentence: key, plain: false, priority } satisfies Order);
  const finish = async (key: string) => {
    waiting.get(key)?.();
    await turn();
  };
  return { queue, began, made, order, finish };
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
    const queue = renderQueue({
      async *make(_, attempt) {
        await new Promise((_, reject) => attempt.addEventListener('abort', () => reject(attempt.reason)));
      },
      made: () => {},
      patience: 1,
    });
    const { rendering } = queue.order({ key: 'stuck', sentence: 'stuck', plain: false, priority: 'reply' });
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
