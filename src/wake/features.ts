import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { brokenModel, openSession, type SessionOptions } from '../voice-detector/session.js';
import { EMBEDDING, OVERLAP, type StreamingGraph, streamingGraph, WAKE_FRAME } from './streaming-graph.js';

/** openWakeWord's models work on 16-bit numbers. */
const FULL_SCALE = 32_768;
/** After 10 frames of 8 rows, the 76 rows that an embedding looks at are all of this stream. */
const FRAMES_OF_AN_EMBEDDING = 10;

export interface FeatureFiles {
  readonly melspectrogram: string;
  readonly embedding: string;
}

/** The models that turn sound into what a word's classifier looks at. */
export interface Features {
  /** A stream of its own, that begins as if a long silence had gone before. */
  stream(): FeatureStream;
  close(): Promise<void>;
}

interface FeatureStream {
  /** Hears `WAKE_FRAME` samples and gives the last embeddings, oldest first; they are valid until the next call. */
  next(frame: Float32Array): Promise<Float32Array>;
  /** As new. */
  reset(): void;
}

interface Heard {
  readonly embedding: Float32Array;
  readonly state: Tensor;
}

/**
 * Loads openWakeWord's melspectrogram and embedding models, joined into one that streams; its streams give the last
 * `history` embeddings. Throws a `Fault` ('model').
 */
export const openFeatures = async (
  files: FeatureFiles,
  history: number,
  options: SessionOptions = {},
): Promise<Features> => {
  const { model, stateSize } = await joined(files);
  const session = await openSession(model, 'wake words', options);

  const embed = async (sound: Float32Array, state: Tensor): Promise<Heard> => {
    const heard = await session.run({ audio: new Tensor('float32', sound, [1, sound.length]), state });
    return { embedding: (heard.embedding as Tensor).data as Float32Array, state: heard.state_out as Tensor };
  };

  // Where streams begin. From a memory of nothing, the first two seconds would be scored at random.
  let silence: Heard = {
    embedding: new Float32Array(EMBEDDING),
    state: new Tensor('float32', new Float32Array(stateSize)),
  };
  for (let i = 0; i < FRAMES_OF_AN_EMBEDDING; i++) {
    silence = await embed(new Float32Array(OVERLAP + WAKE_FRAME), silence.state);
  }

  const stream = (): FeatureStream => {
    const sound = new Float32Array(OVERLAP + WAKE_FRAME);
    const embeddings = new Float32Array(history * EMBEDDING);
    let state = silence.state;
    const reset = (): void => {
      sound.fill(0);
      for (let i = 0; i < history; i++) embeddings.set(silence.embedding, i * EMBEDDING);
      state = silence.state;
    };
    reset();
    return {
      reset,
      next: async (frame) => {
        sound.copyWithin(0, WAKE_FRAME);
        for (let i = 0; i < WAKE_FRAME; i++) sound[OVERLAP + i] = frame[i]! * FULL_SCALE;
        const heard = await embed(sound, state);
        state = heard.state;
        embeddings.copyWithin(0, EMBEDDING);
        embeddings.set(heard.embedding, embeddings.length - EMBEDDING);
        return embeddings;
      },
    };
  };
  return { stream, close: () => session.release() };
};

const joined = async ({ melspectrogram, embedding }: FeatureFiles): Promise<StreamingGraph> => {
  try {
    return streamingGraph(await readFile(melspectrogram), await readFile(embedding));
  } catch (error) {
    throw brokenModel('wake words', `${melspectrogram}, ${embedding}`, error);
  }
};
