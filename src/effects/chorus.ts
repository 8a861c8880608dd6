import type { Effect } from '../stages.js';
import type { Hertz, Milliseconds } from '../units.js';
import { toSamples } from '../units.js';
import { effectOf, tame } from './kernel.js';
import { soundRing, valueAt } from './sound-ring.js';

export interface ChorusParams {
  /** How often a second the second voice drifts away and back. */
  readonly frequency: Hertz;
  /** How far it drifts, to either side of `distance`. */
  readonly depth: Milliseconds;
  /** How far the second voice lags on average; more than `depth`. */
  readonly distance: Milliseconds;
  /** Level of the second voice relative to the first. */
  readonly mix: number;
}

/** A second voice that lags by a few milliseconds, now more, now less, and so is a little out of tune. No delay. */
export const chorus = ({ frequency, depth, distance, mix }: ChorusParams, rate: Hertz): Effect => {
  const [centre, swing] = [toSamples(distance, rate), toSamples(depth, rate)];
  const line = soundRing(centre + swing + 4);
  const step = (2 * Math.PI * frequency) / rate;
  const dry = 1 / (1 + mix);
  let [at, angle] = [0, 0];
  return effectOf({
    delay: 0,
    tail: centre + swing + 2,
    render(input, output) {
      const { samples, mask } = line;
      for (let i = 0; i < input.length; i++) {
        const x = tame(input[i]!);
        samples[at] = x;
        const position = at - Math.max(2, centre + swing * Math.sin(angle));
        output[i] = dry * (x + mix * valueAt(line, position));
        at = (at + 1) & mask;
        angle += step;
        if (angle > Math.PI) angle -= 2 * Math.PI;
      }
    },
    reset() {
      line.samples.fill(0);
      [at, angle] = [0, 0];
    },
  });
};
