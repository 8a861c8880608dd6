import type { Readable, Writable } from 'node:stream';
import type { Clock } from './clock.js';
import { type Budget, createIncoming } from './incoming.js';
import type { Limits } from './limits.js';
import { message, type WyomingEvent } from './messages.js';
import { createOutgoing } from './outgoing.js';
import { WyomingError } from './wyoming-error.js';

/** A peer to exchange events with, the same on both ends. */
export interface Connection {
  /** Who it is, for a log: `192.168.1.5:40112`, a socket's path or `stdio`. */
  readonly peer: string;
  /**
   * What the peer sends, up to its end. One reader at a time; leaving the loop keeps the connection, and another loop
   * goes on where it stopped. Throws `WyomingError` where the peer breaks the protocol, and then the connection is closed.
   * Who does not read holds the peer back.
   */
  readonly events: AsyncIterable<WyomingEvent>;
  /** The next event, undefined at the end. An aborted signal (its reason is thrown) loses no event. */
  read(signal?: AbortSignal): Promise<WyomingEvent | undefined>;
  /**
   * Resolves when another event may follow: at once, unless the peer does not keep up. Rejects with `too-slow` if it reads
   * nothing for too long, and with `closed`. The event may be changed at once.
   */
  send(event: WyomingEvent): Promise<void>;
  /** Sends what is still waiting, then closes. Never rejects; takes `linger` at most. */
  close(): Promise<void>;
  /** Aborted when the connection is gone, with a `WyomingError` as its reason. */
  readonly signal: AbortSignal;
}

/** The connection's other side, for who owns it. */
export interface ConnectionControl {
  readonly connection: Connection;
  /** Tells the peer what went wrong, as far as it listens, and closes. */
  fail(error: { readonly message: string; readonly code: string }): Promise<void>;
  /** Ends `events` as if the peer had closed; sending goes on. */
  stopReading(): void;
  /** At once. */
  destroy(reason: WyomingError): void;
}

export interface ConnectionSettings {
  readonly input: Readable;
  readonly output: Writable;
  readonly peer: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly budget: Budget;
  /** The peer broke the protocol or a limit. The connection closes by itself. */
  readonly onOffence?: (error: WyomingError) => void;
}

/** Streams as a connection. A socket must have been made with `allowHalfOpen`. */
export const createConnection = (settings: ConnectionSettings): ConnectionControl => {
  const { input, output, peer, limits, clock, budget } = settings;
  const over = new AbortController();
  let lastSent = 0;

  const destroy = (reason: WyomingError): void => {
    if (over.signal.aborted) return;
    over.abort(reason);
    incoming.gone();
    input.destroy();
    output.destroy();
  };

  /** A peer that closed its half may still want our answer, but more often it has left. */
  const leave = async (): Promise<void> => {
    lastSent = clock.now();
    try {
      for (let left = limits.linger; left > 0; left = lastSent + limits.linger - clock.now()) {
        await clock.sleep(left, over.signal);
      }
      destroy(new WyomingError('closed', 'The peer closed the connection.'));
    } catch {
      // It is gone.
    }
  };

  const incoming = createIncoming(input, {
    limits,
    clock,
    budget,
    signal: over.signal,
    onOffence: (error) => {
      settings.onOffence?.(error);
      void fail(error);
    },
    onEnd: () => void leave(),
  });
  const write = createOutgoing(output, {
    limits,
    clock,
    signal: over.signal,
    onSent: incoming.charge,
    onStuck: (error) => {
      settings.onOffence?.(error);
      destroy(error);
    },
  });

  const onError = (error: NodeJS.ErrnoException): void =>
    destroy(new WyomingError('closed', `The connection broke (${error.code ?? error.name}).`, { cause: error }));
  const onClose = (): void => destroy(new WyomingError('closed', 'The connection is closed.'));
  output.on('error', onError);
  output.on('close', onClose);
  if ((input as unknown) !== output) {
    input.on('error', onError);
    // Of two streams, the one that is read closes as soon as it has ended; the answer may still be under way.
    input.on('close', incoming.gone);
    output.on('finish', onClose);
  }

  const send = (event: WyomingEvent): Promise<void> => {
    lastSent = clock.now();
    return write(event);
  };

  const read = incoming.read;

  const close = async (): Promise<void> => {
    incoming.stop();
    if (over.signal.aborted) return;
    if (!output.writableEnded) output.end();
    await clock.sleep(limits.linger, over.signal).catch(() => undefined);
    destroy(new WyomingError('closed', 'The connection is closed.'));
  };

  const fail: ConnectionControl['fail'] = async ({ message: text, code }) => {
    if (!over.signal.aborted && !output.writableEnded) {
      // Not waited for: who does not read its error does not get it.
      write(message('error', { text, code })).catch(() => undefined);
    }
    await close();
  };

  const events: AsyncIterable<WyomingEvent> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const event = await read();
        return event ? { done: false, value: event } : { done: true, value: undefined };
      },
    }),
  };

  return {
    connection: { peer, events, read, send, close, signal: over.signal },
    fail,
    stopReading: incoming.stop,
    destroy,
  };
};
