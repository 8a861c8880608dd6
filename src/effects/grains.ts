import type { SampleIndex, Samples } from '../units.js';
import type { SoundRing } from './sound-ring.js';
import { valueAt } from './sound-ring.js';

/** Grains that sound at a time: two or three of one voice where it is lowered, more where it is raised. */
const SLOTS = 32;

/** One period of the voice, cut out around a mark and played around another moment. */
interface Grain {
  /** Where its strongest place is heard, and how long it swells before and dies after that. */
  centre: SampleIndex;
  rise: Samples;
  fall: Samples;
  /** Where it is taken from, and how fast it is read: below 1, its formants are lowered. */
  mark: SampleIndex;
  speed: number;
  gain: number;
}

/** The grains that are sounding. */
export interface Grains {
  add(grain: Readonly<Grain>): void;
  /** Adds what sounds from `from` on to `output`. */
  render(from: SampleIndex, output: Float32Array): void;
  clear(): void;
}

/** Plays grains under windows of Hann's shape, each half with its own length. */
export const grainsOf = (sound: SoundRing): Grains => {
  const slots: Grain[] = Array.from({ length: SLOTS }, () => ({
    centre: 0,
    rise: 0,
    fall: -1,
    mark: 0,
    speed: 1,
    gain: 0,
  }));
  let at = 0;

  const half = (
    grain: Grain,
    first: SampleIndex,
    end: SampleIndex,
    length: Samples,
    from: SampleIndex,
    output: Float32Array,
  ) => {
    if (end <= first) return;
    const { centre, mark, speed, gain } = grain;
    const angle = Math.PI / length;
    // cos(angle·(i − centre)) by the recurrence of a rotating pair: a call of Math.cos a sample would be half the work.
    const twice = 2 * Math.cos(angle);
    let now = Math.cos(angle * (first - centre));
    let before = Math.cos(angle * (first - 1 - centre));
    for (let i = first; i < end; i++) {
      const weight = gain * (0.5 + 0.5 * now);
      output[i - from] = output[i - from]! + weight * valueAt(sound, mark + (i - centre) * speed);
      const next = twice * now - before;
      before = now;
      now = next;
    }
  };

  return {
    add(grain) {
      Object.assign(slots[at]!, grain);
      at = (at + 1) % SLOTS;
    },
    render(from, output) {
      const end = from + output.length;
      for (let k = 0; k < SLOTS; k++) {
        const grain = slots[k]!;
        const { centre, rise, fall } = grain;
        if (centre + fall <= from || centre - rise >= end) continue;
        const middle = Math.min(end, Math.max(from, Math.ceil(centre)));
        half(grain, Math.max(from, Math.ceil(centre - rise)), middle, rise, from, output);
        half(grain, middle, Math.min(end, Math.ceil(centre + fall)), fall, from, output);
      }
    },
    clear() {
      // Sums are made in the order of the slots: from the first again, so that the same sound gives the same bits.
      at = 0;
      for (const slot of slots) Object.assign(slot, { centre: 0, rise: 0, fall: -1 });
    },
  };
};
