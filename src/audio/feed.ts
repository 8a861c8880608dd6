import type { Clock } from '../clock.js';
import type { Audio } from '../stages.js';
import { type Milliseconds, type SampleIndex, type Samples, type Seconds, toSamples } from '../units.js';
import { type CaptureClock, captureClock } from './capture-clock.js';
import { resample } from './resample.js';
import type { Ring } from './ring.js';

export interface FeedOptions {
  /** In real time, as a microphone would; else as fast as the ring's readers manage. Readers must be there before. */
  readonly paced: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How much digital silence follows the recording; default: until aborted. */
  readonly tail?: Seconds;
}

export interface Feed {
  /** When which sample was in the room; exact if paced, meaningless else. */
  readonly capture: CaptureClock;
  /** Resolves at the end of the recording, before its tail, with the position after its last sample. */
  readonly ended: Promise<SampleIndex>;
  /** Settles when nothing more is written: after the tail or when aborted. Rejects where the recording cannot be read. */
  readonly stopped: Promise<void>;
}

/** What a microphone hands over at a time. */
const BLOCK: Milliseconds = 20;
/** Unpaced, readers are never left further behind than a tenth of the least ring. */
const BACKLOG: Milliseconds = 200;

/**
 * Plays a recording into the ring as a microphone would have: in blocks of 20 ms, each when its last sample has been
 * in the room, at the ring's rate. Does not close the ring, so that another recording may follow.
 */
export const feedRing = (audio: Audio, ring: Ring, options: FeedOptions): Feed => {
  const { paced, clock, signal, tail = Number.POSITIVE_INFINITY } = options;
  const size = toSamples(BLOCK, ring.rate);
  const begin = ring.end;
  const capture = captureClock(clock.now(), begin, ring.rate);

  const write = async (samples: Float32Array): Promise<void> => {
    if (paced) await clock.sleep(capture.timeOf(ring.end + samples.length) - clock.now(), signal);
    else await ring.drained(toSamples(BACKLOG, ring.rate), signal);
    signal.throwIfAborted();
    ring.write(samples);
  };

  const play = async (): Promise<SampleIndex> => {
    for await (const samples of cut(resample(audio, ring.rate), size, signal)) await write(samples);
    return ring.end;
  };

  const rest = async (): Promise<void> => {
    const silence = new Float32Array(size);
    const end = ring.end + (Number.isFinite(tail) ? toSamples(tail * 1000, ring.rate) : Number.POSITIVE_INFINITY);
    while (ring.end < end) {
      await write(silence.subarray(0, Math.min(size, end - ring.end)));
      // Where readers keep up in microtasks alone, nothing else would ever run.
      if (!paced && (ring.end - begin) % ring.rate < size) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const ended = play();
  const stopped = ended.then(rest).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  // Whoever waits for `stopped` hears of the same trouble.
  ended.catch(() => {});
  return { capture, ended, stopped };
};

/** Blocks of one size, the last one shorter. A gap becomes silence, at most a minute of it. */
async function* cut(audio: Audio, size: Samples, signal: AbortSignal): AsyncGenerator<Float32Array, undefined> {
  const longest = toSamples(60_000, audio.rate);
  let block = new Float32Array(size);
  let filled = 0;
  let expected: number | undefined;
  for await (const { samples, from } of audio) {
    signal.throwIfAborted();
    const gap = Math.min(Math.max(0, from - (expected ?? from)), longest);
    expected = from + samples.length;
    for (const piece of [gap, samples]) {
      const length = typeof piece === 'number' ? piece : piece.length;
      for (let done = 0; done < length; ) {
        const count = Math.min(size - filled, length - done);
        if (typeof piece !== 'number') block.set(piece.subarray(done, done + count), filled);
        filled += count;
        done += count;
        if (filled < size) continue;
        yield block;
        block = new Float32Array(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
