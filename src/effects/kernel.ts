import type { Effect } from '../stages.js';
import type { Samples } from '../units.js';

/** The part of an effect that is its own: what `effectOf` makes an `Effect` of. */
export interface Kernel {
  readonly delay: Samples;
  /** How long the effect sounds on after its delayed input has ended. */
  readonly tail: Samples;
  /** Fills `output` from `input`; both are of the same length, and never the same memory. */
  render(input: Float32Array, output: Float32Array): void;
  reset(): void;
}

/** Longest piece that a kernel is given at once: small enough for the processor's cache, whatever block comes in. */
const PIECE = 1024;

/** Makes an effect of a kernel: owns the output buffer, cuts large blocks, and pushes delay and tail out at the end. */
export const effectOf = (kernel: Kernel): Effect => {
  let buffer = new Float32Array(PIECE);
  const process = (block: Float32Array): Float32Array => {
    const { length } = block;
    if (length > buffer.length) buffer = new Float32Array(length);
    for (let from = 0; from < length; from += PIECE) {
      const to = Math.min(length, from + PIECE);
      kernel.render(block.subarray(from, to), buffer.subarray(from, to));
    }
    return buffer.subarray(0, length);
  };
  return {
    delay: kernel.delay,
    process,
    flush() {
      const rest = process(new Float32Array(kernel.delay + kernel.tail));
      kernel.reset();
      return rest;
    },
    reset() {
      kernel.reset();
    },
  };
};

/** Nothing that speaks is louder: full scale is 1. Keeps absurd input from overflowing an effect's memory. */
const LOUDEST = 8;

/** The sample itself; 0 for NaN and ±∞, so that one bad sample cannot stay in a feedback path for ever. */
export const tame = (sample: number): number => {
  if (sample >= -LOUDEST && sample <= LOUDEST) return sample;
  return sample > LOUDEST && sample < Infinity ? LOUDEST : sample < -LOUDEST && sample > -Infinity ? -LOUDEST : 0;
};

/**
 * Rounds to a multiple of 2⁻⁵⁶ (−337 dB): adding and taking away 2⁻⁴ drops what is below the 53 bits of a double.
 * What decays in a feedback path so ends in 0 and never becomes denormal, which costs a hundred times as much.
 */
const ANCHOR = 2 ** -4;
export const settle = (value: number): number => value + ANCHOR - ANCHOR;

/** A level in dB as a factor of the amplitude. */
export const gainOf = (decibels: number): number => 10 ** (decibels / 20);

/** An interval in semitones of equal temperament as a ratio of frequencies. */
export const ratioOf = (semitones: number): number => 2 ** (semitones / 12);
