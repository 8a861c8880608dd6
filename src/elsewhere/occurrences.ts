import type { Detection } from '../stages.js';
import { type Samples, toSamples } from '../units.js';

/** A service that is still sure of a word says so every 80 ms; after so long a silence it is the word once more. */
const SILENCE: Samples = toSamples(500);

/**
 * Whether a detection is a new occurrence of a word: two services hear the same one at slightly different moments, and some
 * tell it over and over. After one nothing counts for the refractory time.
 */
export const occurrences = (refractory: Samples): ((detection: Pick<Detection, 'at'>) => boolean) => {
  let taken = Number.NEGATIVE_INFINITY;
  let told = Number.NEGATIVE_INFINITY;
  return ({ at }) => {
    // Who is slower tells of a moment before.
    const isNew = Math.abs(at - taken) >= refractory && Math.abs(at - told) >= SILENCE;
    told = Math.max(told, at);
    if (isNew) taken = at;
    return isNew;
  };
};
