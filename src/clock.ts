import { setTimeout as wait } from 'node:timers/promises';
import type { Milliseconds } from './units.js';

/** Time, handed in wherever a test would otherwise have to sleep. */
export interface Clock {
  /** Milliseconds since 1970 with fractions. Never goes back, whatever happens to the machine's date. */
  now(): Milliseconds;
  /** Resolves after `duration`, at once if it is not positive; rejects with the signal's reason. */
  sleep(duration: Milliseconds, signal: AbortSignal): Promise<void>;
}

/** The machine's own monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  async sleep(duration, signal) {
    signal.throwIfAborted();
    if (!(duration > 0)) return;
    try {
      await wait(duration, undefined, { signal });
    } catch (error) {
      // Node throws an AbortError of its own; the reason says who gave up and why.
      signal.throwIfAborted();
      throw error;
    }
  },
};
