import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { medianInterval, quantile, shareInterval, summarise } from '../../src/bench/statistics.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('a summary of measured values', () => {
  test('there is none of nothing', () => {
    expect(summarise([])).toBeUndefined();
  });

  test('of one value it is that value, and says nothing about the median', () => {
    expect(summarise([7])).toEqual({ n: 1, p50: 7, p95: 7, max: 7, interval: undefined });
  });

  test('does not depend on the order', () => {
    expect(summarise([30, 10, 20, 50, 40])).toMatchObject({ n: 5, p50: 30, p95: 48, max: 50 });
  });

  test('refuses what is no number', () => {
    expect(() => summarise([1, Number.NaN])).toThrow(RangeError);
  });

  test('has its quantiles in order, within the values', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (sample) => {
        const { p50, p95, max, interval } = summarise(sample)!;
        expect(p50).toBeLessThanOrEqual(p95);
        expect(p95).toBeLessThanOrEqual(max);
        if (!interval) return;
        expect(interval.low).toBeLessThanOrEqual(p50);
        expect(interval.high).toBeGreaterThanOrEqual(p50);
      }),
    );
  });
});

test('a quantile lies between the nearest two values', () => {
  expect(quantile([10, 20], 0.25)).toBe(12.5);
});

describe('the 95 % interval of the median', () => {
  test('needs six values', () => {
    expect(medianInterval(upTo(5))).toBeUndefined();
    expect(medianInterval(upTo(6))).toEqual({ low: 1, high: 6 });
  });

  // Ranks as in tables of the sign test's interval.
  test.each([
    [10, 2, 9],
    [20, 6, 15],
    [50, 18, 33],
    [100, 40, 61],
  ])('of %i values goes from the %ith to the %ith', (n, low, high) => {
    expect(medianInterval(upTo(n))).toEqual({ low, high });
  });

  test('is there for a thousand values too', () => {
    expect(medianInterval(upTo(2000))).toEqual({ low: 956, high: 1045 });
  });
});

describe('the 95 % interval of a share', () => {
  test('there is none of nothing', () => {
    expect(shareInterval(0, 0)).toBeUndefined();
  });

  test('of none in 300 reaches above 1 %', () => {
    const { low, high } = shareInterval(0, 300)!;
    expect(low).toBeCloseTo(0, 9);
    expect(high).toBeCloseTo(0.01264, 4);
  });

  test('of 15 in 150 is Wilson’s', () => {
    const { low, high } = shareInterval(15, 150)!;
    expect(low).toBeCloseTo(0.0616, 3);
    expect(high).toBeCloseTo(0.1583, 3);
  });
});
