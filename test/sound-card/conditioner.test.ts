import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levels } from '../../src/audio/pcm.js';
import { createConditioner } from '../../src/sound-card/conditioner.js';
import { join } from '../audio/sounds.js';

const pcm = (...channels: readonly (readonly number[])[]): Uint8Array => {
  const count = channels[0]!.length;
  const bytes = Buffer.alloc(count * channels.length * 2);
  for (let i = 0; i < count; i++) {
    channels.forEach((samples, channel) => {
      bytes.writeInt16LE(Math.round(samples[i]! * 32_767), (i * channels.length + channel) * 2);
    });
  }
  return bytes;
};
const sine = (length: number, hertz: number, rate: number, amplitude = 0.25, offset = 0): number[] =>
  Array.from({ length }, (_, i) => offset + amplitude * Math.sin((2 * Math.PI * hertz * i) / rate));

describe('what a recorder writes', () => {
  it('becomes the same sound, whatever pieces it comes in', () => {
    const bytes = pcm(sine(1_600, 440, 16_000), sine(1_600, 700, 16_000));
    const whole = createConditioner({ rate: 16_000, channels: 2 }).take(bytes);
    expect(whole).toHaveLength(1_600);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const conditioner = createConditioner({ rate: 16_000, channels: 2 });
        const parts: Float32Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = lengths[i % lengths.length]!;
          parts.push(conditioner.take(bytes.subarray(at, at + length)));
          at += length;
        }
        const sound = join(parts);
        // Only the first guess at the mean depends on how much of the sound there was.
        expect(sound).toHaveLength(whole.length);
        const difference = sound.map((sample, i) => sample - whole[i]!);
        expect(levels(difference).peak).toBeLessThan(-10);
      }),
      { numRuns: 30 },
    );
  });

  it('loses a direct component and nothing else', () => {
    const conditioner = createConditioner({ rate: 16_000, channels: 1 });
    const sound = conditioner.take(pcm(sine(32_000, 100, 16_000, 0.25, 0.3)));
    const late = sound.subarray(16_000);
    expect(Math.abs(late.reduce((sum, sample) => sum + sample, 0) / late.length)).toBeLessThan(0.001);
    expect(levels(late).rms).toBeCloseTo(20 * Math.log10(0.25 / Math.SQRT2), 1);
  });

  it('is louder by the gain, and clipped where that is too much', () => {
    const bytes = pcm(sine(16_000, 440, 16_000, 0.25));
    const loud = createConditioner({ rate: 16_000, channels: 1, gain: 6 }).take(bytes);
    expect(levels(loud).peak).toBeCloseTo(20 * Math.log10(0.25) + 6, 1);
    const tooLoud = createConditioner({ rate: 16_000, channels: 1, gain: 40 }).take(bytes);
    expect(levels(tooLoud).peak).toBe(0);
  });

  it('is the channel that is wanted, or all of them mixed', () => {
    const bytes = pcm(sine(1_600, 440, 16_000, 0.4), sine(1_600, 440, 16_000, 0.1));
    const peak = (channel?: number): number => {
      const options = { rate: 16_000, channels: 2, ...(channel !== undefined && { channel }) };
      return 10 ** (levels(createConditioner(options).take(bytes)).peak / 20);
    };
    expect(peak(1)).toBeCloseTo(0.4, 2);
    expect(peak(2)).toBeCloseTo(0.1, 2);
    expect(peak()).toBeCloseTo(0.25, 2);
  });

  it('comes at the capture rate from any other', () => {
    const conditioner = createConditioner({ rate: 48_000, channels: 1 });
    const sound = conditioner.take(pcm(sine(48_000, 440, 48_000)));
    expect(Math.abs(sound.length - 16_000)).toBeLessThan(200);
    expect(levels(sound.subarray(1_000)).peak).toBeCloseTo(20 * Math.log10(0.25), 1);
  });
});
