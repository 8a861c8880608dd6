import type { Writable } from 'node:stream';
import type { Clock } from './clock.js';
import { encode } from './encode.js';
import type { Limits } from './limits.js';
import type { WyomingEvent } from './messages.js';
import { WyomingError } from './wyoming-error.js';

interface OutgoingSettings {
  readonly limits: Limits;
  readonly clock: Clock;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
  /** The peer does not read. */
  readonly onStuck: (error: WyomingError) => void;
}

/** Sends events; resolves when the next one may follow. */
export const createOutgoing = (
  output: Writable,
  { limits, clock, signal, onSent, onStuck }: OutgoingSettings,
): ((event: WyomingEvent) => Promise<void>) => {
  /** Shared by all who wait for the peer to read. */
  let drained: Promise<void> | undefined;

  const untilDrained = async (): Promise<void> => {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    output.once('drain', stop);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await clock.sleep(limits.sendTime, waiting.signal).catch(() => undefined);
      if (signal.aborted) throw signal.reason;
      if (!waiting.signal.aborted) {
        const error = new WyomingError('too-slow', `The peer read nothing for ${limits.sendTime / 1000} s.`);
        onStuck(error);
        throw error;
      }
    } finally {
      output.off('drain', stop);
      signal.removeEventListener('abort', stop);
      drained = undefined;
    }
  };

  return async (event) => {
    if (signal.aborted) throw signal.reason;
    if (output.writableEnded) throw new WyomingError('closed', 'The connection is being closed.');
    const bytes = encode(event);
    onSent(bytes.length);
    if (output.write(bytes)) return;
    if (output.writableLength > limits.unsent) {
      const error = new WyomingError('too-slow', `The peer left more than ${limits.unsent} bytes unread.`);
      onStuck(error);
      throw error;
    }
    drained ??= untilDrained();
    await drained;
  };
};
