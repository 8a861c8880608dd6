import { toInt16 } from '../audio/pcm.js';
import type { Effect } from '../stages.js';
import { type Hertz, type Milliseconds, toSamples } from '../units.js';
import { trim } from './trim.js';

/** The first chunk of a sentence is short, so that it leaves at once; the later ones spare messages. */
const FIRST_CHUNK: Milliseconds = 20;
const LONGEST_CHUNK: Milliseconds = 240;
/** Of a tail of effects only what is louder than this (−66 dB) is kept. */
const FAINT = 16;

/** A sentence as it will be heard, in 16-bit chunks, while its pieces are synthesized. */
export interface SentenceSound {
  /**
   * A piece, with silence after it. Yields to the event loop at every chunk, so that a cancellation is noticed; throws
   * the signal's reason.
   */
  add(speech: Float32Array, pause: Milliseconds, signal: AbortSignal): AsyncGenerator<Int16Array>;
  /** What the effects still hold, and as much of their tail as is heard. */
  end(): Generator<Int16Array>;
}

/** Begins with the speech: what the effects lag behind is left out. @param effects as new, and nobody else's until the end. */
export const sentenceSound = (effects: Effect, rate: Hertz): SentenceSound => {
  const longest = toSamples(LONGEST_CHUNK, rate);
  let length = toSamples(FIRST_CHUNK, rate);
  let lag = effects.delay;
  return {
    async *add(speech, pause, signal) {
      const trimmed = trim(speech, rate);
      const sound = pause === 0 ? trimmed : withSilence(trimmed, toSamples(pause, rate));
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
    },
    *end() {
      const rest = withoutFaintEnd(toInt16(effects.flush().subarray(lag)));
      for (let from = 0; from < rest.length; from += longest) yield rest.slice(from, from + longest);
    },
  };
};

/** A turn of the event loop, in which messages arrive. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const withSilence = (samples: Float32Array, silence: number): Float32Array => {
  const longer = new Float32Array(samples.length + silence);
  longer.set(samples);
  return longer;
};

const withoutFaintEnd = (samples: Int16Array): Int16Array =>
  samples.subarray(0, samples.findLastIndex((sample) => Math.abs(sample) > FAINT) + 1);
