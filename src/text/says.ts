import { type Clock, systemClock } from '../clock.js';
import type { Say } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { growingText } from './growing-text.js';

export interface SaysOptions {
  /** Not needed where the text itself ends when it is given up. */
  readonly signal?: AbortSignal;
  /** Default `talk`. */
  readonly kind?: Say['kind'];
  readonly plain?: boolean;
  readonly clock?: Clock;
}

/**
 * How long something that may be spoken waits for what would show it to be more: a sentence for its next word, the first clause
 * for the end of its sentence. A token takes as long where a small model writes on a small computer (9 a second); a writer
 * that stops for longer is doing something else.
 */
const GRACE: Milliseconds = 100;

/**
 * A text that comes in pieces of any size as says, sentence by sentence, as soon as each is complete. Joined, they are
 * the text, but for white space that stands alone at its end; nothing is said twice and nothing is left out. Where the writer is slow the
 * first clause goes ahead. Reads no piece before the sentences of the last have been taken; a say has at most 400 characters.
 *
 * Throws the signal's reason as soon as it is aborted, even while the text waits, and what the text throws: a sentence that
 * has no end by then is not said.
 */
export async function* saysOf(
  text: AsyncIterable<string>,
  { signal, kind = 'talk', plain, clock = systemClock }: SaysOptions = {},
): AsyncGenerator<Say, undefined> {
  const growing = growingText();
  const source = text[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<string>> => {
    const step = source.next();
    // It may fail while a say is being read; who asks for the next one is told.
    step.catch(() => {});
    return step;
  };
  function* sentences(): Generator<Say> {
    for (let sentence = growing.sentence(); sentence !== undefined; sentence = growing.sentence()) {
      patience = undefined;
      if (sentence.trim() !== '') yield sayOf(sentence);
    }
  }
  const sayOf = (spoken: string): Say => ({ text: spoken, kind, ...(plain !== undefined && { plain }) });
  /** When the guess is taken. */
  let patience: Milliseconds | undefined;
  try {
    let next = read();
    for (;;) {
      const { guess } = growing;
      patience = guess === undefined ? undefined : (patience ?? clock.now() + GRACE);
      const step = await within(next, patience, clock, signal);
      if (step === undefined) {
        growing.takeGuess();
        patience = undefined;
        yield sayOf(guess!);
      } else if (step.done) {
        growing.end();
        yield* sentences();
        return undefined;
      } else {
        growing.push(step.value);
        yield* sentences();
        next = read();
      }
    }
  } finally {
    // Not waited for: a source that is itself waiting answers only when that ends.
    void Promise.resolve(source.return?.()).catch(() => {});
  }
}

/** What is promised, or undefined at a moment of the clock, or the signal's reason, whichever comes first. */
const within = async <T>(
  promise: Promise<T>,
  moment: Milliseconds | undefined,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<T | undefined> => {
  const timer = new AbortController();
  let onAbort = () => {};
  const settled = new Promise<T | undefined>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject);
    if (moment === undefined) return;
    clock.sleep(moment - clock.now(), timer.signal).then(
      () => resolve(undefined),
      () => {},
    );
  });
  return settled.finally(() => {
    timer.abort();
    signal?.removeEventListener('abort', onAbort);
  });
};
