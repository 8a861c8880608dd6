import { Tensor } from 'onnxruntime-node';
import { brokenModel, openSession, type SessionOptions } from '../voice-detector/session.js';
import { EMBEDDING } from './streaming-graph.js';

/** The model of one wake word. */
export interface Classifier {
  readonly word: string;
  /** How many embeddings it looks at. */
  readonly history: number;
  /** How likely the word ends here, 0…1. `embeddings`: `history` of them or more, oldest first. */
  score(embeddings: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** Loads the openWakeWord model of `word` from `file`. Throws a `Fault` ('model'). */
export const openClassifier = async (word: string, file: string, options: SessionOptions = {}): Promise<Classifier> => {
  const session = await openSession(file, `the wake word "${word}"`, options);
  const [input, ...more] = session.inputMetadata;
  const [output, ...others] = session.outputMetadata;
  const fits =
    input?.isTensor &&
    more.length === 0 &&
    input.shape.length === 3 &&
    input.shape[2] === EMBEDDING &&
    typeof input.shape[1] === 'number' &&
    output?.isTensor &&
    others.length === 0 &&
    output.shape.at(-1) === 1;
  if (!fits) {
    await session.release();
    throw brokenModel(`the wake word "${word}"`, file, new Error('it is no openWakeWord model of a single word'));
  }
  const history = input.shape[1] as number;
  const size = history * EMBEDDING;

  return {
    word,
    history,
    score: async (embeddings) => {
      const latest = embeddings.length === size ? embeddings : embeddings.subarray(embeddings.length - size);
      const heard = await session.run({ [input.name]: new Tensor('float32', latest, [1, history, EMBEDDING]) });
      return (heard[output.name] as Tensor).data[0] as number;
    },
    close: () => session.release(),
  };
};
