import { expect, test } from 'vitest';
import { keepTrying } from '../../src/add-on/keep-trying.js';
import type { Clock } from '../../src/clock.js';
import { Fault } from '../../src/faults.js';

/** A clock that sleeps at once and remembers for how long. */
const impatient = (): Clock & { readonly slept: number[] } => {
  const slept: number[] = [];
  return {
    slept,
    now: () => 0,
    sleep: async (duration, signal) => {
      signal.throwIfAborted();
      slept.push(duration);
    },
  };
};

const never = new AbortController().signal;

test('a failed download is tried again, with growing pauses up to ten minutes', async () => {
  const clock = impatient();
  const told: number[] = [];
  let left = 9;
  const work = async (): Promise<string> => {
    if (left-- > 0) throw new Fault('model', 'Some model files could not be fetched');
    return 'models';
  };
  const onFailure = (_: Fault, again: number): void => void told.push(again / 1000);
  await expect(keepTrying(work, { clock, signal: never, onFailure })).resolves.toBe('models');
  expect(told).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
  expect(clock.slept).toEqual(told.map((seconds) => seconds * 1000));
});

test.each([
  ['a wrong option', new Fault('usage', 'wake.words: no model is known')],
  ['a full disk', new Fault('storage', 'The disk is full')],
  ['a defect', new TypeError('undefined is not a function')],
])('%s is not tried again', async (_, error) => {
  const clock = impatient();
  const told: Fault[] = [];
  const trying = keepTrying(() => Promise.reject(error), { clock, signal: never, onFailure: (it) => told.push(it) });
  await expect(trying).rejects.toBe(error);
  expect(told).toEqual([]);
});

test('an end that is asked for comes at once, in the work and in a pause', async () => {
  const reason = new Error('told to end');
  const working = new AbortController();
  const inWork = keepTrying(
    async () => {
      working.abort(reason);
      throw new Fault('network', 'cut off');
    },
    { clock: impatient(), signal: working.signal, onFailure: () => {} },
  );
  await expect(inWork).rejects.toBe(reason);

  const pausing = new AbortController();
  const inPause = keepTrying(() => Promise.reject(new Fault('network', 'no network')), {
    clock: impatient(),
    signal: pausing.signal,
    onFailure: () => pausing.abort(reason),
  });
  await expect(inPause).rejects.toBe(reason);
});
