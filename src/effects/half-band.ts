/** Taps on one side of the centre that are not zero: a half-band filter of 4·16 − 1 = 63 taps. */
const SIDE = 16;

/** How far what went through an interpolator and then a decimator lags, in samples of the lower rate. */
export const HALF_BAND_DELAY = 2 * SIDE - 1;

/**
 * The taps 1, 3, 5 … from the centre of a linear-phase half-band low-pass (the others are 0, the centre ½): a sinc at a
 * quarter of the higher rate under a Kaiser window of β = 7.86, which gives a stop band of 80 dB (J. F. Kaiser, 1974).
 */
const TAPS = (() => {
  const beta = 7.86;
  const taps = Float64Array.from({ length: SIDE }, (_, k) => {
    const n = 2 * k + 1;
    const window = bessel(beta * Math.sqrt(1 - (n / (2 * SIDE)) ** 2)) / bessel(beta);
    return (Math.sin((Math.PI * n) / 2) / (Math.PI * n)) * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => (tap * 0.25) / sum);
})();

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const LENGTH = 2 * SIDE;

/**
 * The last 2·SIDE samples as one run of memory: every sample is written twice, LENGTH apart, so that no index wraps
 * while the taps pass over them.
 */
class History {
  readonly samples = new Float64Array(2 * LENGTH);
  private at = 0;

  /** Returns where the newest sample is; the ones before it follow downwards. */
  push(sample: number): number {
    const { samples } = this;
    const at = this.at;
    samples[at] = sample;
    samples[at + LENGTH] = sample;
    this.at = at + 1 === LENGTH ? 0 : at + 1;
    return at + LENGTH;
  }

  /** The symmetric sum of the taps over all of the history. */
  filtered(newest: number): number {
    const { samples } = this;
    let sum = 0;
    for (let k = 0; k < SIDE; k++) {
      sum += TAPS[k]! * (samples[newest - SIDE + 1 + k]! + samples[newest - SIDE - k]!);
    }
    return sum;
  }

  delayed(newest: number, by: number): number {
    return this.samples[newest - by]!;
  }

  clear(): void {
    this.samples.fill(0);
  }
}

/** Doubles the rate: gives two samples, `even` before `odd`, for each one it is given. */
export class Interpolator {
  even = 0;
  odd = 0;
  private readonly history = new History();

  push(sample: number): void {
    const at = this.history.push(sample);
    // One phase of a half-band interpolator is its centre tap alone; the gain of 2 makes up for the zeros put in.
    this.even = 2 * this.history.filtered(at);
    this.odd = this.history.delayed(at, SIDE - 1);
  }

  clear(): void {
    this.history.clear();
  }
}

/** Halves the rate: gives one sample for each pair. */
export class Decimator {
  private readonly evens = new History();
  private readonly odds = new History();

  push(even: number, odd: number): number {
    const at = this.evens.push(even);
    const centre = this.odds.delayed(this.odds.push(odd), SIDE);
    return this.evens.filtered(at) + 0.5 * centre;
  }

  clear(): void {
    this.evens.clear();
    this.odds.clear();
  }
}
