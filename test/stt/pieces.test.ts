import { describe, expect, it } from 'vitest';
import { pieces } from '../../src/stt/pieces.js';
import { noise } from './speech.js';

const concatenated = (all: Float32Array[]) => Float32Array.from(all.flatMap((piece) => [...piece]));

describe('the sound for a recogniser of whole sentences', () => {
  it('is the speech with 200 ms around it where there are so many, and never zeros that nobody recorded', () => {
    const sound = noise(3000, 0.1);
    expect(pieces(sound, { first: 16_000, last: 32_000 }).map(({ length }) => length)).toEqual([22_400]);
    expect(pieces(sound, { first: 0, last: 48_000 }).map(({ length }) => length)).toEqual([48_000]);
    expect(pieces(new Float32Array(0), { first: 0, last: 0 })).toEqual([]);
  });

  it('is level: a faint voice is as loud as a near one, and silence stays silence', () => {
    const peak = (sound: Float32Array) => Math.max(...sound.map(Math.abs));
    const [faint] = pieces(noise(500, 0.004), { first: 0, last: 8000 });
    const [loud] = pieces(noise(500, 2), { first: 0, last: 8000 });
    expect(peak(faint!)).toBeCloseTo(0.95);
    expect(peak(loud!)).toBeCloseTo(0.95);
    expect(peak(pieces(new Float32Array(8000), { first: 0, last: 8000 })[0]!)).toBe(0);
  });

  it('is cut at a quiet moment where it is longer than 15 s, and nothing is lost', () => {
    const sound = noise(32_000, 0.1);
    sound.fill(0, 200_000, 201_600);
    const all = pieces(sound, { first: 0, last: sound.length });
    expect(all).toHaveLength(3);
    expect(all[0]?.length).toBe(200_800);
    for (const piece of all) expect(piece.length).toBeLessThanOrEqual(240_000);
    const level = pieces(sound.subarray(0, 100), { first: 0, last: 100 });
    expect(level).toHaveLength(1);
    expect(concatenated(all)).toHaveLength(sound.length);
  });
});
