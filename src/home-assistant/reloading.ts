import type { Clock } from '../clock.js';
import type { Milliseconds } from '../units.js';

interface Settings<Part> {
  readonly load: (parts: ReadonlySet<Part>) => Promise<void>;
  /** Called for a load that failed; true if it is to be tried again. */
  readonly onFailure: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Registries change in bursts: so long without a further change, or so long after the first one. */
const QUIET: Milliseconds = 100;
const LONGEST_BURST: Milliseconds = 1_000;
const AFTER_FAILURE: Milliseconds = 1_000;

/** Loads what is stale: one load at a time, one for a burst of changes. */
export const createReloading = <Part>({ load, onFailure, clock, signal }: Settings<Part>) => {
  const stale = new Set<Part>();
  let lastChange = 0;
  let running = false;

  const run = async (): Promise<void> => {
    running = true;
    try {
      while (stale.size > 0) {
        const began = clock.now();
        while (clock.now() - lastChange < QUIET && clock.now() - began < LONGEST_BURST)
          await clock.sleep(QUIET - (clock.now() - lastChange), signal);
        const parts = new Set(stale);
        stale.clear();
        try {
          await load(parts);
        } catch (error) {
          if (signal.aborted || !onFailure(error)) return;
          for (const part of parts) stale.add(part);
          await clock.sleep(AFTER_FAILURE, signal);
        }
      }
    } finally {
      running = false;
    }
  };

  return {
    /** Says that `parts` have changed; `now` for what somebody waits for. */
    mark(parts: Iterable<Part>, now = false): void {
      for (const part of parts) stale.add(part);
      lastChange = now ? Number.NEGATIVE_INFINITY : clock.now();
      if (!running) run().catch(() => {}); // only the sleeps reject, at the end
    },
  };
};
