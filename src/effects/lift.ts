import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Audio, Block, Effect } from '../stages.js';
import type { Milliseconds, SampleIndex, Samples } from '../units.js';
import { toSamples } from '../units.js';

/** Longest block that is handed out. */
const BLOCK_MS: Milliseconds = 20;
/** After so long without a rest, timers and input get their turn. A block of the heaviest chain takes well under 1 ms. */
const WORK_MS: Milliseconds = 4;
/** A gap up to this is filled with silence, so that echoes ring on; at a longer one the effect ends and starts anew. */
const FILLED_GAP_MS: Milliseconds = 1_000;

export interface ThroughOptions {
  /**
   * Leaves out the first `delay` samples, so that the sound starts at once and every sample keeps its position
   * (default). Without it, output comes sample for sample with the input, late by the delay.
   */
  readonly compensate?: boolean;
  /** A clock in milliseconds; for tests. */
  readonly now?: () => Milliseconds;
}

/**
 * Sends audio through an effect, which it owns until the audio has ended and which is as new afterwards. Blocks of
 * any size go in; blocks of at most 20 ms come out, and the rest of the effect after the last. A gap of up to a
 * second is heard as silence; a longer one stays a gap. Yields to the event loop at least every 5 ms of work.
 * Throws the signal's reason as soon as it is aborted, even while the source waits.
 */
export const through = (effect: Effect, audio: Audio, signal: AbortSignal, options: ThroughOptions = {}): Audio => ({
  rate: audio.rate,
  [Symbol.asyncIterator]: () => lifted(effect, audio, signal, options),
});

async function* lifted(
  effect: Effect,
  audio: Audio,
  signal: AbortSignal,
  { compensate = true, now = () => performance.now() }: ThroughOptions,
): AsyncGenerator<Block, void, undefined> {
  const longest = toSamples(BLOCK_MS, audio.rate);
  const filled = toSamples(FILLED_GAP_MS, audio.rate);
  const silence = new Float32Array(longest);
  const source = audio[Symbol.asyncIterator]();
  let rested = now();
  // Where the next input sample is expected, and where the next output sample belongs; unknown before the first block.
  let expected: SampleIndex | undefined;
  let position: SampleIndex = 0;
  let skip: Samples = 0;

  const rest = async (): Promise<void> => {
    if (now() - rested < WORK_MS) return;
    await nextTurn();
    signal.throwIfAborted();
    rested = now();
  };

  /** The blocks to hand out of what an effect has given: copied, because the effect uses its memory again. */
  async function* handOut(sound: Float32Array): AsyncGenerator<Block, void, undefined> {
    const from = Math.min(skip, sound.length);
    skip -= from;
    for (let at = from; at < sound.length; at += longest) {
      const samples = sound.slice(at, at + longest);
      yield { samples, from: position };
      position += samples.length;
      await rest();
    }
  }

  async function* pass(samples: Float32Array): AsyncGenerator<Block, void, undefined> {
    for (let at = 0; at < samples.length; at += longest) {
      yield* handOut(effect.process(samples.subarray(at, at + longest)));
      await rest();
    }
  }

  const begin = (at: SampleIndex): void => {
    effect.reset();
    expected = at;
    position = at;
    skip = compensate ? effect.delay : 0;
  };

  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await unlessAborted(source.next(), signal);
      if (done) break;
      if (expected === undefined) begin(value.from);
      const gap = value.from - expected!;
      if (gap > 0 && gap <= filled) {
        for (let left = gap; left > 0; left -= longest) yield* pass(silence.subarray(0, Math.min(left, longest)));
      } else if (gap !== 0) {
        // The tail must not reach into what comes next.
        yield* handOut(gap > 0 ? effect.flush().subarray(0, skip + gap) : effect.flush());
        begin(value.from);
      }
      expected = value.from + value.samples.length;
      yield* pass(value.samples);
    }
    if (expected !== undefined) yield* handOut(effect.flush());
  } finally {
    effect.reset();
    // A source that waits would never answer; its own signal ends it.
    if (!signal.aborted) await source.return?.();
    else void source.return?.().catch(() => {});
  }
}

/** Settles like `promise`, or rejects with the signal's reason if that comes first. Leaves no listener behind. */
const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
