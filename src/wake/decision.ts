import type { SampleIndex, Samples } from '../units.js';

/** When a word's scores count as the word. */
export interface WordRule {
  readonly word: string;
  /** Least score, 0…1. */
  readonly threshold: number;
  /** How many frames in a row must reach the threshold; 1 is the fastest. */
  readonly patience: number;
}

/** A word that was probably said. */
interface Candidate {
  readonly word: string;
  readonly score: number;
  /** End of the frame in which the score crossed the threshold. */
  readonly at: SampleIndex;
}

export interface Decision {
  /** The scores of the frame that ends at `end`, in the order of the rules: the word said, if any. Changes nothing but runs. */
  next(scores: ArrayLike<number>, end: SampleIndex): Candidate | undefined;
  /** The last candidate was taken: nothing is a candidate for the refractory time, and until its score has fallen. */
  taken(): void;
  /** Sound was lost or a new stream begins. What was taken before stays taken. */
  reset(): void;
}

/** Decides from scores, frame by frame. Of two words in one frame, the one with the higher score was said. */
export const decision = (rules: readonly WordRule[], refractory: Samples): Decision => {
  const runs = rules.map(() => ({ length: 0, crossed: 0, released: true }));
  let now: SampleIndex = 0;
  let takenAt: SampleIndex = Number.NEGATIVE_INFINITY;

  return {
    next: (scores, end) => {
      if (end < takenAt) takenAt = Number.NEGATIVE_INFINITY; // Another clock: the microphone was opened anew.
      now = end;
      const resting = end - takenAt < refractory;
      let best: Candidate | undefined;
      for (const [index, { word, threshold, patience }] of rules.entries()) {
        const score = scores[index]!;
        const run = runs[index]!;
        if (!(score >= threshold)) {
          run.length = 0;
          run.released = true;
        } else if (!resting && run.released) {
          run.length++;
          if (run.length === 1) run.crossed = end;
          if (run.length >= patience && !(best && best.score >= score)) best = { word, score, at: run.crossed };
        }
      }
      return best;
    },
    taken: () => {
      takenAt = now;
      for (const run of runs) {
        run.length = 0;
        run.released = false;
      }
    },
    reset: () => {
      for (const run of runs) {
        run.length = 0;
        run.released = true;
      }
    },
  };
};
