import { isAbort } from '../faults.js';
import type { Run, Speaker } from '../stages.js';
import { type Hertz, toSamples } from '../units.js';
import type { AudioFormat } from '../wyoming/messages/audio.js';
import type { Attribution } from '../wyoming/messages/info.js';
import { type KnownEvent, message } from '../wyoming/messages.js';
import { type IncomingSound, incomingSound } from './incoming-sound.js';
import type { Exchange, Peer, Service } from './service.js';
import { createSoundQueue, type SoundQueue } from './sound-queue.js';

export interface SndServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly speaker: Speaker;
}

/** What others may well send. It is played at the rate it has. */
const FORMAT = { rate: 22_050, width: 2, channels: 1 } as const;
/** Rates that every loudspeaker plays; others are converted. */
const RATES = { least: 8_000, most: 48_000 } as const;
/** Sound that waits to be played; more is held back at its sender. */
const QUEUE = 2_000;

/**
 * The host's loudspeaker for others: plays what comes, and says `played` when it has been heard. One sound at a time;
 * whoever comes meanwhile waits. A sound stops with its connection.
 */
export const sndService = ({ program, attribution, speaker }: SndServiceParts): Service => {
  /** The loudspeaker is free. */
  let free: Promise<void> = Promise.resolve();
  const inTurn: Speaker = (audio, run) => {
    const playing = free.then(() => speaker(audio, run));
    free = playing.then(
      () => {},
      () => {},
    );
    return playing;
  };
  return {
    name: 'loudspeaker',
    takes: [],
    hears: 'any',
    info: () => ({ snd: [{ ...program, attribution, installed: true, snd_format: FORMAT }] }),
    open: (peer) => playing(inTurn, peer),
  };
};

interface Playing {
  readonly sound: IncomingSound;
  readonly queue: SoundQueue;
  readonly done: Promise<void>;
}

const playing = (speaker: Speaker, peer: Peer): Exchange => {
  let current: Playing | undefined;
  let last: Promise<void> = Promise.resolve();
  const over = new AbortController();
  const signal = AbortSignal.any([peer.signal, over.signal]);

  const start = async (format: AudioFormat): Promise<Playing> => {
    // A peer has one sound at a time, so that it cannot fill our memory with others.
    await last;
    const rate = playable(format.rate);
    const queue = createSoundQueue(rate, toSamples(QUEUE, rate));
    const run: Run = { signal, committed: Promise.resolve(), mark: () => {} };
    const play = async (): Promise<void> => {
      if (signal.aborted) return;
      await speaker(queue.audio, run);
      if (!signal.aborted) await peer.send(message('played'));
    };
    const done = play().catch((error: unknown) => {
      queue.end();
      if (!signal.aborted && !isAbort(error)) peer.fail(error);
    });
    last = done;
    return { sound: incomingSound(rate), queue, done };
  };

  const finish = async (): Promise<void> => {
    if (!current) return;
    const { queue, sound } = current;
    current = undefined;
    await queue.push(sound.flush());
    queue.end();
  };

  return {
    async take(event: KnownEvent) {
      switch (event.type) {
        case 'audio-start':
          await finish();
          current = await start(event.data);
          return;
        case 'audio-chunk':
          // Python's server plays chunks without a beginning too.
          current ??= await start(event.data);
          return current.queue.push(current.sound.take(event.payload, event.data));
        case 'audio-stop':
          // Somebody waits for the end of a sound with nothing in it as well.
          current ??= await start(FORMAT);
          return finish();
      }
    },
    async close() {
      over.abort();
      current?.queue.end();
      await last;
    },
  };
};

const playable = (rate: Hertz): Hertz => (rate < RATES.least ? RATES.least : rate > RATES.most ? RATES.most : rate);
