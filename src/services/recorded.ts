import type { Milliseconds } from '../units.js';

/** Tells sound that comes faster than anybody speaks from a microphone. */
export interface Recorded {
  /** So much sound has come by `now`. Told with every piece. */
  came(sound: Milliseconds, now: Milliseconds): void;
  /** It comes from a file: all of it counts, not only its first command. */
  readonly recorded: boolean;
}

/** Sound that is this far ahead of the clock was not spoken meanwhile. */
const AHEAD: Milliseconds = 1_000;
/** Sound that keeps this near to the clock for so long is being spoken, however far ahead of it. */
const STEADY: Milliseconds = 100;
const STEADY_FOR: Milliseconds = 500;

/**
 * A microphone whose first seconds were read late, by a busy machine, comes in a burst and then with the clock; a file
 * comes ever further ahead, or in fits and starts where it is held back. @param began when the stream was first seen.
 */
export const recordedOrLive = (began: Milliseconds): Recorded => {
  let recorded = false;
  let from = began;
  let mark = { ahead: 0, at: began };
  return {
    came(sound, now) {
      const ahead = sound - (now - from);
      if (!recorded) {
        if (ahead <= AHEAD) return;
        recorded = true;
        mark = { ahead, at: now };
      } else if (Math.abs(ahead - mark.ahead) > STEADY) {
        mark = { ahead, at: now };
      } else if (now - mark.at >= STEADY_FOR) {
        recorded = false;
        from = now - sound;
      }
    },
    get recorded() {
      return recorded;
    },
  };
};
