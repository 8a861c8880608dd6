import { existsSync, readFileSync } from 'node:fs';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { Audio, Block } from '../../src/stages.js';

const repository = new URL('../../', import.meta.url);
const shared = new URL('../shared/speech/', repository);

/** A recording that is shipped, 16-bit mono at 16 kHz. */
export const shipped = (name: string): Float32Array => {
  const bytes = readFileSync(new URL(`recordings/${name}.wav`, repository));
  const data = bytes.indexOf('data') + 8;
  return Float32Array.from({ length: (bytes.length - data) >> 1 }, (_, i) => bytes.readInt16LE(data + 2 * i) / 32_768);
};

/** Whether the recordings that are not shipped are there. Says so where they are not. */
export const sharedSpeech = existsSync(shared);
if (!sharedSpeech) {
  process.stderr.write(
    '\nSKIPPED: ../shared/speech is missing, so detectors are tested with the shipped recordings only.\n\n',
  );
}

/** A recording of ../shared/speech, `wake/alexa`. */
export const sharedRecording = async (name: string): Promise<Float32Array> => {
  const bytes = readFileSync(new URL(`${name}.flac`, shared));
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    const { channelData, sampleRate } = await decoder.decodeFile(bytes);
    const [samples] = channelData;
    if (sampleRate !== 16_000 || !samples) throw new Error(`${name}: 16 kHz expected`);
    // The decoder silently loses the last frame of some files; STREAMINFO knows how many samples there should be.
    const length = bytes.readUInt32BE(22);
    if (samples.length !== length) throw new Error(`${name}: ${samples.length} samples of ${length} were decoded`);
    // The decoder divides by 32,767, everything here by 32,768.
    return samples.map((sample) => Math.round(sample * 32_767) / 32_768);
  } finally {
    decoder.free();
  }
};

/** `samples` as a microphone hands them over, in blocks of these lengths, again and again. */
export const microphone = (samples: Float32Array, lengths: readonly number[] = [320], start = 0): Audio =>
  microphoneOf(blocksOf(samples, lengths, start));

export function* blocksOf(samples: Float32Array, lengths: readonly number[], start = 0): Generator<Block> {
  for (let at = 0, i = 0; at < samples.length; i++) {
    const block = samples.subarray(at, at + lengths[i % lengths.length]!);
    yield { samples: block, from: start + at };
    at += block.length;
  }
}

export const microphoneOf = (blocks: Iterable<Block>, rate = 16_000): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    yield* blocks;
  },
});

/** A microphone that never says anything, and whether its reader has left. */
export const silentMicrophone = (): { audio: Audio; left: () => boolean } => {
  let left = false;
  const iterator: AsyncIterator<Block> = {
    next: () => new Promise(() => {}),
    return: async () => {
      left = true;
      return { done: true, value: undefined };
    },
  };
  return { audio: { rate: 16_000, [Symbol.asyncIterator]: () => iterator }, left: () => left };
};

export const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * 16_000));

/** White noise, the same each time. `level`: its peak, 0…1. */
export const noise = (seconds: number, level: number): Float32Array => {
  let seed = 1;
  return silence(seconds).map(() => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed / 2 ** 31 - 1) * level;
  });
};

export const concatenated = (...parts: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

export const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

/** A signal that nobody aborts. */
export const never = new AbortController().signal;
