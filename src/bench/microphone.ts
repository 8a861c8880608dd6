import type { Audio } from '../stages.js';
import { CAPTURE_RATE, type SampleIndex, type Samples, toSamples } from '../units.js';

/** A room in which something can be said at any time, and silence else. */
export interface Microphone extends Audio {
  /** Says it after whatever is still to be said. Gives the position of its first sample. */
  say(samples: Float32Array): SampleIndex;
  /** Position after the last sample that was handed over. */
  readonly position: SampleIndex;
}

/** What a microphone hands over at a time. */
const FRAME: Samples = toSamples(20);
/** A quiet room: a recording of nothing at all is no recording. */
const NOISE = 1e-4;

export const openMicrophone = (random: () => number): Microphone => {
  const waiting: Float32Array[] = [];
  let position: SampleIndex = 0;
  const room = (): Float32Array => Float32Array.from({ length: FRAME }, () => NOISE * (2 * random() - 1));
  return {
    rate: CAPTURE_RATE,
    get position() {
      return position;
    },
    say(samples) {
      const from = position + waiting.length * FRAME;
      for (let at = 0; at < samples.length; at += FRAME) {
        const frame = room();
        frame.set(samples.subarray(at, at + FRAME));
        waiting.push(frame);
      }
      return from;
    },
    async *[Symbol.asyncIterator]() {
      while (true) {
        const samples = waiting.shift() ?? room();
        const from = position;
        position += samples.length;
        yield { samples, from };
      }
    },
  };
};
