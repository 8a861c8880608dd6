import { setTimeout as wait } from 'node:timers/promises';

/** Time, handed in so that tests need not wait. Milliseconds. */
export interface Clock {
  /** Never goes back. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(duration: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (duration, signal) => wait(duration, undefined, { signal }),
};
