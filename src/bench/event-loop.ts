import type { Milliseconds } from '../units.js';

/** Notes how late the event loop is, in the stretches of time in which that counts. */
export interface EventLoopWatch {
  watch(): void;
  rest(): void;
  /** How late each look was. */
  readonly delays: readonly Milliseconds[];
}

/** As often as it is looked. */
const EVERY: Milliseconds = 5;

/**
 * A timer of its own: Node's histogram counts the time between two stretches as one long delay. Timers of Node have
 * whole milliseconds, so a delay of up to 1 ms is none.
 */
export const watchEventLoop = (): EventLoopWatch => {
  const delays: Milliseconds[] = [];
  let timer: NodeJS.Timeout | undefined;
  const rest = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const look = (): void => {
    const due = performance.now() + EVERY;
    timer = setTimeout(() => {
      delays.push(Math.max(0, performance.now() - due));
      look();
    }, EVERY);
  };
  return {
    watch() {
      rest();
      look();
    },
    rest,
    delays,
  };
};
