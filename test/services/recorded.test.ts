import { expect, test } from 'vitest';
import { recordedOrLive } from '../../src/services/recorded.js';

/** Pieces of 20 ms: how many at once, and how long until the next. */
const play = (pieces: readonly (readonly [count: number, pause: number])[]) => {
  const pace = recordedOrLive(5_000);
  let now = 5_000;
  let sound = 0;
  const seen = pieces.map(([count, pause]) => {
    for (let i = 0; i < count; i++) {
      sound += 20;
      pace.came(sound, now);
    }
    now += pause;
    return pace.recorded;
  });
  return { seen, last: seen.at(-1) };
};

const times = (count: number, step: readonly [number, number]) => Array.from({ length: count }, () => step);

test('a microphone is none, though its pieces come two at a time or late', () => {
  expect(play(times(200, [1, 20])).seen).not.toContain(true);
  expect(play(times(100, [2, 40])).seen).not.toContain(true);
  // Two seconds in which nobody read it, and then all of it.
  expect(play([...times(50, [1, 20]), [0, 2_000], [100, 0], ...times(50, [1, 20])]).seen).not.toContain(true);
});

test('a file is one, as fast as it goes, and where it is held back', () => {
  expect(play(times(10, [20, 1])).last).toBe(true);
  // Three times as fast as it was spoken, steadily; and in gulps between pauses.
  expect(play(times(500, [3, 20])).last).toBe(true);
  expect(play([[200, 800], ...times(20, [60, 500])]).last).toBe(true);
});

test('a microphone whose beginning was read late is one only for a moment', () => {
  const { last, seen } = play([[150, 20], ...times(60, [1, 20])]);
  expect(seen[0]).toBe(true);
  expect(last).toBe(false);
});
