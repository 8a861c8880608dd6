import type { Hertz, SampleIndex, Samples } from '../units.js';
import { grainsOf } from './grains.js';
import type { Kernel } from './kernel.js';
import { ratioOf, tame } from './kernel.js';
import { passThrough } from './pass-through.js';
import { pitchMarks } from './pitch-marks.js';
import type { VoiceRange } from './pitch-tracker.js';
import { pitchTracker } from './pitch-tracker.js';
import { soundRing } from './sound-ring.js';

/** One voice that is made of the speaker's. */
export interface Voice {
  /** How far the pitch moves, in semitones. */
  readonly shift: number;
  /** How far the formants move, which is what makes a throat larger or smaller, in semitones. */
  readonly formants: number;
  /** As a factor. */
  readonly level: number;
}

/** The sound is looked at, and grains are laid out, this often. */
const HOP_SECONDS = 0.0025;
/** The pitch changes slowly enough to be looked for only every so many hops. */
const HOPS_A_LOOK = 2;
/** The delay in longest periods: one for the first half of a grain, the rest to find the mark in. */
const DELAY_PERIODS = 1.25;
/** Part of the first half of its grain that the first mark after a pause must leave. */
const LEAST_SWELL = 0.5;
/** Two marks that are a period apart, give or take this part of it, belong to one row. */
const LIKE = 0.3;
/** Where nothing is voiced, the sound itself is heard; it comes back no faster than this. */
const LEAST_FADE_SECONDS = 0.003;

/** The state of one voice. */
interface Singer extends Voice {
  readonly pitch: number;
  readonly speed: number;
  readonly gain: number;
  singing: boolean;
  /** The centre of its last grain, and the mark which that was made of. */
  centre: SampleIndex;
  mark: number;
  /** The end of its last grain. */
  end: SampleIndex;
}

/**
 * Moves pitch and formants apart by time-domain pitch-synchronous overlap-add (E. Moulines and F. Charpentier,
 * "Pitch-synchronous waveform processing techniques for text-to-speech synthesis using diphones", 1990): around a mark
 * in each period a grain of two periods is cut out, and grains are laid out at the new pitch; reading them faster or
 * slower moves the formants. What has no pitch passes as it is, cross-faded with the grains.
 *
 * Grains are read while they sound, not copied when they begin: of a grain only its first half is waited for, which
 * halves the delay of the usual way.
 */
export const psola = (voices: readonly Voice[], range: VoiceRange, rate: Hertz): Kernel => {
  const hop = Math.max(1, Math.round(HOP_SECONDS * rate));
  const longest = Math.ceil(rate / range.lowest);
  const delay = Math.ceil(DELAY_PERIODS * longest);
  const sound = soundRing(8 * longest + 4 * hop);
  const tracker = pitchTracker(range, rate);
  const marks = pitchMarks(sound, rate);
  const grains = grainsOf(sound);
  const unvoiced = passThrough(sound, delay);
  const hopped = new Float32Array(hop);
  const together = Math.hypot(...voices.map(({ level }) => level));
  const singers = voices.map((voice): Singer => {
    const [pitch, speed] = [ratioOf(voice.shift), ratioOf(voice.formants)];
    // Keeps the power: there are `pitch` times as many grains, each 1/speed times as long; voices together are as loud as one.
    return {
      ...voice,
      pitch,
      speed,
      gain: (voice.level / together) * Math.sqrt(speed / pitch),
      singing: false,
      centre: 0,
      mark: 0,
      end: 0,
    };
  });
  let now: SampleIndex = 0;
  let within = 0;
  let hops = 0;
  let period: Samples = 0;

  const sing = (singer: Singer, mark: number, centre: SampleIndex): void => {
    const length = marks.periodOf(mark) / singer.speed;
    const rise = Math.min(length, centre - now);
    const { speed, gain } = singer;
    grains.add({ centre, rise, fall: length, mark: marks.at(mark), speed, gain });
    singer.centre = centre;
    singer.mark = mark;
    singer.end = centre + length;
  };

  /** Where the next grain belongs: as far from the last as the next mark is from its mark, but for the shift. */
  const nextCentre = ({ mark, centre, pitch }: Singer): SampleIndex => {
    const period = marks.periodOf(mark);
    const spacing = mark + 1 < marks.count() ? marks.at(mark + 1) - marks.at(mark) : period;
    return centre + (Math.abs(spacing / period - 1) < LIKE ? spacing : period) / pitch;
  };

  /** The mark to be heard at `centre`: the last one not after it; −1 where the voice has ended. */
  const markFor = (centre: SampleIndex): number => {
    for (let mark = marks.count() - 1; mark >= Math.max(0, marks.count() - 48); mark--) {
      const behind = centre - delay - marks.at(mark);
      const length = marks.periodOf(mark);
      if (behind < -0.3 * length) continue;
      return behind < 1.3 * length ? mark : -1;
    }
    return -1;
  };

  /** The first mark whose grain can still swell softly; −1 where there is none. */
  const firstMark = (speed: number): number => {
    let first = -1;
    for (let mark = marks.count() - 1; mark >= Math.max(0, marks.count() - 48); mark--) {
      if (marks.at(mark) + delay - (LEAST_SWELL * marks.periodOf(mark)) / speed < now) break;
      first = mark;
    }
    return first;
  };

  const lead = singers[0];

  /** Lays out the grains of one voice that begin within the next hop. */
  const layOut = (singer: Singer): void => {
    for (;;) {
      if (!singer.singing) {
        const mark = firstMark(singer.speed);
        if (mark < 0) return;
        const centre = marks.at(mark) + delay;
        if (centre - marks.periodOf(mark) / singer.speed >= now + hop) return;
        singer.singing = true;
        sing(singer, mark, centre);
        if (singer === lead) unvoiced.fade(0, now, centre - now);
        continue;
      }
      const last = Math.max(0, marks.count() - 1);
      const centre = nextCentre(singer);
      if (centre - marks.periodOf(last) / singer.speed >= now + hop) return;
      const mark = markFor(centre);
      if (mark < 0) {
        singer.singing = false;
        if (singer === lead) unvoiced.fade(1, now, Math.max(singer.end - now, LEAST_FADE_SECONDS * rate));
        return;
      }
      sing(singer, mark, centre);
    }
  };

  const renderHop = (): void => {
    if (hops++ % HOPS_A_LOOK === 0) period = tracker.period();
    marks.advance(now, period);
    hopped.fill(0);
    for (const singer of singers) layOut(singer);
    unvoiced.render(now, hopped);
    grains.render(now, hopped);
  };

  const reset = (): void => {
    sound.samples.fill(0);
    tracker.reset();
    marks.reset();
    grains.clear();
    unvoiced.reset();
    for (const singer of singers) Object.assign(singer, { singing: false, centre: 0, mark: 0, end: 0 });
    hopped.fill(0);
    [now, within, hops, period] = [0, 0, 0, 0];
  };

  return {
    delay,
    // The last grain of a voice with lowered formants is longer than what it was made of.
    tail: hop + Math.ceil(longest / Math.min(...singers.map(({ speed }) => speed))),
    render(input, output) {
      for (let i = 0; i < input.length; i++) {
        if (within === 0) renderHop();
        const x = tame(input[i]!);
        sound.samples[now & sound.mask] = x;
        tracker.hear(x);
        marks.hear(x);
        output[i] = hopped[within]!;
        now++;
        if (++within === hop) within = 0;
      }
    },
    reset,
  };
};
