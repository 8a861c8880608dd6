import type { Effect } from '../../src/stages.js';
import { joined } from './sounds.js';

/** All that comes out of an effect for `sound`, its rest included, given to it in blocks of the sizes of `blocks` in turn. */
export const play = (effect: Effect, sound: Float32Array, blocks: readonly number[] = [441]): Float32Array => {
  const parts: Float32Array[] = [];
  for (let at = 0, k = 0; at < sound.length; k++) {
    const size = blocks[k % blocks.length]!;
    parts.push(effect.process(sound.subarray(at, at + size)).slice());
    at += size;
  }
  parts.push(effect.flush().slice());
  return joined(...parts);
};

/** Where two sounds first differ; −1 if they are the same to the last bit. */
export const firstDifference = (one: Float32Array, other: Float32Array): number => {
  const longest = Math.max(one.length, other.length);
  for (let i = 0; i < longest; i++) if (one[i] !== other[i]) return i;
  return -1;
};

/** Level of one frequency in a sound: its amplitude under a Blackman–Harris window (side lobes −92 dB). */
export const amplitudeAt = (sound: Float32Array, frequency: number, rate: number): number => {
  const { length } = sound;
  let [real, imaginary, area] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const turn = (2 * Math.PI * i) / length;
    const weight = 0.35875 - 0.48829 * Math.cos(turn) + 0.14128 * Math.cos(2 * turn) - 0.01168 * Math.cos(3 * turn);
    const angle = (2 * Math.PI * frequency * i) / rate;
    real += weight * sound[i]! * Math.cos(angle);
    imaginary -= weight * sound[i]! * Math.sin(angle);
    area += weight;
  }
  return (2 * Math.hypot(real, imaginary)) / area;
};

/** The pitch of a steady voice: the shortest lag at which the sound is nearly as like itself as at the best lag. */
export const pitchOf = (sound: Float32Array, rate: number, lowest = 30, highest = 400): number => {
  const [shortest, longest] = [Math.floor(rate / highest), Math.ceil(rate / lowest)];
  const window = sound.length - longest - 1;
  const likeness: number[] = [];
  for (let lag = shortest; lag <= longest; lag++) {
    let [product, here, there] = [0, 1e-12, 1e-12];
    for (let i = 0; i < window; i++) {
      product += sound[i]! * sound[i + lag]!;
      here += sound[i]! ** 2;
      there += sound[i + lag]! ** 2;
    }
    likeness.push(product / Math.sqrt(here * there));
  }
  const best = Math.max(...likeness);
  const at = likeness.findIndex(
    (value, k) => value > 0.95 * best && value >= (likeness[k - 1] ?? -1) && value >= (likeness[k + 1] ?? -1),
  );
  const [before, here, after] = [likeness[at - 1] ?? 0, likeness[at]!, likeness[at + 1] ?? 0];
  const bend = before - 2 * here + after;
  return rate / (shortest + at + (bend < 0 ? (0.5 * (before - after)) / bend : 0));
};

/**
 * Where the spectral envelope peaks between two frequencies: the loudest partial of a steady voice of known pitch,
 * placed between its neighbours by a parabola through the levels in dB.
 */
export const formantOf = (sound: Float32Array, pitch: number, from: number, to: number, rate: number): number => {
  const levels: number[] = [];
  const first = Math.ceil(from / pitch);
  for (let partial = first; partial * pitch <= to; partial++) {
    levels.push(20 * Math.log10(amplitudeAt(sound, partial * pitch, rate) + 1e-9));
  }
  const at = levels.indexOf(Math.max(...levels));
  const [before, here, after] = [levels[at - 1] ?? -200, levels[at]!, levels[at + 1] ?? -200];
  const bend = before - 2 * here + after;
  return (first + at + (bend < 0 ? (0.5 * (before - after)) / bend : 0)) * pitch;
};

/** The lag at which `later` is most like `earlier`, 0 … `most` samples. */
export const lagOf = (earlier: Float32Array, later: Float32Array, most: number): number => {
  let [best, lag] = [-Infinity, 0];
  for (let by = 0; by <= most; by++) {
    let product = 0;
    for (let i = 0; i < earlier.length && i + by < later.length; i++) product += earlier[i]! * later[i + by]!;
    if (product > best) [best, lag] = [product, by];
  }
  return lag;
};

/** The power of a sound in steps of `step` samples, smoothed: its envelope. */
export const envelopeOf = (sound: Float32Array, step: number): Float32Array =>
  Float32Array.from({ length: Math.floor(sound.length / step) }, (_, k) => {
    let sum = 0;
    for (let i = k * step; i < (k + 1) * step; i++) sum += sound[i]! ** 2;
    return Math.sqrt(sum / step);
  });
