import { decode } from '../audio/pcm.js';
import { createResampler, type Resampler } from '../audio/resample.js';
import type { Hertz } from '../units.js';
import type { AudioFormat } from '../wyoming/index.js';

/** Sound as a service sends it, in whatever format, as mono at one rate. */
export interface ServiceSound {
  take(payload: Uint8Array, format: AudioFormat): Float32Array;
  /** What the resampler held back. */
  flush(): Float32Array;
}

/** A chunk may end within a sample; the format may be another with every chunk. Wyoming's PCM is signed, except 8-bit. */
export const serviceSound = (rate: Hertz): ServiceSound => {
  let format: AudioFormat | undefined;
  let resampler: Resampler | undefined;
  let broken: Uint8Array = new Uint8Array(0);

  const flush = (): Float32Array => {
    const rest = resampler?.flush() ?? new Float32Array(0);
    resampler = undefined;
    format = undefined;
    broken = new Uint8Array(0);
    return rest;
  };

  return {
    take(payload, { rate: from, width, channels }) {
      const same = format?.rate === from && format.width === width && format.channels === channels;
      const rest = same ? new Float32Array(0) : flush();
      format = { rate: from, width, channels };
      resampler ??= createResampler(from, rate);
      const bytes = broken.length === 0 ? payload : Buffer.concat([broken, payload]);
      const whole = bytes.length - (bytes.length % (width * channels));
      broken = bytes.slice(whole);
      const encoding = width === 1 ? 'unsigned' : 'signed';
      const samples = resampler.process(decode(bytes.subarray(0, whole), { encoding, bits: width * 8, channels }));
      if (rest.length === 0) return samples;
      const joined = new Float32Array(rest.length + samples.length);
      joined.set(rest);
      joined.set(samples, rest.length);
      return joined;
    },
    flush,
  };
};
