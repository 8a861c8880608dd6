import { Fault } from '../../faults.js';

/** One after the other: a model reads and writes in one memory. */
export interface Turns {
  /**
   * Waits for its turn, and returns what ends it.
   *
   * @throws the signal's reason, or `Fault('busy', retry)` where too many wait already.
   */
  take(signal: AbortSignal): Promise<() => void>;
}

/** @param most that wait beside the one whose turn it is. */
export const createTurns = (most: number): Turns => {
  const waiting: (() => void)[] = [];
  let taken = false;
  const next = (): void => {
    const first = waiting.shift();
    if (first) first();
    else taken = false;
  };
  const release = (): (() => void) => {
    let released = false;
    return () => {
      if (!released) next();
      released = true;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (!taken) {
        taken = true;
        return release();
      }
      if (waiting.length >= most) {
        throw new Fault('busy', 'The language model already has more questions than it can answer', { retry: true });
      }
      return new Promise((resolve, reject) => {
        const go = () => {
          signal.removeEventListener('abort', giveUp);
          resolve(release());
        };
        const giveUp = () => {
          waiting.splice(waiting.indexOf(go), 1);
          reject(signal.reason);
        };
        waiting.push(go);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
};
