import type { Clock } from '../clock.js';
import type { Block, Playback, Run, Speaker } from '../stages.js';
import { type Hertz, type Milliseconds, type Samples, toMilliseconds, toSamples } from '../units.js';
import { createWav } from './write-wav.js';

/** How far a loudspeaker's buffer runs ahead of what is heard. */
const PREFETCH: Milliseconds = 200;

export interface PlayOptions {
  /** In real time, like a loudspeaker; else everything counts as heard as soon as it is there. */
  readonly paced: boolean;
  readonly clock: Clock;
}

/** Where sound goes once it has been heard. */
interface Sink {
  write(samples: Float32Array): Promise<void>;
  /** No more will come. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** A loudspeaker that nobody hears. */
export const nullSpeaker = (options: PlayOptions): Speaker =>
  speaker(options, async () => ({ write: async () => {}, finish: async () => {}, discard: async () => {} }));

/**
 * A loudspeaker that writes what is heard to a WAV, the stutter of a synthesizer that is too slow included. A reply
 * that is cut off ends in the file where it was cut; where nothing was heard, no file is made.
 * @param path of the file, or what gives the path for the first, second, … reply.
 */
export const wavSpeaker = (path: string | ((reply: number) => string), options: PlayOptions): Speaker => {
  let replies = 0;
  return speaker(options, (rate) => {
    replies++;
    return createWav(typeof path === 'string' ? path : path(replies), rate);
  });
};

const speaker =
  (options: PlayOptions, open: (rate: Hertz) => Promise<Sink>): Speaker =>
  async (audio, run) => {
    const blocks = audio[Symbol.asyncIterator]();
    // Asked for before the commit: the synthesizer may get ready, it only must not be heard.
    let next = guarded(blocks, run.signal);
    let sink: Sink | undefined;
    let heard: Samples = 0;
    let complete = false;
    try {
      if (!(await permitted(run))) return { heard: 0, complete: false };
      const room = createRoom(options, audio.rate);
      try {
        while (true) {
          const step = await next;
          if (step.done) break;
          if (step.value.samples.length > 0) {
            sink ??= await open(audio.rate);
            if (room.queue(step.value.samples)) run.mark('firstAudio');
            await room.wait(PREFETCH, run.signal);
            for (const samples of room.take()) await sink.write(samples);
          }
          next = guarded(blocks, run.signal);
        }
        await room.wait(0, run.signal);
        complete = true;
      } catch (error) {
        if (!run.signal.aborted) throw error;
      } finally {
        if (sink) for (const samples of room.take(complete)) await sink.write(samples);
        heard = room.heard;
      }
      if (heard > 0) await sink?.finish();
      return { heard: toMilliseconds(heard, audio.rate), complete } satisfies Playback;
    } finally {
      // Not awaited: a generator that is parked in a wait of its own would hold us up.
      if (!complete) void blocks.return?.()?.catch(() => {});
      await sink?.discard();
    }
  };

/** Whether the turn has decided to act. */
const permitted = async (run: Run): Promise<boolean> => {
  try {
    await abortable(run.committed, run.signal);
    return true;
  } catch (error) {
    if (run.signal.aborted) return false;
    throw error;
  }
};

const guarded = (blocks: AsyncIterator<Block>, signal: AbortSignal): Promise<IteratorResult<Block>> => {
  const step = abortable(blocks.next(), signal);
  // It may fail before anybody looks at it.
  step.catch(() => {});
  return step;
};

/** The work, or the signal's reason as soon as it is aborted, whether the work listens to it or not. */
const abortable = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

/** What a loudspeaker has been given, and how much of it has become sound. */
interface Room {
  /** Hands over sound; true for the first. */
  queue(samples: Float32Array): boolean;
  /** Until at most this much is left to be heard. */
  wait(left: Milliseconds, signal: AbortSignal): Promise<void>;
  /** What has been heard since the last call, silences of a starved loudspeaker included. `all` of it at the end. */
  take(all?: boolean): Generator<Float32Array>;
  /** Without such silences. */
  readonly heard: Samples;
}

const createRoom = ({ paced, clock }: PlayOptions, rate: Hertz): Room => {
  const queue: { samples: Float32Array; silent: boolean }[] = [];
  /** When the loudspeaker began; samples since then, silences included. */
  let start: Milliseconds | undefined;
  let queued: Samples = 0;
  let taken: Samples = 0;
  let heard: Samples = 0;

  const played = (): Samples =>
    paced && start !== undefined ? Math.min(queued, Math.floor(((clock.now() - start) * rate) / 1000)) : queued;

  const add = (samples: Float32Array, silent: boolean): void => {
    queue.push({ samples, silent });
    queued += samples.length;
  };

  return {
    queue(samples) {
      const first = start === undefined;
      start ??= clock.now();
      const late = paced ? toSamples(clock.now() - start - toMilliseconds(queued, rate), rate) : 0;
      if (late > 0) add(new Float32Array(late), true);
      add(samples, false);
      return first;
    },
    async wait(left, signal) {
      if (!paced || start === undefined) return signal.throwIfAborted();
      await clock.sleep(start + toMilliseconds(queued, rate) - left - clock.now(), signal);
    },
    *take(all = false) {
      const until = all ? queued : played();
      while (taken < until) {
        const head = queue[0]!;
        const samples = head.samples.subarray(0, until - taken);
        if (samples.length === head.samples.length) queue.shift();
        else queue[0] = { samples: head.samples.subarray(samples.length), silent: head.silent };
        taken += samples.length;
        if (!head.silent) heard += samples.length;
        yield samples;
      }
    },
    get heard() {
      return heard;
    },
  };
};
