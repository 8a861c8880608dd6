import type { Audio, Block } from '../stages.js';
import type { Hertz, Samples } from '../units.js';
import { filterBank } from './resample-filter.js';

/**
 * Changes the rate of a sound that comes in pieces. The output does not depend on how the input is cut, and it is not
 * late: output sample n belongs to the moment n/to seconds after the first input sample.
 *
 * Our own, so that its stop band and its delay are known and any blocking gives the same samples.
 */
export interface Resampler {
  /** How much input beyond its own moment an output sample waits for. */
  readonly lookAhead: Samples;
  /** What can be computed with the input so far; a fresh array, maybe empty. */
  process(samples: Float32Array): Float32Array;
  /** The rest, as if silence followed. In all, ⌈input · to / from⌉ samples come out. Then as new. */
  flush(): Float32Array;
}

/**
 * A polyphase windowed-sinc (Kaiser) resampler between any two rates in whole Hz. Stop band ≥ 80 dB from the lower
 * Nyquist frequency, pass band flat within 0.01 dB up to 0.9 of it.
 */
export const createResampler = (from: Hertz, to: Hertz): Resampler => {
  if (from === to) {
    return { lookAhead: 0, process: (samples) => samples.slice(), flush: () => new Float32Array(0) };
  }
  const bank = filterBank(from, to);
  const { up, down, phases, half, taps, coefficients } = bank;
  const exact = phases === up;

  /** Input not yet used up, with as much of the past as the next output needs; before the beginning there is silence. */
  let window = new Float32Array(half);
  /** Position of the next output sample: `whole` input samples into the window, and `part`/`up` of one. */
  let whole = half;
  let part = 0;
  /** Input minus what the output so far covers, in 1/up samples: what flush owes. */
  let received = 0;
  let produced = 0;

  const dot = (phase: number, at: number): number => {
    const base = phase * taps;
    const first = at - half + 1;
    let sum = 0;
    for (let i = 0; i < taps; i++) sum += window[first + i]! * coefficients[base + i]!;
    return sum;
  };

  const sampleAt = (): number => {
    if (exact) return dot(part, whole);
    // Between two neighbouring phases the filter is as good as straight.
    const place = (part * phases) / up;
    const phase = Math.floor(place);
    const share = place - phase;
    return dot(phase, whole) * (1 - share) + dot(phase + 1, whole) * share;
  };

  const run = (limit: number): Float32Array => {
    // The last sample that the filter touches is `whole + half`.
    const reachable = window.length - half - 1 - whole;
    const most = reachable < 0 ? 0 : Math.floor((reachable * up + up - 1 - part) / down) + 1;
    const out = new Float32Array(Math.min(most, limit));
    for (let i = 0; i < out.length; i++) {
      out[i] = sampleAt();
      part += down;
      whole += Math.floor(part / up);
      part %= up;
    }
    produced += out.length;
    return out;
  };

  const push = (samples: Float32Array): void => {
    const drop = Math.min(Math.max(0, whole - half + 1), window.length);
    const kept = window.length - drop;
    const next = new Float32Array(kept + samples.length);
    next.set(window.subarray(drop));
    next.set(samples, kept);
    window = next;
    whole -= drop;
  };

  const reset = (): void => {
    window = new Float32Array(half);
    whole = half;
    part = 0;
    received = 0;
    produced = 0;
  };

  return {
    lookAhead: half,
    process(samples) {
      push(samples);
      received += samples.length;
      return run(Number.POSITIVE_INFINITY);
    },
    flush() {
      const owed = Math.ceil((received * up) / down) - produced;
      push(new Float32Array(half + Math.ceil(down / up)));
      const rest = run(owed);
      reset();
      return rest;
    },
  };
};

/** All of a sound that is in memory, at another rate. */
export const resampleAll = (samples: Float32Array, from: Hertz, to: Hertz): Float32Array => {
  const resampler = createResampler(from, to);
  const body = resampler.process(samples);
  const rest = resampler.flush();
  const out = new Float32Array(body.length + rest.length);
  out.set(body);
  out.set(rest, body.length);
  return out;
};

/** A sound at another rate. A gap in it stays a gap of the same duration; the sound before it is complete. */
export const resample = (audio: Audio, to: Hertz): Audio => {
  if (audio.rate === to) return audio;
  return { rate: to, [Symbol.asyncIterator]: () => resampledBlocks(audio, to) };
};

async function* resampledBlocks(audio: Audio, to: Hertz): AsyncGenerator<Block, undefined> {
  const resampler = createResampler(audio.rate, to);
  let expected: number | undefined;
  let from = 0;
  for await (const block of audio) {
    if (block.from !== expected) {
      const rest = resampler.flush();
      if (rest.length > 0) yield { samples: rest, from };
      from = Math.max(from + rest.length, Math.round((block.from * to) / audio.rate));
    }
    expected = block.from + block.samples.length;
    const samples = resampler.process(block.samples);
    if (samples.length > 0) yield { samples, from };
    from += samples.length;
  }
  const rest = resampler.flush();
  if (rest.length > 0) yield { samples: rest, from };
}
