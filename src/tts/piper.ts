import { createRequire } from 'node:module';
import { Fault, messageOf } from '../faults.js';
import type { Bytes, Hertz } from '../units.js';
import { FETCH_AGAIN, type PiperModel } from './piper-model.js';

/** The part of `sherpa-onnx-node` that is used here; the package has no types of its own. */
interface Sherpa {
  readonly OfflineTts: {
    createAsync(config: object): Promise<{
      readonly sampleRate: Hertz;
      generateAsync(request: {
        text: string;
        sid: number;
        speed: number;
        enableExternalBuffer: boolean;
      }): Promise<{ readonly samples: Float32Array }>;
    }>;
  };
}

export interface PiperOptions {
  readonly model: Pick<PiperModel, 'model' | 'tokens' | 'phonemeData' | 'rate'>;
  readonly threads: number;
}

/** Who of a model's speakers speaks, and how fast. */
export interface Manner {
  readonly speaker: number;
  /** 1 is as recorded, 2 twice as fast. */
  readonly speed: number;
}

export interface Piper {
  /**
   * The sound of a piece of text; waits for the one before. Cannot be stopped once it runs; throws the signal's reason
   * where it is aborted before.
   */
  speak(text: string, manner: Manner, signal?: AbortSignal): Promise<Float32Array>;
  /** What the program has grown by while it spoke. An estimate: others that are at work meanwhile count as well. */
  readonly grown: Bytes;
  /** Resolves when nothing runs natively. */
  settled(): Promise<void>;
}

/**
 * How far melody and length vary from one rendering to the next. As in the configuration file of libritts_r-medium
 * (en_US-libritts_r-medium.onnx.json, "inference"). With sherpa-onnx's own defaults, 0.667 and 0.8, it speaks 10 % slower
 * and is read back no better.
 */
export const VARIATION = { noiseScale: 0.333, noiseScaleW: 0.333 } as const;

/** The first synthesis takes half as long again as the later ones: this one is nobody's. */
const WARM_UP = 'Nobody will ever hear this, the first sentence of every life that I have lived.';

/** Loads a voice. Runs on threads of libuv and of sherpa's own onnxruntime, never on the caller's. */
export const loadPiper = async ({ model, threads }: PiperOptions): Promise<Piper> => {
  const voice = await sherpa()
    .OfflineTts.createAsync({
      model: {
        vits: { model: model.model, tokens: model.tokens, dataDir: model.phonemeData, ...VARIATION },
        numThreads: threads,
        provider: 'cpu',
      },
      maxNumSentences: 1,
      // The pauses a speaker makes are kept; the default shortens them to a fifth.
      silenceScale: 1,
    })
    .catch((error: unknown) => {
      throw new Fault('model', `The voice ${model.model} cannot be loaded: ${messageOf(error)}`, {
        hint: FETCH_AGAIN,
        cause: error,
      });
    });
  if (voice.sampleRate !== model.rate) {
    throw new Fault('model', `The voice ${model.model} has ${voice.sampleRate} Hz where its file says ${model.rate}`);
  }
  let last: Promise<unknown> = Promise.resolve();
  let grown: Bytes = 0;
  const generate = async (text: string, { speaker, speed }: Manner): Promise<Float32Array> => {
    const before = process.memoryUsage.rss();
    const { samples } = await voice.generateAsync({ text, sid: speaker, speed, enableExternalBuffer: false });
    grown += process.memoryUsage.rss() - before;
    return samples;
  };
  const piper: Piper = {
    speak(text, manner, signal) {
      const spoken = last.then(() => {
        signal?.throwIfAborted();
        return generate(text, manner);
      });
      last = spoken.catch(() => {});
      return spoken;
    },
    get grown() {
      return Math.max(0, grown);
    },
    settled: async () => {
      await last;
    },
  };
  // Not waited for: whoever speaks meanwhile comes after it.
  piper.speak(WARM_UP, { speaker: 0, speed: 1 }).catch(() => {});
  return piper;
};

const sherpa = (): Sherpa => {
  try {
    return createRequire(import.meta.url)('sherpa-onnx-node') as Sherpa;
  } catch (error) {
    throw new Fault('engine', `The speech synthesizer sherpa-onnx cannot be loaded: ${messageOf(error)}`, {
      hint: `Install again; it needs npm's optional packages, and there must be one for ${process.platform}-${process.arch}.`,
      cause: error,
    });
  }
};
