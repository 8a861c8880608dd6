import type { Clock } from '../clock.js';
import { Fault, isAbort } from '../faults.js';
import type { Milliseconds } from '../units.js';

export interface KeepTrying {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each failure, and when it is tried again. */
  readonly onFailure: (fault: Fault, again: Milliseconds) => void;
}

const FIRST: Milliseconds = 10_000;
const LONGEST: Milliseconds = 600_000;

/**
 * Does what may fail for want of a network, again and again, with pauses that grow from 10 s to 10 minutes. For an add-on: one
 * that ended would be started again by nobody, or by a watchdog without any pause.
 * @throws what was thrown, where trying again cannot help: a wrong option, a full disk, a defect; the signal's reason.
 */
export const keepTrying = async <Result>(work: () => Promise<Result>, options: KeepTrying): Promise<Result> => {
  const { clock, signal, onFailure } = options;
  for (let pause = FIRST; ; pause = Math.min(LONGEST, pause * 2)) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const passing = error instanceof Fault && (error.code === 'model' || error.code === 'network' || error.retry);
      if (!passing || isAbort(error)) throw error;
      onFailure(error, pause);
    }
    await clock.sleep(pause, signal);
  }
};
