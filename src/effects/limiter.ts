import type { Effect } from '../stages.js';
import type { Decibels, Hertz } from '../units.js';
import { effectOf, gainOf, tame } from './kernel.js';

export interface LimiterParams {
  /** No sample leaves louder than this, in dB below full scale. */
  readonly ceiling: Decibels;
}

/** How long before a peak the gain begins to fall, and so the delay: at 5 ms it is not heard as distortion. */
const LOOK_AHEAD_SECONDS = 0.005;
/** Time constant with which the gain comes back. */
const RELEASE_SECONDS = 0.08;

/**
 * A look-ahead limiter. The gain that each sample may have is held over the look-ahead (a running minimum) and then
 * averaged over it; every sample's own limit is in all of the averaged values, so their mean cannot exceed it.
 */
export const limiter = ({ ceiling }: LimiterParams, rate: Hertz): Effect => {
  const limit = roundedDown(gainOf(ceiling));
  const window = Math.max(2, Math.round(LOOK_AHEAD_SECONDS * rate));
  const release = 1 - Math.exp(-1 / (RELEASE_SECONDS * rate));
  const delayed = new Float32Array(window);
  const gains = new Float64Array(window);
  // Candidates for the minimum, oldest and lowest first: at most one for each sample of the window.
  const minima = new Float64Array(window + 1);
  const ages = new Float64Array(window + 1);
  let [at, clock, head, count, envelope, sum] = [0, 0, 0, 0, 1, 0];

  const reset = (): void => {
    delayed.fill(0);
    gains.fill(1);
    [at, clock, head, count, envelope, sum] = [0, 0, 0, 0, 1, window];
  };
  reset();

  /** The least of the last `window` gains, `gain` included. */
  const lowest = (gain: number): number => {
    const size = window + 1;
    while (count > 0 && minima[(head + count - 1) % size]! >= gain) count--;
    const tail = (head + count) % size;
    minima[tail] = gain;
    ages[tail] = clock;
    count++;
    if (ages[head]! <= clock - window) {
      head = head + 1 === size ? 0 : head + 1;
      count--;
    }
    clock++;
    return minima[head]!;
  };

  return effectOf({
    delay: window - 1,
    tail: 0,
    render(input, output) {
      for (let i = 0; i < input.length; i++) {
        const x = tame(input[i]!);
        const loudness = Math.abs(x);
        const least = lowest(loudness > limit ? limit / loudness : 1);
        envelope = least < envelope ? least : envelope + (least - envelope) * release;
        sum += envelope - gains[at]!;
        gains[at] = envelope;
        delayed[at] = x;
        if (++at === window) {
          at = 0;
          // Once a window the running sum is made anew, so that rounding does not add up over days.
          sum = 0;
          for (let k = 0; k < window; k++) sum += gains[k]!;
        }
        const y = delayed[at]! * (sum / window);
        // Only rounding can reach beyond it here.
        output[i] = Math.min(limit, Math.max(-limit, y));
      }
    },
    reset,
  });
};

/** The largest 32-bit float that is not above `value`. */
const roundedDown = (value: number): number => {
  const nearest = Math.fround(value);
  return nearest <= value ? nearest : Math.fround(value * (1 - 2 ** -23));
};
