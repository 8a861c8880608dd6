import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/stages.js';
import type { Piece } from '../../src/text/split.js';
import { sentenceSound } from '../../src/tts/render.js';

const RATE = 8000;

/** Delays by `delay` samples and sounds on for 50. */
const late = (delay: number): Effect => {
  let held: number[] = [];
  const reset = () => {
    held = Array.from({ length: delay }, () => 0);
  };
  reset();
  return {
    delay,
    process: (block) => {
      held.push(...block);
      return Float32Array.from(held.splice(0, block.length));
    },
    flush: () => {
      const rest = Float32Array.from([
        ...held,
        ...Array.from({ length: 50 }, () => 0.01),
        ...Array.from({ length: 50 }, () => 0),
      ]);
      reset();
      return rest;
    },
    reset,
  };
};
/** Half a second of a tone, with a quarter of silence before it. */
const tone = (): Float32Array => Float32Array.from({ length: 6000 }, (_, i) => (i < 2000 ? 0 : 0.2 * Math.sin(i)));

const run = async (delay: number, pieces: readonly Pick<Piece, 'pause'>[] = [{ pause: 0 }]) => {
  const chunks: Int16Array[] = [];
  const { signal } = new AbortController();
  const sentence = sentenceSound(late(delay), RATE);
  for (const { pause } of pieces) for await (const chunk of sentence.add(tone(), pause, signal)) chunks.push(chunk);
  chunks.push(...sentence.end());
  return { chunks, sound: chunks.flatMap((chunk) => [...chunk]) };
};

describe('the sound of a sentence', () => {
  it.each([0, 7, 160, 500])('sounds the same however late the effects are: %i samples', async (delay) => {
    expect((await run(delay)).sound).toEqual((await run(0)).sound);
  });

  it('begins with the speech and ends with what is heard of the tail', async () => {
    const { sound } = await run(100);
    expect(sound.findIndex((x) => Math.abs(x) > 300)).toBeLessThan(0.015 * RATE);
    expect(sound.at(-1)).toBe(Math.round(0.01 * 32_768));
    expect(sound.slice(-50).every((x) => x === sound.at(-1))).toBe(true);
  });

  it('hands over a short chunk first and none that is long', async () => {
    const { chunks } = await run(100);
    expect(chunks[0]!.length).toBe(0.02 * RATE);
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(0.24 * RATE);
  });

  it('leaves the pause of a piece after it', async () => {
    const [together, apart] = [0, 1000].map((pause) => [{ pause }, { pause: 0 }]);
    const added = (await run(0, apart)).sound.length - (await run(0, together)).sound.length;
    expect(added).toBe(RATE);
  });

  it('stops between chunks', async () => {
    const abort = new AbortController();
    const chunks = sentenceSound(late(100), RATE).add(tone(), 0, abort.signal);
    await chunks.next();
    abort.abort();
    await expect(chunks.next()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
