import { createRequire } from 'node:module';
import { Fault, messageOf } from '../faults.js';
import type { Hertz } from '../units.js';
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
  readonly speaker: number;
  /** 1 is as recorded, 2 twice as fast. */
  readonly speed: number;
}

export interface Piper {
  /**
   * The sound of a piece of text; waits for the one before. Cannot be stopped once it runs.
   *
   * @param as another of the model's speakers.
   */
  speak(text: string, as?: number): Promise<Float32Array>;
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
export const loadPiper = async ({ model, threads, speaker, speed }: PiperOptions): Promise<Piper> => {
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
  const piper: Piper = {
    speak: (text, as = speaker) => {
      const spoken = last.then(() =>
        voice.generateAsync({ text, sid: as, speed, enableExternalBuffer: false }).then(({ samples }) => samples),
      );
      last = spoken.catch(() => {});
      return spoken;
    },
    settled: async () => {
      await last;
    },
  };
  // Not waited for: whoever speaks meanwhile comes after it.
  piper.speak(WARM_UP).catch(() => {});
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
