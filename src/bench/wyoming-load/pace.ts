import { setTimeout as pause } from 'node:timers/promises';
import { toInt16 } from '../../audio/pcm.js';
import { timeLimit } from '../../time-limit.js';
import { CAPTURE_RATE, type Milliseconds, toMilliseconds, toSamples } from '../../units.js';
import { type Connection, connect, isEvent, message, type WyomingEvent } from '../../wyoming/index.js';

/** Mono, 16 bit, as all satellites send it. */
export const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 };
/** What Home Assistant hands on at a time (Core 2026.11): smaller than any satellite's own, so the most work. */
const CHUNK: Milliseconds = 10;
const CHUNK_BYTES = 2 * toSamples(CHUNK);

/** Samples as they go over the wire. */
export const pcmOf = (samples: Float32Array): Uint8Array => {
  const pcm = toInt16(samples);
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
};

/**
 * Sends sound, in real time from `begin` on (a time of `performance.now`): a chunk is sent when its last sample has been
 * heard. Without `begin` as fast as it is taken.
 */
export const sendSound = async (
  connection: Pick<Connection, 'send'>,
  pcm: Uint8Array,
  begin: Milliseconds | undefined,
  signal: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < pcm.length && !signal.aborted; from += CHUNK_BYTES) {
    const chunk = pcm.subarray(from, from + CHUNK_BYTES);
    const timestamp = toMilliseconds(from / 2);
    if (begin !== undefined) {
      const early = begin + timestamp + toMilliseconds(chunk.length / 2) - performance.now();
      if (early > 0) await pause(early);
      if (signal.aborted) return;
    }
    await connection.send(message('audio-chunk', { ...FORMAT, timestamp }, chunk));
  }
};

/** What hangs is a failure. */
const PATIENCE: Milliseconds = 60_000;

/** A connection for so long as `work` needs it. Whatever the peer leaves unanswered for a minute has failed. */
export const talk = async <Value>(
  uri: string,
  signal: AbortSignal,
  work: (talking: Talking) => Promise<Value>,
): Promise<Value> => {
  using time = timeLimit(PATIENCE, signal);
  const until = time.signal;
  const connection = await connect(uri, { signal: until });
  const next = async (): Promise<WyomingEvent> => {
    const event = await connection.read(until);
    if (!event) throw new Error('The program closed the connection.');
    if (isEvent(event, 'error')) throw new Error(event.data.text);
    return event;
  };
  try {
    return await work({
      connection,
      next,
      nextOf: async (...types) => {
        for (;;) {
          const event = await next();
          if (types.includes(event.type)) return event;
        }
      },
    });
  } finally {
    void connection.close();
  }
};

export interface Talking {
  readonly connection: Connection;
  /** Throws where the other end says that something is wrong, or leaves. */
  next(): Promise<WyomingEvent>;
  /** Passes over all others. */
  nextOf(...types: readonly WyomingEvent['type'][]): Promise<WyomingEvent>;
}
