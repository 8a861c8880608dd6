/** The sound of a segment as a recogniser that works on whole sentences wants it. */
import { type Milliseconds, type Samples, toSamples } from '../units.js';
import type { Extent } from './hearing.js';

/**
 * Sound kept around the speech. Moonshine gave no text for 287 of 619 commands with longer silence around them, and
 * words at the edge suffer from less than 50 ms.
 */
const MARGIN: Samples = toSamples(200);
/** A model's memory grows with the square of the length: 66 s took 804 MB. */
const LONGEST: Samples = toSamples(15_000);
/** A longer sound is cut at its quietest moment between this and `LONGEST`. */
const SHORTEST_CUT: Samples = toSamples(10_000);
const QUIET: Samples = toSamples(100);
const QUIET_STEP: Milliseconds = 20;
/** Peak after levelling. */
const PEAK = 0.95;
/** No more than 40 dB: what is fainter is no speech. */
const MOST_GAIN = 100;

/** Speech with a margin, level, in pieces of at most 15 s. */
export const pieces = (sound: Float32Array, { first, last }: Extent): Float32Array[] => {
  const speech = sound.subarray(Math.max(0, first - MARGIN), Math.min(sound.length, last + MARGIN));
  const levelled = level(speech);
  const cuts: Float32Array[] = [];
  let from = 0;
  while (levelled.length - from > LONGEST) {
    const to = quietest(levelled, from + SHORTEST_CUT, from + LONGEST);
    cuts.push(levelled.subarray(from, to));
    from = to;
  }
  return from === levelled.length ? cuts : [...cuts, levelled.subarray(from)];
};

const level = (sound: Float32Array): Float32Array => {
  let peak = 0;
  for (const sample of sound) peak = Math.max(peak, Math.abs(sample));
  const gain = peak === 0 ? 1 : Math.min(MOST_GAIN, PEAK / peak);
  return sound.map((sample) => sample * gain);
};

/** Middle of the quietest moment. */
const quietest = (sound: Float32Array, from: Samples, to: Samples): Samples => {
  let best = to;
  let least = Number.POSITIVE_INFINITY;
  for (let at = from; at + QUIET <= to; at += toSamples(QUIET_STEP)) {
    let energy = 0;
    for (const sample of sound.subarray(at, at + QUIET)) energy += sample * sample;
    if (energy >= least) continue;
    least = energy;
    best = at + QUIET / 2;
  }
  return best;
};
