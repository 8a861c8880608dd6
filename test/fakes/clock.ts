import type { Clock } from '../../src/clock.js';
import type { Milliseconds } from '../../src/units.js';

interface Sleeper {
  readonly until: Milliseconds;
  readonly wake: () => void;
}

/** A clock that stands still until the test moves it. */
export interface TestClock extends Clock {
  /** Moves time on, waking the sleepers in the order of their times and letting each of them work in between. */
  advance(duration: Milliseconds): Promise<void>;
  /** Moves time from sleeper to sleeper until the work is done. */
  until<Value>(work: Promise<Value>): Promise<Value>;
  /** How many wait for this clock. */
  readonly sleeping: number;
}

/** Lets everything run that can run without time passing. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

export const testClock = (start: Milliseconds = 0): TestClock => {
  let time: number = start;
  const sleepers = new Set<Sleeper>();

  const earliest = (): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) if (!first || sleeper.until < first.until) first = sleeper;
    return first;
  };

  return {
    now: () => time,
    sleep(duration, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (!(duration > 0)) return resolve();
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        };
        const sleeper: Sleeper = {
          until: time + duration,
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
      });
    },
    async advance(duration) {
      const target = time + duration;
      await settle();
      for (let next = earliest(); next && next.until <= target; next = earliest()) {
        time = Math.max(time, next.until);
        next.wake();
        await settle();
      }
      time = target;
    },
    async until(work) {
      let done = false;
      const finish = (): void => {
        done = true;
      };
      work.then(finish, finish);
      while (true) {
        await settle();
        if (done) return work;
        const next = earliest();
        if (!next) continue;
        time = Math.max(time, next.until);
        next.wake();
      }
    },
    get sleeping() {
      return sleepers.size;
    },
  };
};
