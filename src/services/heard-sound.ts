import { isAbort } from '../faults.js';
import { CAPTURE_RATE, type Milliseconds, type Samples } from '../units.js';
import type { KnownEvent } from '../wyoming/messages.js';
import { incomingSound } from './incoming-sound.js';
import type { Peer } from './service.js';
import { createSoundQueue, type SoundQueue } from './sound-queue.js';

/** The sound on one connection, one stream after the other. */
export interface HeardSound {
  /** An event of audio. A stream may come without a beginning, as some satellites hand theirs on, or without any sound. */
  take(event: KnownEvent): Promise<void>;
  /** The stream there is ends as if it had been stopped; waits until it has been heard. */
  finish(): Promise<void>;
  /** Nobody waits for it any more. */
  close(): Promise<void>;
}

/**
 * @param limit of unread sound: a microphone that is read late is caught up with, a file is held back.
 * @param hear hears one stream, from the timestamp of its beginning on the sender's clock. What it rejects with costs the
 *   peer its connection at once, since it may be waiting for an answer and not for the end of its own sound.
 */
export const heardSound = (
  peer: Peer,
  limit: Samples,
  hear: (sound: SoundQueue, begin: Milliseconds) => Promise<void>,
): HeardSound => {
  let stream: { readonly queue: SoundQueue; readonly done: Promise<void> } | undefined;
  const sound = incomingSound();

  const start = (begin: Milliseconds): NonNullable<typeof stream> => {
    sound.flush();
    const queue = createSoundQueue(CAPTURE_RATE, limit);
    const done = hear(queue, begin).catch((error: unknown) => {
      queue.end();
      if (!peer.signal.aborted && !isAbort(error)) peer.fail(error);
    });
    return { queue, done };
  };

  const finish = async (): Promise<void> => {
    if (!stream) return;
    const { queue, done } = stream;
    stream = undefined;
    await queue.push(sound.flush());
    queue.end();
    await done;
  };

  return {
    async take(event) {
      switch (event.type) {
        case 'audio-start':
          await finish();
          stream = start(event.data.timestamp ?? 0);
          return;
        case 'audio-chunk':
          stream ??= start(event.data.timestamp ?? 0);
          return stream.queue.push(sound.take(event.payload, event.data));
        case 'audio-stop':
          stream ??= start(0);
          return finish();
      }
    },
    finish,
    async close() {
      const last = stream;
      stream = undefined;
      last?.queue.end();
      await last?.done;
    },
  };
};
