import type { Clock } from '../clock.js';
import type { Mark } from '../stages.js';
import type { Milliseconds, SampleIndex } from '../units.js';

/** A moment of a turn. */
export interface Moment {
  /** When it was, on the wall clock: when the sound was in the room, if the mark belongs to a sound. */
  readonly time: Milliseconds;
  /** When the program knew. */
  readonly noted: Milliseconds;
  /** On the capture clock, if the mark belongs to a sound. */
  readonly at?: SampleIndex;
}

/** What a turn's marks say; nothing can be added here. */
export interface Moments {
  readonly moments: ReadonlyMap<Mark, Moment>;
  /** From one mark to another; undefined unless both are there. Negative where they came the other way round. */
  between(from: Mark, to: Mark): Milliseconds | undefined;
}

/** The marks of one turn, in wall-clock time. */
export interface Timeline extends Moments {
  /** Notes a moment, now unless a position on the capture clock is given. The first note of a name counts. */
  mark(name: Mark, at?: SampleIndex): void;
  /**
   * A timeline that begins with the marks so far: for a speculative part of the turn, whose marks are void if speech
   * goes on. The turn goes on with the one that has come true.
   */
  fork(): Timeline;
}

export interface TimelineOptions {
  readonly clock: Clock;
  /**
   * When the sample at a position was in the room, as whoever feeds the ring knows it. So latencies count from the
   * sound itself and not from when it was looked at.
   */
  readonly timeOf: (position: SampleIndex) => Milliseconds;
}

/** A timeline without marks. */
export const createTimeline = (options: TimelineOptions): Timeline => withMoments(options, new Map());

const withMoments = (options: TimelineOptions, moments: Map<Mark, Moment>): Timeline => ({
  moments,
  between: (from, to) => {
    const start = moments.get(from);
    const end = moments.get(to);
    return start && end ? end.time - start.time : undefined;
  },
  mark: (name, at) => {
    if (moments.has(name)) return;
    const noted = options.clock.now();
    moments.set(name, at === undefined ? { time: noted, noted } : { time: options.timeOf(at), noted, at });
  },
  fork: () => withMoments(options, new Map(moments)),
});
