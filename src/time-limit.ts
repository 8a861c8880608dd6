import type { Milliseconds } from './units.js';

/** A signal with an end of its own. */
export interface TimeLimit extends Disposable {
  /** Aborted with the other one, or when the time is over. */
  readonly signal: AbortSignal;
  /** The time is over, and the other signal had not been aborted before. */
  readonly over: boolean;
}

/**
 * A signal that is aborted with another one, or after a time. `AbortSignal.timeout` will not do: joined with another one
 * by `AbortSignal.any`, it is collected with the garbage and never aborts (Node 20.20).
 */
export const timeLimit = (time: Milliseconds, signal: AbortSignal): TimeLimit => {
  const own = new AbortController();
  let over = false;
  const onAbort = (): void => own.abort(signal.reason);
  const timer = setTimeout(() => {
    over = !own.signal.aborted;
    own.abort(new Error(`Nothing came of it in ${time / 1000} s.`));
  }, time);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: own.signal,
    get over() {
      return over;
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
};
