import type { SampleIndex } from '../units.js';

/** The last samples of a stream, found by their position in it. */
export interface SoundRing {
  readonly samples: Float32Array;
  /** A position's place in `samples` is `position & mask`. */
  readonly mask: number;
}

/** A ring that holds at least `length` samples. */
export const soundRing = (length: number): SoundRing => {
  const size = 2 ** Math.ceil(Math.log2(length));
  return { samples: new Float32Array(size), mask: size - 1 };
};

/** The value between samples, by the cubic of Catmull and Rom through the four nearest. */
export const valueAt = ({ samples, mask }: SoundRing, position: SampleIndex): number => {
  const at = Math.floor(position);
  const between = position - at;
  const before = samples[(at - 1) & mask]!;
  const left = samples[at & mask]!;
  const right = samples[(at + 1) & mask]!;
  const after = samples[(at + 2) & mask]!;
  const slope = 0.5 * (right - before);
  const bend = before - 2.5 * left + 2 * right - 0.5 * after;
  const twist = 0.5 * (after - before) + 1.5 * (left - right);
  return ((twist * between + bend) * between + slope) * between + left;
};
