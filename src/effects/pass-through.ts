import type { SampleIndex, Samples } from '../units.js';
import type { SoundRing } from './sound-ring.js';

/** The sound as it was, let through or held back under ramps of Hann's shape. */
export interface PassThrough {
  /** From `now` on, goes to `level` within `length`. */
  fade(level: 0 | 1, now: SampleIndex, length: Samples): void;
  /** Adds what was heard `delay` ago to `output`. */
  render(from: SampleIndex, output: Float32Array): void;
  reset(): void;
}

export const passThrough = ({ samples, mask }: SoundRing, delay: Samples): PassThrough => {
  let [start, span, origin, goal] = [0, 1, 1, 1];
  const levelAt = (at: SampleIndex): number => {
    if (at >= start + span) return goal;
    return origin + (goal - origin) * (0.5 - 0.5 * Math.cos((Math.PI * (at - start)) / span));
  };
  return {
    fade(level, now, length) {
      origin = levelAt(now);
      goal = level;
      start = now;
      span = Math.max(1, length);
    },
    render(from, output) {
      if (goal === 0 && from >= start + span) return;
      for (let i = 0; i < output.length; i++) {
        output[i] = output[i]! + levelAt(from + i) * samples[(from + i - delay) & mask]!;
      }
    },
    reset() {
      [start, span, origin, goal] = [0, 1, 1, 1];
    },
  };
};
