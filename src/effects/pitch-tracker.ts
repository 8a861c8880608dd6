import type { Hertz, SampleIndex } from '../units.js';
import { lowPass } from './low-pass.js';
import { soundRing } from './sound-ring.js';

export interface VoiceRange {
  /** The voice's lowest pitch. The narrower the range, the fewer the mistakes. */
  readonly lowest: Hertz;
  /** The voice's highest pitch. */
  readonly highest: Hertz;
}

/** Says how long the voice's period is, if it has one, from sound that has been heard so far. */
export interface PitchTracker {
  hear(sample: number): void;
  /** The period at the end of what was heard, in samples at the full rate; 0 where there is no voice. */
  period(): number;
  reset(): void;
}

/** Pitch is looked for at about this rate: enough for the first formants, a tenth of the work. */
const WORKING_RATE: Hertz = 7_400;
/** Formants above this only blur the period. */
const BAND: Hertz = 1_100;
/** How much sound is compared with what came one period before it, in longest periods. */
const WINDOW_PERIODS = 0.75;
/** Likely periods that are followed at a time. */
const CANDIDATES = 6;

// The costs of D. Talkin, "A robust algorithm for pitch tracking (RAPT)" (1995), with a bias towards "voiced": a voiced
// piece that is left at its old pitch is heard at once, a little hum in a fricative hardly.
const LONG_PERIOD_COST = 0.22;
const CHANGE_COST = 0.5;
const VOICING_CHANGE_COST = 0.05;
const VOICED_BIAS = 0.2;
/** Amplitude (RMS) of the band under which a voice is no voice. */
const FAINT = 0.001;

/**
 * A pitch tracker for streams: the normalised cross-correlation of the last period with the one before gives likely
 * periods, and the cheapest way through them (Viterbi, forward only, so without look-ahead) gives the pitch.
 */
export const pitchTracker = ({ lowest, highest }: VoiceRange, rate: Hertz): PitchTracker => {
  const every = Math.max(1, Math.round(rate / WORKING_RATE));
  const working = rate / every;
  const longest = Math.ceil(working / lowest) + 1;
  const shortest = Math.max(2, Math.floor(working / highest) - 1);
  const window = Math.ceil(WINDOW_PERIODS * longest);
  const { samples, mask } = soundRing(window + longest + 2);
  const filters = [lowPass(BAND, rate), lowPass(BAND, rate)] as const;
  const likeness = new Float64Array(longest + 2);
  let heard: SampleIndex = 0;
  let phase = 0;

  // Slot 0 of each is "no voice".
  const periods = new Float64Array(CANDIDATES + 1);
  const costs = new Float64Array(CANDIDATES + 1);
  const newPeriods = new Float64Array(CANDIDATES + 1);
  const newCosts = new Float64Array(CANDIDATES + 1);
  let known = 1;

  /** Fills `likeness` for every period in the range; returns the greatest. */
  const correlate = (): number => {
    const from = heard - window;
    let power = 0;
    let shifted = 0;
    for (let i = 0; i < window; i++) {
      power += samples[(from + i) & mask]! ** 2;
      shifted += samples[(from - shortest + 1 + i) & mask]! ** 2;
    }
    const floor = (window * FAINT * FAINT) ** 2;
    let greatest = 0;
    for (let period = shortest; period <= longest; period++) {
      // The power of the shifted window is carried along: one sample enters, one leaves.
      shifted += samples[(from - period) & mask]! ** 2 - samples[(from - period + window) & mask]! ** 2;
      let product = 0;
      for (let i = 0; i < window; i++) product += samples[(from + i) & mask]! * samples[(from + i - period) & mask]!;
      const value = product / Math.sqrt(power * Math.max(0, shifted) + floor);
      likeness[period] = value;
      if (value > greatest) greatest = value;
    }
    return greatest;
  };

  /** Puts the likeliest periods into `newPeriods`, their own costs into `newCosts`; returns how many there are. */
  const candidates = (greatest: number): number => {
    newPeriods[0] = 0;
    newCosts[0] = greatest + VOICED_BIAS;
    let count = 1;
    for (let period = shortest + 1; period < longest; period++) {
      const [before, here, after] = [likeness[period - 1]!, likeness[period]!, likeness[period + 1]!];
      if (here < 0.3 || here < 0.6 * greatest || here < before || here <= after) continue;
      const bend = before - 2 * here + after;
      const exact = bend < 0 ? period + (0.5 * (before - after)) / bend : period;
      const cost = 1 - here * (1 - (LONG_PERIOD_COST * exact) / longest);
      let slot = count;
      if (count > CANDIDATES) {
        slot = 1;
        for (let k = 2; k <= CANDIDATES; k++) if (newCosts[k]! > newCosts[slot]!) slot = k;
        if (newCosts[slot]! <= cost) continue;
      } else count++;
      newPeriods[slot] = exact;
      newCosts[slot] = cost;
    }
    return count;
  };

  const change = (from: number, to: number): number => {
    if (from === 0 && to === 0) return 0;
    if (from === 0 || to === 0) return VOICING_CHANGE_COST;
    return CHANGE_COST * Math.abs(Math.log(to / from));
  };

  const reset = (): void => {
    samples.fill(0);
    for (const filter of filters) filter.clear();
    [heard, phase, known] = [0, 0, 1];
    periods[0] = 0;
    costs[0] = 0;
  };
  reset();

  return {
    hear(sample) {
      const low = filters[1].pass(filters[0].pass(sample));
      if (++phase < every) return;
      phase = 0;
      samples[heard & mask] = low;
      heard++;
    },
    period() {
      const count = candidates(correlate());
      let cheapest = 0;
      for (let k = 0; k < count; k++) {
        let way = Infinity;
        for (let j = 0; j < known; j++) way = Math.min(way, costs[j]! + change(periods[j]!, newPeriods[k]!));
        newCosts[k] = newCosts[k]! + way;
        if (newCosts[k]! < newCosts[cheapest]!) cheapest = k;
      }
      // Only differences count; without this the sums would grow for ever.
      const least = newCosts[cheapest]!;
      for (let k = 0; k < count; k++) {
        costs[k] = newCosts[k]! - least;
        periods[k] = newPeriods[k]!;
      }
      known = count;
      return periods[cheapest]! * every;
    },
    reset,
  };
};
