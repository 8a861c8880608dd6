import type { Effect } from '../stages.js';
import type { Hertz } from '../units.js';
import { effectOf, tame } from './kernel.js';

export interface RingModulatorParams {
  /** Of the carrier. Below about 60 Hz it growls; above, it sounds like a machine. */
  readonly frequency: Hertz;
  /** 0 the voice alone … 1 the product with the carrier alone. */
  readonly mix: number;
}

/** Multiplies the voice with a sine, which puts a copy of every partial `frequency` above and below it. No delay. */
export const ringModulator = ({ frequency, mix }: RingModulatorParams, rate: Hertz): Effect => {
  const step = (2 * Math.PI * frequency) / rate;
  const dry = 1 - mix;
  let angle = 0;
  return effectOf({
    delay: 0,
    tail: 0,
    render(input, output) {
      let phase = angle;
      for (let i = 0; i < input.length; i++) {
        output[i] = tame(input[i]!) * (dry + mix * Math.sin(phase));
        phase += step;
        if (phase > Math.PI) phase -= 2 * Math.PI;
      }
      angle = phase;
    },
    reset() {
      angle = 0;
    },
  });
};
