import { isAbort } from '../faults.js';
import type { WakeDetector } from '../stages.js';
import { CAPTURE_RATE, type Milliseconds, type Samples, toMilliseconds, toSamples } from '../units.js';
import type { Attribution } from '../wyoming/messages/info.js';
import { type EventOf, type KnownEvent, message } from '../wyoming/messages.js';
import { WyomingError } from '../wyoming/wyoming-error.js';
import { incomingSound } from './incoming-sound.js';
import type { Exchange, Peer, Service } from './service.js';
import { createSoundQueue, type SoundQueue } from './sound-queue.js';

export interface WakeWord {
  /** As in the options, `hey_jarvis`. */
  readonly name: string;
  /** What has to be said. */
  readonly phrase: string;
  readonly language: string;
  readonly attribution: Attribution;
  readonly installed: boolean;
  readonly version: string;
}

export interface WakeServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly words: () => readonly WakeWord[];
  /** Undefined until the models are there. Any number of streams at once. */
  readonly detect: () => WakeDetector | undefined;
}

/** Unread sound of one stream: a microphone that is read late is caught up with, a file is held back. */
const QUEUE: Samples = toSamples(2_000);

/** Hears wake words in any number of streams at once. Goes on after a detection, until the audio or the connection ends. */
export const wakeService = (parts: WakeServiceParts): Service => ({
  name: 'wake',
  takes: ['detect'],
  hears: true,
  info: () => ({
    wake: [
      {
        ...parts.program,
        attribution: parts.attribution,
        installed: parts.detect() !== undefined,
        models: parts.words().map(({ name, phrase, language, attribution, installed, version }) => ({
          name,
          description: phrase,
          phrase,
          languages: [language],
          attribution,
          installed,
          version,
        })),
      },
    ],
  }),
  open: (peer) => listening(parts, peer),
});

interface Stream {
  readonly queue: SoundQueue;
  readonly done: Promise<void>;
}

const listening = (parts: WakeServiceParts, peer: Peer): Exchange => {
  let wanted: ReadonlySet<string> | undefined;
  let stream: Stream | undefined;
  let sound = incomingSound();
  /** Of the first chunk, on the sender's clock; a detection is told on the same clock. */
  let begin: Milliseconds = 0;

  const start = (timestamp: Milliseconds): Stream => {
    const detect = parts.detect();
    if (!detect) throw new WyomingError('internal', 'The wake words are still being fetched. Try again in a minute.');
    begin = timestamp;
    sound = incomingSound();
    const queue = createSoundQueue(CAPTURE_RATE, QUEUE);
    let heard = false;
    const work = async (): Promise<void> => {
      for await (const { word, at } of detect(queue.audio, peer.signal)) {
        if (wanted && !wanted.has(word)) continue;
        heard = true;
        await peer.send(message('detection', { name: word, timestamp: Math.round(begin + toMilliseconds(at)) }));
      }
      if (!heard && !peer.signal.aborted) await peer.send(message('not-detected'));
    };
    const done = work().catch((error: unknown) => {
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

  const choose = ({ names }: EventOf<'detect'>['data']): void => {
    if (!names || names.length === 0) {
      wanted = undefined;
      return;
    }
    const known = parts.words().map(({ name }) => name);
    const ours = names.filter((name) => known.includes(name));
    if (ours.length === 0) {
      throw new WyomingError(
        'unexpected',
        `No wake word is called ${names.join(', ')}. There are: ${known.join(', ')}.`,
      );
    }
    wanted = new Set(ours);
  };

  return {
    async take(event: KnownEvent) {
      switch (event.type) {
        case 'detect':
          return choose(event.data);
        case 'audio-start':
          await finish();
          stream = start(event.data.timestamp ?? 0);
          return;
        case 'audio-chunk':
          // A microphone that is handed on from elsewhere may come without a beginning.
          stream ??= start(event.data.timestamp ?? 0);
          return stream.queue.push(sound.take(event.payload, event.data));
        case 'audio-stop':
          // A stream without a single chunk has no wake word in it either.
          stream ??= start(0);
          return finish();
      }
    },
    async close() {
      const last = stream;
      stream = undefined;
      last?.queue.end();
      await last?.done;
    },
  };
};
