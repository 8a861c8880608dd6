import type { Readable } from 'node:stream';
import type { Clock } from './clock.js';
import type { Limits } from './limits.js';
import type { WyomingEvent } from './messages.js';
import { createParser } from './parser.js';
import { WyomingError } from './wyoming-error.js';

/** Bytes that wait to be read, over all connections of a server: a thousand half events are much memory. */
export interface Budget {
  used: number;
  readonly max: number;
}

export interface Incoming {
  /** The next event; undefined after the last one. One call at a time. Rejects with the signal's reason. */
  read(signal?: AbortSignal): Promise<WyomingEvent | undefined>;
  /** No more events are wanted: `read` gives undefined, what still comes is thrown away. */
  stop(): void;
  /** Answers count like what they answer: a small request may ask for a large one. */
  charge(bytes: number): void;
  /** The stream is gone; its complete events can still be read. */
  gone(): void;
}

interface IncomingSettings {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly budget: Budget;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  /** The peer breaks the protocol or a limit. Called once. */
  readonly onOffence: (error: WyomingError) => void;
  /** The peer will send no more. */
  readonly onEnd: () => void;
}

/** Unread bytes from which on the peer has to wait. */
const ENOUGH = 64 * 1024;
/** A peer that may always hold as much, however many there are. */
const FREE = 16 * 1024;
/** What a connection may do before others have their turn: an event costs 1, and so does each KiB read or sent. */
const TURN = 64;
/** Bytes that are taken from a peer after `stop`, so that it can read our last words. */
const DISCARDED = 1024 * 1024;

export const createIncoming = (input: Readable, settings: IncomingSettings): Incoming => {
  const { limits, clock, budget, signal: over } = settings;
  const parser = createParser(limits);
  let ended = false;
  let stopped = false;
  let failure: WyomingError | undefined;
  let reading = false;
  let wake: (() => void) | undefined;
  let counted = 0;
  let discarded = 0;
  let credit = TURN;
  /** When the event that is being waited for was found begun. */
  let begun: number | undefined;
  let watching = false;

  const count = (): void => {
    budget.used += parser.size - counted;
    counted = parser.size;
  };

  const release = (): void => {
    budget.used -= counted;
    counted = 0;
    begun = undefined;
    wake?.();
  };

  const offend = (error: WyomingError): void => {
    if (failure || stopped) return;
    failure = error;
    release();
    settings.onOffence(error);
  };

  const watch = async (): Promise<void> => {
    if (watching) return;
    watching = true;
    try {
      while (begun !== undefined) {
        const left = begun + limits.eventTime - clock.now();
        if (left > 0) {
          await clock.sleep(left, over);
          // What came while this process was busy is not late.
          await new Promise(setImmediate);
        }
        // Not the peer's fault if nobody was reading.
        else if (!wake) begun = undefined;
        else offend(new WyomingError('too-slow', `An event was not complete after ${limits.eventTime / 1000} s.`));
      }
    } catch {
      // The connection is gone.
    }
    watching = false;
  };

  input.on('data', (chunk: Buffer) => {
    if (failure || stopped) {
      discarded += chunk.length;
      if (discarded > DISCARDED) input.pause();
      return;
    }
    parser.push(chunk);
    count();
    if (budget.used > budget.max && counted > FREE) {
      return offend(new WyomingError('busy', 'Too much is being sent to this server at once.'));
    }
    if (parser.size >= ENOUGH && !wake) input.pause();
    wake?.();
  });
  const onEnd = (): void => {
    if (ended) return;
    ended = true;
    settings.onEnd();
    wake?.();
  };
  input.on('end', onEnd);

  const more = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      wake = () => {
        wake = undefined;
        signal?.removeEventListener('abort', wakeUp);
        resolve();
      };
      const wakeUp = (): void => wake?.();
      signal?.addEventListener('abort', wakeUp, { once: true });
    });

  const next = (): WyomingEvent | undefined => {
    try {
      const event = parser.next();
      credit -= 1 + (counted - parser.size) / 1024;
      count();
      if (event) {
        begun = undefined;
        if (parser.size < ENOUGH && input.isPaused()) input.resume();
      } else if (ended) parser.end();
      return event;
    } catch (error) {
      offend(error as WyomingError);
      throw error;
    }
  };

  return {
    async read(signal) {
      if (reading) throw new Error('This connection is being read already.');
      reading = true;
      try {
        if (credit <= 0) {
          await new Promise(setImmediate);
          credit = TURN;
        }
        while (true) {
          signal?.throwIfAborted();
          if (failure) throw failure;
          if (stopped) return undefined;
          const event = next();
          if (event || ended) return event;
          if (parser.begun) {
            begun ??= clock.now();
            void watch();
          }
          if (input.isPaused()) input.resume();
          await more(signal);
          credit = TURN;
        }
      } finally {
        reading = false;
      }
    },
    charge(bytes) {
      credit -= bytes / 1024;
    },
    stop() {
      if (stopped) return;
      stopped = true;
      release();
      input.resume();
    },
    gone() {
      onEnd();
      if (stopped || failure) release();
    },
  };
};
