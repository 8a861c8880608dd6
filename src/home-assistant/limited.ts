import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';

/** `work` within a limit in time, or until the signal is aborted: it is left behind then. */
export const limited = <T>(
  work: Promise<T>,
  what: string,
  timeout: Milliseconds,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = new AbortController();
    const onAbort = (): void => done(() => reject(signal?.reason));
    const done = (settle: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      timer.abort();
      settle();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    clock.sleep(timeout, timer.signal).then(
      () => done(() => reject(new Fault('network', `Home Assistant did not answer ${what} in time`, { retry: true }))),
      () => {}, // it was settled before
    );
    work.then(
      (value) => done(() => resolve(value)),
      (error: unknown) => done(() => reject(error)),
    );
  });
