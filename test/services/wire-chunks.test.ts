import { describe, expect, it } from 'vitest';
import { wireChunks } from '../../src/services/wire-chunks.js';
import type { Block } from '../../src/stages.js';

const block = (length: number, from = 0): Block => ({ samples: new Float32Array(length).fill(length / 1000), from });

async function* blocks(...lengths: readonly number[]): AsyncGenerator<Block> {
  for (const length of lengths) yield block(length);
}

const lengths = async (sound: AsyncIterable<Block>, most: number): Promise<number[]> => {
  const found: number[] = [];
  for await (const piece of wireChunks(sound, most)) found.push(piece.length);
  return found;
};

describe('sound for a wire', () => {
  it('joins blocks that are there at once, up to a size, and loses nothing', async () => {
    expect(await lengths(blocks(20, 20, 20, 20, 20, 20, 20), 60)).toEqual([60, 60, 20]);
    const pieces: number[] = [];
    for await (const piece of wireChunks(blocks(1, 2, 3), 100)) pieces.push(...piece);
    expect(pieces.map((sample) => Math.round(sample * 1000))).toEqual([1, 2, 2, 3, 3, 3]);
  });

  it('does not wait with what is there for what is still to come', async () => {
    let goOn = (): void => {};
    const later = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* slow(): AsyncGenerator<Block> {
      yield* blocks(20, 20);
      await later;
      yield* blocks(20);
    }
    const pieces = wireChunks(slow(), 1_000);
    expect((await pieces.next()).value).toHaveLength(40);
    goOn();
    expect((await pieces.next()).value).toHaveLength(20);
    expect((await pieces.next()).done).toBe(true);
  });

  it('lets others have their turn between two pieces', async () => {
    let turns = 0;
    const other = (): void => {
      turns++;
      timer = setImmediate(other);
    };
    let timer = setImmediate(other);
    const found = await lengths(blocks(...Array<number>(50).fill(20)), 20);
    clearImmediate(timer);
    expect(found).toHaveLength(50);
    expect(turns).toBeGreaterThanOrEqual(49);
  });

  it('gives what came before a failure, then the failure', async () => {
    async function* failing(): AsyncGenerator<Block> {
      yield block(20);
      throw new Error('no more');
    }
    const pieces = wireChunks(failing(), 1_000);
    expect((await pieces.next()).value).toHaveLength(20);
    await expect(pieces.next()).rejects.toThrow('no more');
  });

  it('tells the source when nobody listens any more', async () => {
    let left = false;
    async function* endless(): AsyncGenerator<Block> {
      try {
        for (;;) yield block(20);
      } finally {
        left = true;
      }
    }
    for await (const _ of wireChunks(endless(), 40)) break;
    await expect.poll(() => left).toBe(true);
  });
});
