import type { Audio, Block, Mark, Run, Say } from '../../src/stages.js';

/** Says as a responder would hand them over. */
export async function* says(...all: readonly (string | Say)[]): AsyncGenerator<Say> {
  for (const say of all) yield typeof say === 'string' ? { text: say, kind: 'talk' } : say;
}

export interface TestRun extends Run {
  readonly marks: readonly Mark[];
  abort(): void;
}

export const testRun = (): TestRun => {
  const controller = new AbortController();
  const marks: Mark[] = [];
  return {
    signal: controller.signal,
    committed: Promise.resolve(),
    mark: (name) => void (marks.includes(name) || marks.push(name)),
    marks,
    abort: () => controller.abort(),
  };
};

/** All blocks as one sound. Throws where positions have a gap or a block is longer than 20 ms. */
export const heard = async (audio: Audio, onBlock: (block: Block) => void = () => {}): Promise<Float32Array> => {
  const blocks: Block[] = [];
  let position = 0;
  for await (const block of audio) {
    if (block.from !== position) throw new Error(`A block is at ${block.from} instead of ${position}`);
    if (block.samples.length === 0 || block.samples.length > audio.rate / 50) {
      throw new Error(`A block has ${block.samples.length} samples`);
    }
    position += block.samples.length;
    blocks.push(block);
    onBlock(block);
  }
  const whole = new Float32Array(position);
  for (const { samples, from } of blocks) whole.set(samples, from);
  return whole;
};
