import { decode } from '../audio/pcm.js';
import { createResampler, type Resampler } from '../audio/resample.js';
import { CAPTURE_RATE, type Hertz } from '../units.js';
import type { AudioFormat } from '../wyoming/messages/audio.js';

/** Turns audio as it comes over the wire, in any format, into mono at one rate. */
export interface IncomingSound {
  /** What can be said of the sound so far, at `rate`; may be empty. */
  take(payload: Uint8Array, format: AudioFormat): Float32Array;
  /** The rest that the resampler held back. Then as new. */
  flush(): Float32Array;
}

const NOTHING = new Float32Array(0);

/**
 * A chunk may end in the middle of a sample, and the format may change from one chunk to the next: then the sound goes
 * on in the new one. Wyoming's PCM is signed, except 8-bit.
 */
export const incomingSound = (rate: Hertz = CAPTURE_RATE): IncomingSound => {
  let format: AudioFormat | undefined;
  let resampler: Resampler | undefined;
  let broken: Uint8Array = new Uint8Array(0);

  const flush = (): Float32Array => {
    const rest = resampler?.flush() ?? NOTHING;
    format = undefined;
    resampler = undefined;
    broken = new Uint8Array(0);
    return rest;
  };

  const decoded = (payload: Uint8Array, { channels, width }: AudioFormat): Float32Array => {
    const bytes = broken.length === 0 ? payload : joined(broken, payload);
    const whole = bytes.length - (bytes.length % (width * channels));
    broken = bytes.slice(whole);
    const encoding = width === 1 ? 'unsigned' : 'signed';
    return decode(bytes.subarray(0, whole), { encoding, bits: width * 8, channels });
  };

  return {
    take(payload, next) {
      const rest = format && !same(format, next) ? flush() : NOTHING;
      format = { rate: next.rate, width: next.width, channels: next.channels };
      resampler ??= createResampler(next.rate, rate);
      const samples = resampler.process(decoded(payload, next));
      return rest.length === 0 ? samples : concatenated(rest, samples);
    },
    flush,
  };
};

const same = (one: AudioFormat, other: AudioFormat): boolean =>
  one.rate === other.rate && one.width === other.width && one.channels === other.channels;

const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const out = new Uint8Array(one.length + other.length);
  out.set(one);
  out.set(other, one.length);
  return out;
};

const concatenated = (one: Float32Array, other: Float32Array): Float32Array => {
  const out = new Float32Array(one.length + other.length);
  out.set(one);
  out.set(other, one.length);
  return out;
};
