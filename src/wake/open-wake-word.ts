import { Fault } from '../faults.js';
import type { Audio, Detection, WakeDetector } from '../stages.js';
import { CAPTURE_RATE, type SampleIndex, type Seconds } from '../units.js';
import { captured, framer } from '../voice-detector/capture.js';
import { openVoiceDetector } from '../voice-detector/silero.js';
import { type Classifier, openClassifier } from './classifier.js';
import { decision } from './decision.js';
import { type FeatureFiles, openFeatures } from './features.js';
import { WAKE_FRAME } from './streaming-graph.js';
import { voiceGate } from './voice-gate.js';

export interface WakeModels extends FeatureFiles {
  /** The classifier of each word, by the name that detections carry. */
  readonly words: Readonly<Record<string, string>>;
  /** silero VAD v5, for the voice gate. */
  readonly voice?: string;
}

export interface WakeOptions {
  /** Score from which a word counts, 0…1; 0.5 by default. */
  readonly threshold?: number;
  /** Frames of 80 ms in a row that must reach the threshold; 1 by default. */
  readonly patience?: number;
  /** How long after a detection nothing is one; 1 s by default. */
  readonly refractory?: Seconds;
  /** Speech probability, 0…1, that the voice detector must have had in the last 1.28 s; 0 switches the gate off. 0.5 by default. */
  readonly voice?: number;
  /** What is different for single words. */
  readonly words?: Readonly<Record<string, { readonly threshold?: number; readonly patience?: number }>>;
}

export interface WakeWords {
  /** Any number of streams at once: they share the models and nothing else. */
  readonly detect: WakeDetector;
  /** The score of every word for every frame, for listening tools and tests. */
  readonly scores: (microphone: Audio, signal: AbortSignal) => AsyncIterable<WakeScores>;
  /** Frees the models. Streams must have come to an end. */
  close(): Promise<void>;
}

interface WakeScores {
  /** End of the frame on the capture clock. */
  readonly at: SampleIndex;
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * Loads openWakeWord and the wanted words. It works on this thread: 0.25 ms of CPU a frame of 80 ms and 0.025 ms a
 * word. Throws a `Fault`: 'usage' for an option out of range, 'model' for a file that is missing or another.
 */
export const openWakeWords = async ({
  models,
  threads = 1,
  options = {},
}: {
  readonly models: WakeModels;
  readonly threads?: number;
  readonly options?: WakeOptions;
}): Promise<WakeWords> => {
  const rules = rulesOf(models, options);
  const { refractory = 1, voice = 0.5 } = options;
  const loaded: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    loaded.push(part);
    return part;
  };
  const close = async (): Promise<void> => {
    await Promise.all(loaded.splice(0).map((part) => part.close()));
  };

  try {
    const classifiers: Classifier[] = [];
    for (const [word, file] of Object.entries(models.words)) {
      classifiers.push(keep(await openClassifier(word, file, { threads })));
    }
    const history = Math.max(...classifiers.map((classifier) => classifier.history));
    const features = keep(await openFeatures(models, history, { threads }));
    const voices = models.voice && voice > 0 ? keep(await openVoiceDetector(models.voice, { threads })) : undefined;

    /** Frames with the scores of all words. */
    async function* scored(microphone: Audio, signal: AbortSignal) {
      const stream = features.stream();
      const frames = framer(WAKE_FRAME);
      const scores = new Float32Array(classifiers.length);
      for await (const block of captured(microphone, signal)) {
        for (const frame of frames.push(block)) {
          if (frame.fresh) stream.reset();
          const embeddings = await stream.next(frame.samples);
          for (const [index, classifier] of classifiers.entries()) scores[index] = await classifier.score(embeddings);
          yield { frame, scores, end: frame.from + WAKE_FRAME };
          signal.throwIfAborted();
        }
      }
    }

    return {
      close,
      async *scores(microphone, signal) {
        for await (const { scores, end } of scored(microphone, signal)) {
          yield { at: end, scores: Object.fromEntries(classifiers.map(({ word }, index) => [word, scores[index]!])) };
        }
      },
      async *detect(microphone, signal): AsyncGenerator<Detection> {
        const decide = decision(rules, Math.round(refractory * CAPTURE_RATE));
        const gate = voices && voiceGate(voices);
        for await (const { frame, scores, end } of scored(microphone, signal)) {
          if (frame.fresh) {
            decide.reset();
            gate?.reset();
          }
          gate?.hear(frame.samples);
          const candidate = decide.next(scores, end);
          if (!candidate || (gate && !(await gate.open(voice)))) continue;
          decide.taken();
          yield candidate;
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

const rulesOf = (models: WakeModels, options: WakeOptions) => {
  const words = Object.keys(models.words);
  const wrong = (message: string): Fault => new Fault('usage', message, { hint: 'Correct the wake word options.' });
  if (words.length === 0) throw wrong('There is no wake word to listen for.');
  for (const word of Object.keys(options.words ?? {})) {
    if (!words.includes(word)) throw wrong(`There are options for the wake word "${word}", which is not listened for.`);
  }
  if (!((options.refractory ?? 1) >= 0))
    throw wrong(`The refractory time must be 0 s or more, not ${options.refractory}.`);
  if (!((options.voice ?? 0) >= 0 && (options.voice ?? 0) <= 1)) {
    throw wrong(`The voice gate's probability must lie between 0 and 1, not ${options.voice}.`);
  }
  return words.map((word) => {
    const threshold = options.words?.[word]?.threshold ?? options.threshold ?? 0.5;
    const patience = options.words?.[word]?.patience ?? options.patience ?? 1;
    if (!(threshold > 0 && threshold <= 1)) {
      throw wrong(`The threshold of the wake word "${word}" must lie above 0 and at most at 1, not ${threshold}.`);
    }
    if (!(Number.isInteger(patience) && patience >= 1)) {
      throw wrong(`The patience of the wake word "${word}" must be a whole number of frames from 1, not ${patience}.`);
    }
    return { word, threshold, patience };
  });
};
