import type { Hertz, SampleIndex, Samples } from '../units.js';
import { settle } from './kernel.js';
import type { SoundRing } from './sound-ring.js';
import { soundRing } from './sound-ring.js';

/** The marks of the last periods of a voice, one where each period is strongest. */
export interface PitchMarks {
  /** Takes in the sample that has just gone into the sound ring. */
  hear(sample: number): void;
  /** Sets marks up to `now`, given the period at about `now`; 0 ends the row of marks. */
  advance(now: SampleIndex, period: Samples): void;
  /** The number of marks ever set. Mark `n` can be asked for while it is one of the last 64. */
  count(): number;
  at(mark: number): SampleIndex;
  periodOf(mark: number): Samples;
  reset(): void;
}

const KEPT = 64;
/** How far a mark may lie from where the last one and the period say it is, in periods. */
const SEARCH = 0.16;
/** The piece around two marks that must be alike, in periods: the later part is short because it is waited for. */
const BEFORE = 0.45;
const AFTER = 0.25;
/** Pulls a mark towards the strongest place, against the slow drift of marks that only follow each other. */
const STRENGTH = 0.12;
/** Makes a place far from the expected one less likely. */
const SURPRISE = 0.05;

/**
 * Marks one place in each period of a voice. The first of a row is the strongest place of a period (just after the
 * glottis has closed); each that follows lies where the sound is most like that around the one before.
 */
export const pitchMarks = (sound: SoundRing, rate: Hertz): PitchMarks => {
  const strength = soundRing(sound.samples.length);
  const { samples, mask } = sound;
  const smoothing = 1 - Math.exp(-1 / (0.0006 * rate));
  const places = new Float64Array(KEPT);
  const periods = new Float64Array(KEPT);
  let [heard, power, total, open] = [0, 0, 0, false];

  const set = (place: SampleIndex, period: Samples): void => {
    places[total % KEPT] = place;
    periods[total % KEPT] = period;
    total++;
  };

  const strongest = (from: SampleIndex, to: SampleIndex): SampleIndex => {
    let best = from;
    for (let i = from; i <= to; i++) if (strength.samples[i & mask]! > strength.samples[best & mask]!) best = i;
    return best;
  };

  /** The place near `guess` where the sound is most like that around `last`. */
  const next = (last: SampleIndex, guess: SampleIndex, period: Samples): SampleIndex => {
    const reach = Math.max(2, Math.round(SEARCH * period));
    const [before, after] = [Math.round(BEFORE * period), Math.round(AFTER * period)];
    const peak = strength.samples[strongest(guess - reach, guess + reach) & mask]! + 1e-12;
    let own = 1e-9;
    for (let i = -before; i <= after; i += 2) own += samples[(last + i) & mask]! ** 2;
    let [best, place] = [-Infinity, guess];
    for (let to = guess - reach; to <= guess + reach; to++) {
      let product = 0;
      let power = 1e-9;
      for (let i = -before; i <= after; i += 2) {
        const there = samples[(to + i) & mask]!;
        product += there * samples[(last + i) & mask]!;
        power += there * there;
      }
      const off = (to - guess) / reach;
      const likeness = product / Math.sqrt(power * own);
      const score = likeness + (STRENGTH * strength.samples[to & mask]!) / peak - SURPRISE * off * off;
      if (score > best) {
        best = score;
        place = to;
      }
    }
    return place;
  };
  return {
    hear(sample) {
      power = settle(power + (sample * sample - power) * smoothing);
      strength.samples[heard & mask] = power;
      heard++;
    },
    advance(now, period) {
      if (period === 0) {
        open = false;
        return;
      }
      if (!open) {
        const to = now - 1 - Math.round(AFTER * period);
        const end = total === 0 ? 0 : places[(total - 1) % KEPT]! + Math.round(period / 2);
        const from = Math.max(0, end, Math.round(to - period));
        if (from > to) return;
        set(strongest(from, to), period);
        open = true;
      }
      for (;;) {
        const last = places[(total - 1) % KEPT]!;
        const guess = Math.round(last + period);
        if (guess + Math.ceil((AFTER + SEARCH) * period) + 2 >= now) return;
        set(next(last, guess, period), period);
      }
    },
    count: () => total,
    at: (mark) => places[mark % KEPT]!,
    periodOf: (mark) => periods[mark % KEPT]!,
    reset() {
      strength.samples.fill(0);
      [heard, power, total, open] = [0, 0, 0, false];
    },
  };
};
