import type { Audio } from '../stages.js';
import { CAPTURE_RATE, type Hertz, type SampleIndex, type Samples, type Seconds, toSamples } from '../units.js';
import { type Cursor, createCursor } from './ring-cursor.js';

/** How far back a reader may always begin: the beginning of a command that follows its wake word in one breath. */
export const LOOK_BACK: Seconds = 2;

/** The longest command at its default of 15 s, its look-back, and time for a stage that has fallen behind. */
const DEFAULT_CAPACITY: Seconds = 30;

export interface RingOptions {
  readonly rate?: Hertz;
  /** At least `LOOK_BACK`; default 30 s. */
  readonly capacity?: Samples;
  /** Position of the first sample that will be written; default 0. */
  readonly start?: SampleIndex;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Where to begin: in the past as far as the ring goes back, or in the future. Default: now. */
  readonly from?: SampleIndex;
  /** Blocks of exactly this length, save the last one. Default: what is there, at most 100 ms. */
  readonly blockSize?: Samples;
}

/** One reader's view of the ring. Ends when the ring is closed and read to its end; throws the signal's reason. */
export interface RingReader extends Audio {
  /** Samples that were overwritten before this reader came to them; it went on with a jump of `from`. */
  readonly overwritten: Samples;
  /** Position of the next sample it will hand out. */
  readonly position: SampleIndex;
}

/** The last seconds of a microphone: one writer, any number of readers, none of which can hold up another. */
export interface Ring {
  readonly rate: Hertz;
  readonly capacity: Samples;
  /** Position after the newest sample. */
  readonly end: SampleIndex;
  /** Position of the oldest sample that is still there. */
  readonly oldest: SampleIndex;
  /**
   * Adds sound, overwriting the oldest. With `at`, what lies between the end and there is silence, so that positions
   * stay true to the clock when a microphone has lost sound.
   * @throws RangeError for an `at` before the end; Error after `close`.
   */
  write(samples: Float32Array, at?: SampleIndex): void;
  read(options: ReadOptions): RingReader;
  /** Resolves when no reader has more than `samples` before it. For a writer that can wait, such as a file. */
  drained(samples: Samples, signal: AbortSignal): Promise<void>;
  /** Lets readers finish what is there. */
  close(): void;
}

/**
 * The ring buffer between a microphone and all that listens to it. Bounded: at the bound the oldest sample goes, and
 * each reader counts what it has lost.
 */
export const createRing = (options: RingOptions = {}): Ring => {
  const rate = options.rate ?? CAPTURE_RATE;
  const capacity = options.capacity ?? DEFAULT_CAPACITY * rate;
  const start = options.start ?? 0;
  if (!(Number.isInteger(capacity) && capacity >= LOOK_BACK * rate)) {
    throw new RangeError(`A ring holds at least ${LOOK_BACK} s (${LOOK_BACK * rate} samples): ${capacity}`);
  }
  const buffer = new Float32Array(capacity);
  let end = start;
  let closed = false;
  const readers = new Set<Cursor>();
  const draining = new Set<() => void>();

  const oldest = (): SampleIndex => Math.max(start, end - capacity);

  const append = (samples: Float32Array): void => {
    // Of more than the ring holds, only the last part would survive.
    const skipped = Math.max(0, samples.length - capacity);
    const kept = samples.subarray(skipped);
    const at = (end + skipped) % capacity;
    const first = Math.min(kept.length, capacity - at);
    buffer.set(kept.subarray(0, first), at);
    buffer.set(kept.subarray(first), 0);
    end += samples.length;
  };

  const silence = (length: Samples): void => {
    const at = end % capacity;
    const kept = Math.min(length, capacity);
    // Where more than the ring is silent, where in it that begins does not matter.
    buffer.fill(0, at, Math.min(capacity, at + kept));
    if (at + kept > capacity) buffer.fill(0, 0, at + kept - capacity);
    end += length;
  };

  const copy = (from: SampleIndex, length: Samples): Float32Array => {
    const out = new Float32Array(length);
    const at = from % capacity;
    const first = Math.min(length, capacity - at);
    out.set(buffer.subarray(at, at + first));
    out.set(buffer.subarray(0, length - first), first);
    return out;
  };

  const backlog = (): Samples => {
    let most = 0;
    for (const reader of readers) most = Math.max(most, end - Math.max(reader.position, oldest()));
    return most;
  };

  const progressed = (): void => {
    for (const check of [...draining]) check();
  };

  return {
    rate,
    capacity,
    get end() {
      return end;
    },
    get oldest() {
      return oldest();
    },
    write(samples, at = end) {
      if (closed) throw new Error('The ring is closed');
      if (at < end) throw new RangeError(`The ring is at ${end} already, not ${at}`);
      if (at > end) silence(at - end);
      append(samples);
      for (const reader of readers) reader.wake();
    },
    read({ signal, from, blockSize }) {
      if (blockSize !== undefined && !(Number.isInteger(blockSize) && blockSize > 0 && blockSize <= capacity)) {
        throw new RangeError(`Blocks have between 1 and ${capacity} samples: ${blockSize}`);
      }
      const cursor = createCursor(Math.max(start, from ?? end), blockSize, signal, {
        end: () => end,
        oldest,
        closed: () => closed,
        copy,
        left: () => {
          readers.delete(cursor);
          progressed();
        },
        progressed,
      });
      if (!signal.aborted) readers.add(cursor);
      return {
        rate,
        get overwritten() {
          return cursor.overwritten;
        },
        get position() {
          return cursor.position;
        },
        [Symbol.asyncIterator]: () => cursor.iterator,
      };
    },
    drained(samples, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (backlog() <= samples) return resolve();
        const settle = (): void => {
          draining.delete(check);
          signal.removeEventListener('abort', check);
        };
        const check = (): void => {
          if (!signal.aborted && backlog() > samples) return;
          settle();
          if (signal.aborted) reject(signal.reason);
          else resolve();
        };
        draining.add(check);
        signal.addEventListener('abort', check, { once: true });
      });
    },
    close() {
      closed = true;
      for (const reader of readers) reader.wake();
    },
  };
};

/** The capacity for commands of at most `maxCommand`, with their look-back and as much again for a slow stage. */
export const ringCapacity = (maxCommand: Seconds, rate: Hertz = CAPTURE_RATE): Samples =>
  toSamples((maxCommand + LOOK_BACK) * 2 * 1000, rate);
