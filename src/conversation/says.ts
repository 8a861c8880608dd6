import type { Say } from '../stages.js';

/** What a reply says, as it becomes known. For one reader. */
export interface Says extends AsyncIterable<Say> {
  /** Ignored after the end. */
  push(say: Say): void;
  /** The reader gets what is left. */
  end(): void;
  /** The reader gets nothing more. */
  drop(): void;
}

/**
 * A reply has a line, a taunt, at most a fact for each part of a sentence and news of each: that bounds the queue.
 * `onTake` is called when the reader takes the next.
 */
export function createSays(onTake: () => void): Says {
  const waiting: Say[] = [];
  let ended = false;
  let wake: () => void = () => {};
  return {
    push(say) {
      if (ended) return;
      waiting.push(say);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    drop() {
      waiting.length = 0;
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) {
          onTake();
          yield next;
        } else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
