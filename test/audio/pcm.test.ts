import { describe, expect, it } from 'vitest';
import { decode, fromInt16, levels, toInt16 } from '../../src/audio/pcm.js';
import { sine } from './wavs.js';

describe('samples', () => {
  it('go to 16 bits and back unchanged', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    expect(toInt16(fromInt16(all))).toEqual(all);
  });

  it('have a level: a full-scale sine has a peak of 0 dB and −3.01 dB of power', () => {
    const { peak, rms, clipped } = levels(sine(1_000, 16_000, 16_000, 1));
    expect(peak).toBeCloseTo(0, 3);
    expect(rms).toBeCloseTo(-3.01, 2);
    expect(clipped).toBeCloseTo(2 / 16, 2);
    expect(levels(new Float32Array(0))).toEqual({ peak: -120, rms: -120, clipped: 0 });
  });

  it('are decoded from a piece of a larger buffer too', () => {
    const bytes = Uint8Array.of(9, 0x00, 0x40, 0x00, 0xc0, 7);
    const samples = decode(bytes.subarray(1), { encoding: 'signed', bits: 16, channels: 1 });
    expect([...samples]).toEqual([0.5, -0.5]);
  });
});
