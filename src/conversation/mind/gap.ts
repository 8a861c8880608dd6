import type { Clock } from '../../clock.js';
import type { Milliseconds } from '../../units.js';

/** How the time until a model's first words is filled; remembered from turn to turn, so that nothing is done twice in a row. */
export interface Gaps {
  /** Whether the next answer had better begin with a written exclamation: the model is not expected to be in time. */
  readonly exclaims: boolean;
  /** The next answer may be waited for with a taunt. */
  readonly taunts: boolean;
  /** An answer was given. `filled`: with what the wait was filled; `took`: from the words to the first sentence. */
  note(filled: 'exclamation' | 'taunt' | undefined, took: Milliseconds | undefined): void;
}

/** Of the last answers; the latest counts half. */
const WEIGHT = 0.5;

/** @param patience a model that takes longer than this to its first sentence is waited for with words. */
export function rememberGaps(patience: Milliseconds): Gaps {
  let last: 'exclamation' | 'taunt' | undefined;
  let usual: Milliseconds | undefined;
  return {
    // Who was never asked may be slow: its prompt is cold.
    get exclaims() {
      return last !== 'exclamation' && (usual === undefined || usual > patience);
    },
    get taunts() {
      return last !== 'taunt';
    },
    note(filled, took) {
      last = filled;
      if (took !== undefined) usual = usual === undefined ? took : usual + (took - usual) * WEIGHT;
    },
  };
}

/** Calls back once, at a moment of the clock, unless it is called off before. Gives what calls it off. */
export function after(moment: Milliseconds, clock: Clock, signal: AbortSignal, onMoment: () => void): () => void {
  const off = new AbortController();
  clock.sleep(moment - clock.now(), AbortSignal.any([signal, off.signal])).then(
    () => {
      if (!off.signal.aborted && !signal.aborted) onMoment();
    },
    () => {},
  );
  return () => off.abort();
}
