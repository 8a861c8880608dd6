import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import onnxProto from 'onnx-proto';
import type { Hertz } from '../units.js';

const { onnx } = onnxProto;

/** A voice whose every run of the program says the same sentences in the same way, to the sample. */
export interface SeededVoice {
  readonly rate: Hertz;
  readonly speakers: number;
  speak(text: string, speaker: number, speed: number): Promise<Float32Array>;
}

interface Sherpa {
  readonly OfflineTts: {
    createAsync(config: object): Promise<{
      readonly sampleRate: Hertz;
      readonly numSpeakers: number;
      generateAsync(request: object): Promise<{ readonly samples: Float32Array }>;
    }>;
  };
}

/**
 * Piper draws the melody and the length of its sounds at random, seeded by the time of day. A copy of the model whose
 * random operators carry a seed of their own makes the bench set the same on every machine, if it is made in the same order.
 */
const seededModel = async (model: string, copy: string, seed: number): Promise<string> => {
  const there = await stat(copy).then(
    ({ size }) => size > 0,
    () => false,
  );
  if (there) return copy;
  const graph = onnx.ModelProto.decode(await readFile(model));
  let operators = 0;
  for (const node of graph.graph?.node ?? []) {
    if (!node.opType?.startsWith('Random')) continue;
    const others = (node.attribute ?? []).filter(({ name }) => name !== 'seed');
    const value = onnx.AttributeProto.create({ name: 'seed', type: onnx.AttributeProto.AttributeType.FLOAT, f: seed });
    node.attribute = [...others, value];
    operators++;
  }
  if (operators === 0) throw new Error(`${model} has no random operators: is it a Piper voice?`);
  await writeFile(`${copy}.part`, onnx.ModelProto.encode(graph).finish());
  await rename(`${copy}.part`, copy);
  return copy;
};

/** @param folder of the Piper voice. @param copy where the seeded copy of its model is kept. */
export const openSeededVoice = async (
  folder: string,
  copy: string,
  seed: number,
  threads: number,
): Promise<SeededVoice> => {
  const sherpa = createRequire(import.meta.url)('sherpa-onnx-node') as Sherpa;
  const voice = await sherpa.OfflineTts.createAsync({
    model: {
      vits: {
        model: await seededModel(`${folder}/model.onnx`, copy, seed),
        tokens: `${folder}/tokens.txt`,
        dataDir: `${folder}/espeak-ng-data`,
        // More variety than the persona's own voice has: these are many people.
        noiseScale: 0.5,
        noiseScaleW: 0.6,
      },
      numThreads: threads,
      provider: 'cpu',
    },
    maxNumSentences: 1,
  });
  return {
    rate: voice.sampleRate,
    speakers: voice.numSpeakers,
    speak: async (text, speaker, speed) =>
      (await voice.generateAsync({ text, sid: speaker, speed, enableExternalBuffer: false })).samples,
  };
};
