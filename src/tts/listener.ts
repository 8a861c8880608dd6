import type { Clock } from '../clock.js';
import { type Hertz, type Milliseconds, toMilliseconds } from '../units.js';

/**
 * Somebody who listens to a reply. Where several do, the next piece is for the one who would be the first to hear
 * silence, if all of them played what they have as soon as it was there: so one who has heard nothing yet comes before
 * those who have some seconds in hand, nobody's turn comes later for those who begin after them, and all are
 * equally far ahead.
 */
export interface Listener {
  /** When the sound made so far will have been heard; at first, when the reply began. */
  readonly dry: Milliseconds;
  /** Sound was made, or found in a cache. */
  given(samples: number): void;
}

export const listener = (clock: Pick<Clock, 'now'>, rate: Hertz): Listener => {
  let dry = clock.now();
  return {
    get dry() {
      return dry;
    },
    given(samples) {
      dry = Math.max(dry, clock.now()) + toMilliseconds(samples, rate);
    },
  };
};
