import { setImmediate as eventLoop } from 'node:timers/promises';
import { readWav } from '../audio/read-wav.js';
import { resample } from '../audio/resample.js';
import type { Audio } from '../stages.js';
import { CAPTURE_RATE, type Hertz, type Samples, toSamples } from '../units.js';

/** The whole of a recording, at the rate of everything that listens. */
export const readSound = async (file: string, signal: AbortSignal): Promise<Float32Array> => {
  const { audio } = await readWav(file, signal);
  const blocks: Float32Array[] = [];
  for await (const { samples } of resample(audio, CAPTURE_RATE)) blocks.push(samples.slice());
  return joined(blocks);
};

export const joined = (parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Samples as something that can be listened to, as fast as somebody listens; timers get their turn in between. */
export const soundOf = (
  samples: Float32Array,
  rate: Hertz = CAPTURE_RATE,
  block: Samples = toSamples(80, rate),
): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    for (let from = 0; from < samples.length; from += block) {
      await eventLoop();
      yield { samples: samples.slice(from, from + block), from };
    }
  },
});
