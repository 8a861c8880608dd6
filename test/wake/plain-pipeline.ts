import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { modelFolder } from '../models.js';

export const WORDS = ['alexa', 'hey_jarvis', 'hey_mycroft'] as const;
export type Word = (typeof WORDS)[number];

export const featureFiles = () => ({
  melspectrogram: join(modelFolder('openwakeword'), 'melspectrogram.onnx'),
  embedding: join(modelFolder('openwakeword'), 'embedding_model.onnx'),
});
export const wordFile = (word: Word): string => join(modelFolder(`wake-${word}`), `${word}_v0.1.onnx`);

/**
 * openWakeWord as its Python library runs it, from the three models as they are: what the streaming graph must agree
 * with. Each frame computes the whole window of 76 rows again.
 */
export const plainPipeline = async () => {
  const { melspectrogram, embedding } = featureFiles();
  const open = (file: string) => InferenceSession.create(file, { intraOpNumThreads: 1 });
  const mel = await open(melspectrogram);
  const embed = await open(embedding);
  const words = await Promise.all(WORDS.map(async (word) => ({ word, session: await open(wordFile(word)) })));
  const run = async (session: InferenceSession, data: Float32Array, dims: number[]) => {
    const heard = await session.run({ [session.inputNames[0]!]: new Tensor('float32', data, dims) });
    return (heard[session.outputNames[0]!] as Tensor).data as Float32Array;
  };

  /** The embedding of every frame of 1280 samples, and its scores. */
  return async (sound: Float32Array) => {
    const window = new Float32Array(480 + 1280);
    const rows = new Float32Array(76 * 32);
    const features = new Float32Array(16 * 96);
    const frames: { embedding: Float32Array; scores: Record<string, number> }[] = [];
    for (let at = 0; at + 1280 <= sound.length; at += 1280) {
      window.copyWithin(0, 1280);
      for (let i = 0; i < 1280; i++) window[480 + i] = sound[at + i]! * 32_768;
      const decibels = await run(mel, window, [1, window.length]);
      rows.copyWithin(0, 8 * 32);
      for (let i = 0; i < 8 * 32; i++) rows[68 * 32 + i] = Math.fround(decibels[i]! / 10) + 2;
      const latest = await run(embed, rows, [1, 76, 32, 1]);
      features.copyWithin(0, 96);
      features.set(latest, 15 * 96);
      const scores: Record<string, number> = {};
      for (const { word, session } of words) scores[word] = (await run(session, features, [1, 16, 96]))[0]!;
      frames.push({ embedding: latest, scores });
    }
    return frames;
  };
};
