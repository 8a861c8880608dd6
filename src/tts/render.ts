import { toInt16 } from '../audio/pcm.js';
import type { Effect } from '../stages.js';
import type { Piece } from '../text/split.js';
import { type Hertz, type Milliseconds, toSamples } from '../units.js';
import { trim } from './trim.js';

/** The first chunk of a sentence is short, so that it leaves at once; the later ones spare messages. */
const FIRST_CHUNK: Milliseconds = 20;
const LONGEST_CHUNK: Milliseconds = 240;
/** Of a tail of effects only what is louder than this (−66 dB) is kept. */
const FAINT = 16;

export interface RenderOptions {
  readonly pieces: readonly Piece[];
  readonly rate: Hertz;
  readonly effects: Effect;
  readonly speak: (text: string) => Promise<Float32Array>;
  readonly signal: AbortSignal;
}

/**
 * A sentence as it will be heard, in 16-bit chunks. Begins with the speech: what the effects lag behind is left out.
 * Yields to the event loop at every chunk, so that a cancellation is noticed.
 */
export async function* render({ pieces, rate, effects, speak, signal }: RenderOptions): AsyncGenerator<Int16Array> {
  effects.reset();
  let lag = effects.delay;
  let length = toSamples(FIRST_CHUNK, rate);
  const longest = toSamples(LONGEST_CHUNK, rate);
  for (const { text, pause } of pieces) {
    const speech = trim(await speak(text), rate);
    signal.throwIfAborted();
    const sound = pause === 0 ? speech : withSilence(speech, toSamples(pause, rate));
    for (let from = 0; from < sound.length; ) {
      const out = effects.process(sound.subarray(from, from + length + lag));
      from += out.length;
      const chunk = out.subarray(Math.min(lag, out.length));
      lag -= out.length - chunk.length;
      if (chunk.length > 0) yield toInt16(chunk);
      length = Math.min(longest, length * 2);
      await breathe();
      signal.throwIfAborted();
    }
  }
  const rest = withoutFaintEnd(toInt16(effects.flush().subarray(lag)));
  for (let from = 0; from < rest.length; from += longest) yield rest.slice(from, from + longest);
}

/** A turn of the event loop, in which messages arrive. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const withSilence = (samples: Float32Array, silence: number): Float32Array => {
  const longer = new Float32Array(samples.length + silence);
  longer.set(samples);
  return longer;
};

const withoutFaintEnd = (samples: Int16Array): Int16Array =>
  samples.subarray(0, samples.findLastIndex((sample) => Math.abs(sample) > FAINT) + 1);
