import type { Audio, Block } from '../../src/stages.js';

/** A sound made of these blocks, one after another. */
export const audioOf = (rate: number, ...blocks: readonly Float32Array[]): Audio => {
  let from = 0;
  return audioAt(
    rate,
    blocks.map((samples) => {
      const block = { samples, from };
      from += samples.length;
      return block;
    }),
  );
};

/** A sound made of blocks with positions of their own. */
export const audioAt = (rate: number, blocks: Iterable<Block>): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    yield* blocks;
  },
});

export const join = (parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

export const samplesOf = async (audio: Audio): Promise<Float32Array> => {
  const parts: Float32Array[] = [];
  for await (const { samples } of audio) parts.push(samples);
  return join(parts);
};

/** Cuts a sound at these lengths, again and again. */
export const cutInto = (samples: Float32Array, lengths: readonly number[]): Float32Array[] => {
  const parts: Float32Array[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const length = lengths[i % lengths.length]!;
    parts.push(samples.subarray(at, at + length));
    at += length;
  }
  return parts;
};
