import type { Block } from '../stages.js';
import type { SampleIndex, Samples } from '../units.js';

/** Of a reader that takes what is there: 100 ms at 16 kHz. */
const DEFAULT_BLOCK: Samples = 1_600;

/** What a reader needs of its ring. */
export interface Source {
  end(): SampleIndex;
  oldest(): SampleIndex;
  closed(): boolean;
  copy(from: SampleIndex, length: Samples): Float32Array;
  left(): void;
  progressed(): void;
}

/** Where one reader is. */
export interface Cursor {
  readonly position: SampleIndex;
  readonly overwritten: Samples;
  readonly iterator: AsyncIterator<Block, undefined>;
  wake(): void;
}

type Step = IteratorResult<Block, undefined>;
const DONE: Step = { done: true, value: undefined };

/**
 * An iterator by hand and no generator, since `return()` on a generator that waits would hang until more sound comes.
 */
export const createCursor = (
  from: SampleIndex,
  blockSize: Samples | undefined,
  signal: AbortSignal,
  source: Source,
): Cursor => {
  let position = from;
  let overwritten = 0;
  let finished = false;
  let waiting: { resolve(step: Step): void; reject(reason: unknown): void } | undefined;

  const leave = (): void => {
    finished = true;
    signal.removeEventListener('abort', onAbort);
    source.left();
  };

  /** The next block if there is one, the end if there will be none, else nothing. */
  const take = (): Step | undefined => {
    const oldest = source.oldest();
    if (position < oldest) {
      overwritten += oldest - position;
      position = oldest;
    }
    const there = source.end() - position;
    const wanted = blockSize ?? Math.min(Math.max(there, 1), DEFAULT_BLOCK);
    const length = there >= wanted ? wanted : source.closed() ? Math.max(0, there) : undefined;
    if (length === undefined) return undefined;
    if (length === 0) {
      leave();
      return DONE;
    }
    const block = { samples: source.copy(position, length), from: position };
    position += length;
    source.progressed();
    return { done: false, value: block };
  };

  const onAbort = (): void => {
    leave();
    waiting?.reject(signal.reason);
    waiting = undefined;
  };

  if (!signal.aborted) signal.addEventListener('abort', onAbort, { once: true });

  return {
    get position() {
      return position;
    },
    get overwritten() {
      return overwritten;
    },
    wake() {
      if (!waiting) return;
      const { resolve } = waiting;
      const step = take();
      if (!step) return;
      waiting = undefined;
      resolve(step);
    },
    iterator: {
      next() {
        if (signal.aborted) return Promise.reject(signal.reason);
        if (finished) return Promise.resolve(DONE);
        if (waiting) return Promise.reject(new Error('A reader of the ring has one consumer'));
        const step = take();
        if (step) return Promise.resolve(step);
        return new Promise<Step>((resolve, reject) => {
          waiting = { resolve, reject };
        });
      },
      return() {
        if (!finished) leave();
        waiting?.resolve(DONE);
        waiting = undefined;
        return Promise.resolve(DONE);
      },
    },
  };
};
