import type { Clock } from '../clock.js';
import type { Milliseconds } from '../units.js';

/** How long to wait before something that has ended is started again. */
export interface RestartPauses {
  /** It is being started. */
  begin(): void;
  /** It has ended. */
  next(): Milliseconds;
}

const FIRST: Milliseconds = 50;
/** So that what returns is noticed soon: the device itself may take another second. */
const LONGEST: Milliseconds = 1_000;
/** What has lived so long was no failed start. */
const LIVED: Milliseconds = 5_000;

/** Each pause is twice as long as the one before, up to a second; the first after a good while is the shortest again. */
export const restartPauses = (clock: Clock): RestartPauses => {
  let pause = FIRST;
  let begun: Milliseconds = 0;
  return {
    begin() {
      begun = clock.now();
    },
    next() {
      if (clock.now() - begun >= LIVED) pause = FIRST;
      const now = pause;
      pause = Math.min(LONGEST, pause * 2);
      return now;
    },
  };
};
