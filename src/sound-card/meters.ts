import { type Hertz, type Milliseconds, type Samples, toMilliseconds, toSamples } from '../units.js';

/** Knows how much of what a player was given has become sound. */
export interface Meter {
  /** A line that the player has written about itself. */
  note(line: string, now: Milliseconds): void;
  wrote(samples: Samples, now: Milliseconds): void;
  /** No more comes: the player begins also where it would rather have more first. */
  ended(now: Milliseconds): void;
  /** The player has played everything. */
  drained(): void;
  /** What the player wants to have before it begins, as far as it says so. */
  readonly cushion: Samples;
  heard(now: Milliseconds): Samples;
}

/** Of a sample. */
const BYTES = 2;

/**
 * Goes by what pacat tells with `--verbose`: when its stream starts and runs dry, and every 50 ms the time that has been
 * heard, the delay of server and device taken off. In between, time passes.
 */
export const pacatMeter = (rate: Hertz): Meter => {
  let written: Samples = 0;
  let told: Samples = 0;
  let toldAt: Milliseconds | undefined;
  let started = false;
  let cushion: Samples = 0;

  const heard = (now: Milliseconds): Samples =>
    Math.min(written, Math.round(told + (toldAt === undefined ? 0 : ((now - toldAt) * rate) / 1_000)));

  return {
    wrote(samples) {
      written += samples;
    },
    ended() {},
    drained() {
      told = written;
    },
    get cushion() {
      return cushion;
    },
    note(line, now) {
      const bytes = /^Buffer metrics: .*\bprebuf=(\d+)/.exec(line)?.[1];
      if (bytes !== undefined) cushion = Number(bytes) / BYTES;
      const time = /^Time: (\d+\.\d+) sec/.exec(line)?.[1];
      if (time !== undefined) {
        told = Math.max(told, Math.min(written, Math.round(Number(time) * rate)));
        // Time that passes has begun, also where a server does not say so.
        if (toldAt !== undefined || (!started && told > 0)) toldAt = now;
        started ||= told > 0;
      } else if (/^Stream started/.test(line)) {
        started = true;
        toldAt = now;
      } else if (/^Stream underrun/.test(line)) {
        told = heard(now);
        toldAt = undefined;
      }
    },
    heard,
  };
};

/** For players that tell nothing: begins when they have `threshold`, and runs as long as there is something to play. */
export const timeMeter = (rate: Hertz, threshold: Milliseconds): Meter => {
  let written: Samples = 0;
  let before: Samples = 0;
  let since: Milliseconds | undefined;

  const heard = (now: Milliseconds): Samples =>
    Math.min(written, Math.round(before + (since === undefined ? 0 : ((now - since) * rate) / 1_000)));

  return {
    wrote(samples, now) {
      // Ran dry: what comes now is heard from now on.
      if (since !== undefined && heard(now) >= written) {
        before = written;
        since = now;
      }
      written += samples;
      if (since === undefined && toMilliseconds(written, rate) >= threshold) since = now;
    },
    ended(now) {
      since ??= now;
    },
    drained() {
      before = written;
    },
    note() {},
    cushion: toSamples(threshold, rate),
    heard,
  };
};
