import { toInt16 } from '../audio/pcm.js';
import { type Clock, systemClock } from '../clock.js';
import type { Audio, Block, Detection, WakeDetector } from '../stages.js';
import { type Milliseconds, type SampleIndex, type Samples, toMilliseconds, toSamples } from '../units.js';
import { type EventOf, expectEvent, type Info, message } from '../wyoming/index.js';
import { createChannel } from './channel.js';
import { connectTo, faultOf } from './exchange.js';
import { occurrences } from './occurrences.js';
import type { Service } from './services.js';

export interface WakeDetectorOptions {
  readonly service: Service;
  /** As in the options, `hey_jarvis`. The service may know them with a version behind. */
  readonly words: readonly string[];
  /** How long after a detection nothing is one. */
  readonly refractory: Milliseconds;
  readonly clock?: Clock;
}

/** After the last sound, for what was heard in it. */
const ANSWER_WITHIN: Milliseconds = 1_000;
/** No time on the wire is 0: wyoming-openwakeword takes that for none, and tells the time since its machine was started. */
const EPOCH: Milliseconds = 1_000;
/** Detections that nobody has taken yet; there is no reader that waits for several. */
const UNREAD = 16;

/**
 * A Wyoming wake service. Sound goes out as it comes in; the times of its detections are brought to the capture clock.
 * Ends with the sound, or where the service is done after a detection; throws a `Fault` 'network' as soon as the service fails, or is known to be down.
 */
export const wakeElsewhere = (options: WakeDetectorOptions): WakeDetector =>
  async function* detect(microphone, signal): AsyncGenerator<Detection, undefined> {
    const { service, words, refractory, clock = systemClock } = options;
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    const connection = await connectTo(service, clock, over);
    const { health } = service.client;
    const names = namesOf(words, health.state === 'up' ? health.info : {});
    const found = createChannel<Detection>(UNREAD);
    const isNew = occurrences(toSamples(refractory));
    const times = clockOf();

    const listen = async (): Promise<void> => {
      let told = false;
      for (;;) {
        const event = await connection.read(over);
        // Some close the connection behind the last sound, and some behind a detection.
        if (event === undefined && (told || times.ended)) return;
        if (event === undefined || event.type === 'error') expectEvent(event, 'detection');
        if (event?.type === 'not-detected' && times.ended) return;
        if (event?.type !== 'detection') continue;
        told = true;
        const word = wordOf(event, words, names);
        const at = times.positionOf(event.data.timestamp ?? undefined);
        if (word !== undefined && isNew({ at })) await found.push({ word, score: 1, at });
      }
    };

    const talk = async (): Promise<void> => {
      const { send } = connection;
      await send(message('detect', { names: words.map((word) => names.get(word)!) }));
      for await (const block of microphone) {
        if (over.aborted) return;
        if (service.client.health.state === 'down') throw service.client.health.error;
        if (times.begun === undefined) await send(message('audio-start', { ...format(microphone), timestamp: EPOCH }));
        const timestamp = times.sent(block);
        const { buffer, byteLength } = toInt16(block.samples);
        await send(message('audio-chunk', { ...format(microphone), timestamp }, new Uint8Array(buffer, 0, byteLength)));
      }
      times.ended = true;
      await send(message('audio-stop'));
      await clock.sleep(ANSWER_WITHIN, over).catch(() => {});
    };

    const failed = (error: unknown): void => found.fail(faultOf(error, service, signal));
    talk().then(found.end, failed);
    listen().then(found.end, failed);
    try {
      yield* found;
      return undefined;
    } finally {
      left.abort();
      void connection.close();
    }
  };

const format = ({ rate }: Audio) => ({ rate, width: 2, channels: 1 });

/** Which times on the wire are which positions on the capture clock. */
const clockOf = () => {
  let begun: SampleIndex | undefined;
  let now: SampleIndex = 0;
  let size: Samples = 0;
  return {
    ended: false,
    get begun() {
      return begun;
    },
    /** The time of a block that goes out now. */
    sent({ samples, from }: Block): Milliseconds {
      begun ??= from;
      size = samples.length;
      now = from + size;
      return Math.round(EPOCH + toMilliseconds(from - begun));
    },
    /** The end of the chunk with this time; where that is on another clock, of the last one. */
    positionOf(timestamp: Milliseconds | undefined): SampleIndex {
      if (timestamp === undefined || begun === undefined) return now;
      const at = begun + toSamples(timestamp - EPOCH) + size;
      return at > begun && at <= now ? at : now;
    },
  };
};

const VERSION = /_v\d+(\.\d+)*$/;

/** What the service calls each word: with a version behind it, where it knows only such a one. */
const namesOf = (words: readonly string[], { wake }: Info): ReadonlyMap<string, string> => {
  const models = wake?.flatMap((program) => program.models.map(({ name }) => name)) ?? [];
  const nameOf = (word: string): string =>
    models.find((name) => name === word) ?? models.find((name) => name.replace(VERSION, '') === word) ?? word;
  return new Map(words.map((word) => [word, nameOf(word)]));
};

const wordOf = (
  { data: { name } }: EventOf<'detection'>,
  words: readonly string[],
  names: ReadonlyMap<string, string>,
): string | undefined => {
  if (name == null) return words[0];
  return words.find((word) => word === name || names.get(word) === name || word === name.replace(VERSION, ''));
};
