import type { Effect } from '../stages.js';
import type { Decibels, Hertz } from '../units.js';
import { effectOf, settle, tame } from './kernel.js';

export interface BassParams {
  /** How much the lows are raised, or lowered if negative. */
  readonly gain: Decibels;
  /** Where half of the gain is reached. */
  readonly corner: Hertz;
}

/**
 * A low shelf: what lies well below `corner` is raised by `gain`, what lies well above is left alone. No delay.
 * Coefficients: R. Bristow-Johnson, "Audio EQ Cookbook" (W3C Note, 2021), lowShelf with shelf slope S = 1.
 */
export const bass = ({ gain, corner }: BassParams, rate: Hertz): Effect => {
  const a = 10 ** (gain / 40);
  const angle = (2 * Math.PI * corner) / rate;
  const cosine = Math.cos(angle);
  const slope = 2 * Math.sqrt(a) * (Math.sin(angle) / Math.SQRT2);
  const a0 = a + 1 + (a - 1) * cosine + slope;
  const b0 = (a * (a + 1 - (a - 1) * cosine + slope)) / a0;
  const b1 = (2 * a * (a - 1 - (a + 1) * cosine)) / a0;
  const b2 = (a * (a + 1 - (a - 1) * cosine - slope)) / a0;
  const a1 = (-2 * (a - 1 + (a + 1) * cosine)) / a0;
  const a2 = (a + 1 + (a - 1) * cosine - slope) / a0;
  let first = 0;
  let second = 0;
  return effectOf({
    delay: 0,
    // The poles of a 200 Hz shelf have died by 140 dB after about 5 periods of the corner.
    tail: Math.ceil((5 * rate) / corner),
    render(input, output) {
      let [z1, z2] = [first, second];
      for (let i = 0; i < input.length; i++) {
        const x = tame(input[i]!);
        const y = b0 * x + z1;
        z1 = settle(b1 * x - a1 * y + z2);
        z2 = settle(b2 * x - a2 * y);
        output[i] = settle(y);
      }
      first = z1;
      second = z2;
    },
    reset() {
      first = 0;
      second = 0;
    },
  });
};
