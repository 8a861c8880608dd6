import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSampleTimes } from '../../src/sound-card/sample-times.js';

const PIECE = 320;

/** A recorder whose pieces arrive at these moments; the end of what there is, and each position. */
const arrivals = (times: ReturnType<typeof createSampleTimes>, moments: readonly number[], from = 0, fresh = true) => {
  let end = from;
  const positions = moments.map((moment, i) => {
    const position = times.place(PIECE, moment, end, fresh && i === 0);
    end = position + PIECE;
    return position;
  });
  return { end, positions };
};
const every20 = (count: number, begin: number, late: (i: number) => number = () => 0): number[] =>
  Array.from({ length: count }, (_, i) => begin + (i + 1) * 20 + late(i));

describe('the clock of the samples', () => {
  it('has the last sample of a piece in the room when that arrives', () => {
    const times = createSampleTimes();
    const { positions } = arrivals(times, every20(50, 5_000));
    expect(positions.slice(0, 3)).toEqual([0, 320, 640]);
    expect(times.timeOf(0)).toBeCloseTo(5_000, 1);
    expect(times.timeOf(16_000)).toBeCloseTo(6_000, 1);
    expect(times.positionAt(6_000)).toBe(16_000);
  });

  it('goes by the pieces that come in time, however late others are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 100, maxLength: 300 }), (delays) => {
        const times = createSampleTimes();
        // Every tenth piece is in time.
        const late = (i: number): number => (i % 10 === 0 ? 0 : (delays[i] ?? 0));
        const { end } = arrivals(times, every20(delays.length, 0, late));
        expect(end).toBe(delays.length * PIECE);
        expect(Math.abs(times.timeOf(0))).toBeLessThan(1);
      }),
    );
  });

  it.each([-80e-6, 80e-6])('drifts with a sound card whose clock is wrong by %d', (wrong) => {
    const times = createSampleTimes();
    const hour = 180_000;
    const { end } = arrivals(
      times,
      Array.from({ length: hour }, (_, i) => (i + 1) * 20 * (1 + wrong)),
    );
    expect(end).toBe(hour * PIECE);
    expect(Math.abs(times.timeOf(end) - hour * 20 * (1 + wrong))).toBeLessThan(2);
  });

  it('puts what comes after a break where it was in the room', () => {
    const times = createSampleTimes();
    const { end } = arrivals(times, every20(100, 0));
    expect(end).toBe(32_000);
    const after = arrivals(times, every20(100, 5_000), end);
    expect(after.positions[0]).toBe(80_000);
    expect(times.timeOf(80_000)).toBeCloseTo(5_000, 0);
  });

  it('never goes back, not even where the sound that returns is as good as immediate', () => {
    const times = createSampleTimes();
    const { end } = arrivals(times, every20(100, 0));
    expect(times.place(PIECE, 2_001, end, true)).toBe(end);
  });

  it('notices sound that was lost without a word', () => {
    const times = createSampleTimes();
    const { end } = arrivals(times, every20(100, 0));
    // Half a second is missing; what comes is in time from then on.
    const after = arrivals(times, every20(200, 2_500), end, false);
    const last = after.positions.at(-1)!;
    expect(Math.abs(last - (2_500 + 199 * 20) * 16)).toBeLessThan(100);
  });

  it('takes a machine that was held up for no loss', () => {
    const times = createSampleTimes();
    const { end } = arrivals(times, every20(100, 0));
    // Everything of three seconds arrives at once, complete.
    const burst = arrivals(times, new Array(150).fill(5_000), end, false);
    expect(burst.end).toBe(end + 150 * PIECE);
    expect(arrivals(times, every20(100, 5_000), burst.end, false).end).toBe(burst.end + 100 * PIECE);
  });
});
