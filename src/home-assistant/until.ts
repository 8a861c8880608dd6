import type { Clock } from '../clock.js';
import type { Milliseconds } from '../units.js';

/** True as soon as `holds` does, asked now and whenever `onChange` calls back; false after `timeout`. */
export const waitUntil = (
  holds: () => boolean,
  onChange: (look: () => void) => () => void,
  clock: Clock,
  timeout: Milliseconds,
  signal: AbortSignal,
): Promise<boolean> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (holds()) return resolve(true);
    const timer = new AbortController();
    const done = (settle: () => void): void => {
      forget();
      timer.abort();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => done(() => reject(signal.reason));
    const forget = onChange(() => {
      try {
        if (holds()) done(() => resolve(true));
      } catch (error) {
        done(() => reject(error));
      }
    });
    signal.addEventListener('abort', onAbort, { once: true });
    clock.sleep(timeout, timer.signal).then(
      () => done(() => resolve(false)),
      () => {},
    );
  });
