import type { Decibels, Hertz } from '../units.js';

/** The low-pass of a rate change, cut into phases: one short filter for each place between two input samples. */
export interface FilterBank {
  /** to/from in lowest terms is up/down. */
  readonly up: number;
  readonly down: number;
  /** Filters in the table, besides one more for interpolation. `up`, or fewer where that would be too many. */
  readonly phases: number;
  /** Input samples on each side of an output sample. */
  readonly half: number;
  /** Length of each filter. */
  readonly taps: number;
  /** (phases + 1) × taps. */
  readonly coefficients: Float32Array;
}

/** Designed a little better than promised, since the window's formula is an approximation. */
const STOP_BAND: Decibels = 90;
/** The transition lies between these shares of the lower Nyquist frequency. */
const PASS = 0.9;
const STOP = 1;

/**
 * Straight lines between 512 filters a sample are off by at most π²/(8·512²), −106 dB; rates with a simple ratio get
 * the exact phases.
 */
const MAX_PHASES = 1_024;
const INTERPOLATED_PHASES = 512;

const banks = new Map<string, FilterBank>();
const MAX_BANKS = 8;

/** The filters from one rate to another; the last few are kept. */
export const filterBank = (from: Hertz, to: Hertz): FilterBank => {
  if (!(Number.isInteger(from) && from > 0 && Number.isInteger(to) && to > 0)) {
    throw new RangeError(`Rates are whole numbers of Hz: ${from}, ${to}`);
  }
  const key = `${from}/${to}`;
  const known = banks.get(key);
  if (known) return known;
  const bank = design(from, to);
  if (banks.size >= MAX_BANKS) banks.delete(banks.keys().next().value as string);
  banks.set(key, bank);
  return bank;
};

const design = (from: Hertz, to: Hertz): FilterBank => {
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const phases = up <= MAX_PHASES ? up : INTERPOLATED_PHASES;
  const lower = Math.min(from, to);

  // Kaiser's design rules: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
  const transition = ((STOP - PASS) * lower) / 2 / from;
  const length = (STOP_BAND - 7.95) / (14.36 * transition);
  const beta = 0.1102 * (STOP_BAND - 8.7);
  const half = Math.ceil(length / 2);
  const taps = 2 * half;

  /** In cycles an input sample. */
  const cutoff = ((PASS + STOP) / 4) * (lower / from);
  const coefficients = new Float32Array((phases + 1) * taps);
  const edge = bessel0(beta);
  for (let phase = 0; phase <= phases; phase++) {
    const base = phase * taps;
    let sum = 0;
    const filter = new Float64Array(taps);
    for (let i = 0; i < taps; i++) {
      const distance = i - half + 1 - phase / phases;
      const inside = 1 - (distance / half) ** 2;
      const value = inside < 0 ? 0 : (sinc(2 * cutoff * distance) * bessel0(beta * Math.sqrt(inside))) / edge;
      filter[i] = value;
      sum += value;
    }
    // Every phase lets a constant through unchanged, else a constant would come out as a tone.
    for (let i = 0; i < taps; i++) coefficients[base + i] = filter[i]! / sum;
  }
  return { up, down, phases, half, taps, coefficients };
};

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The modified Bessel function of the first kind, order 0, by its power series. */
const bessel0 = (x: number): number => {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
};

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
