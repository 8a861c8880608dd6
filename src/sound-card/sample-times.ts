import type { CaptureClock } from '../audio/capture-clock.js';
import {
  CAPTURE_RATE,
  type Milliseconds,
  type SampleIndex,
  type Samples,
  toMilliseconds,
  toSamples,
} from '../units.js';

/** Where on the capture clock sound belongs that arrives, and when it was in the room. */
export interface SampleTimes extends CaptureClock {
  /** The position of what is in the room at `time`; undefined before the first sound. */
  positionAt(time: Milliseconds): SampleIndex | undefined;
  /**
   * The position of a piece that has just arrived.
   * @param end of what there is; pieces follow each other without a gap unless sound was lost.
   * @param fresh a recorder begins: what lies between its first sound and the sound before belongs to nobody.
   */
  place(length: Samples, arrived: Milliseconds, end: SampleIndex, fresh: boolean): SampleIndex;
}

/** How fast a sound card's clock may differ from this machine's: ordinary crystals stay within a tenth of it. */
const DRIFT = 0.001;
/** Sound that stays this late for `LATE_FOR` does not come late: a part of it has been lost. */
const LATE: Milliseconds = 100;
const LATE_FOR: Milliseconds = 1_000;

/**
 * Pieces arrive late, never early: a machine is busy. So the clock goes by the earliest of them, and drifts with the
 * sound card's as slowly as that may drift.
 */
export const createSampleTimes = (): SampleTimes => {
  /** When sample 0 began. */
  let offset: Milliseconds | undefined;
  /** The least lateness since `since`. */
  let least: Milliseconds = Number.POSITIVE_INFINITY;
  let since: Milliseconds | undefined;

  const timeOf = (position: SampleIndex): Milliseconds => (offset ?? 0) + toMilliseconds(position);
  const positionAt = (time: Milliseconds): SampleIndex | undefined =>
    offset === undefined ? undefined : Math.round(((time - offset) * CAPTURE_RATE) / 1_000);
  const forget = (): void => {
    least = Number.POSITIVE_INFINITY;
    since = undefined;
  };

  /** What has been lost, as far as the last second tells. All that arrives at one moment has waited for us. */
  const lost = (late: Milliseconds, arrived: Milliseconds): Milliseconds => {
    least = Math.min(least, late);
    since ??= arrived;
    if (arrived - since < LATE_FOR) return 0;
    const missing = least;
    forget();
    return missing > LATE ? missing : 0;
  };

  return {
    timeOf,
    positionAt,
    place(length, arrived, end, fresh) {
      offset ??= arrived - toMilliseconds(end + length);
      if (fresh) {
        forget();
        const position = Math.max(end, toSamples(arrived - offset) - length);
        // Where it cannot lie as early as it should, the clock gives way.
        offset = Math.min(offset, arrived - toMilliseconds(position + length));
        return position;
      }
      const late = arrived - timeOf(end + length);
      const missing = toSamples(lost(late, arrived));
      if (missing > 0) return end + missing;
      offset += Math.min(late, DRIFT * toMilliseconds(length));
      return end;
    },
  };
};
