import type { Effect } from '../stages.js';
import type { Hertz } from '../units.js';
import { Decimator, HALF_BAND_DELAY, Interpolator } from './half-band.js';
import { effectOf, settle, tame } from './kernel.js';

export interface DistortionParams {
  /** How far the voice is driven into the curve: below 1 hardly to be heard, 1.5 warm, 5 harsh. */
  readonly drive: number;
}

/**
 * Soft clipping by tanh(drive·x), scaled so that full scale stays full scale. It works at twice the rate, between two
 * half-band filters, so that most of the new partials above half the rate are filtered out instead of folded back.
 */
export const distortion = ({ drive }: DistortionParams, _rate: Hertz): Effect => {
  const up = new Interpolator();
  const down = new Decimator();
  const level = 1 / Math.tanh(drive);
  return effectOf({
    delay: HALF_BAND_DELAY,
    tail: HALF_BAND_DELAY,
    render(input, output) {
      for (let i = 0; i < input.length; i++) {
        up.push(drive * tame(input[i]!));
        output[i] = settle(level * down.push(Math.tanh(up.even), Math.tanh(up.odd)));
      }
    },
    reset() {
      up.clear();
      down.clear();
    },
  });
};
