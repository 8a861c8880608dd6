import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDecibels } from '../../src/audio/pcm.js';
import { createResampler, resample, resampleAll } from '../../src/audio/resample.js';
import { audioAt, cutInto, join, samplesOf } from './sounds.js';
import { sine } from './wavs.js';

/** Of a tone in the middle of a sound, away from its edges, by correlation with the tone itself. */
const amplitudeAt = (samples: Float32Array, frequency: number, rate: number): number => {
  const edge = Math.floor(samples.length / 4);
  let re = 0;
  let im = 0;
  let weight = 0;
  for (let i = edge; i < samples.length - edge; i++) {
    const window = Math.sin((Math.PI * (i - edge)) / (samples.length - 2 * edge)) ** 4;
    re += window * samples[i]! * Math.cos((2 * Math.PI * frequency * i) / rate);
    im += window * samples[i]! * Math.sin((2 * Math.PI * frequency * i) / rate);
    weight += window;
  }
  return (2 * Math.hypot(re, im)) / weight;
};

const loudest = (samples: Float32Array): number => {
  const edge = Math.floor(samples.length / 4);
  return samples.subarray(edge, samples.length - edge).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
};

const pairs: [number, number][] = [
  [48_000, 16_000],
  [44_100, 16_000],
  [22_050, 16_000],
  [8_000, 16_000],
  [96_000, 16_000],
  [11_025, 16_000],
  [16_000, 22_050],
  [16_000, 48_000],
  // No common divisor worth having: the filters are interpolated.
  [44_101, 16_001],
  [16_001, 44_101],
];

describe.each(pairs)('a resampler from %i to %i Hz', (from, to) => {
  const nyquist = Math.min(from, to) / 2;
  const length = Math.round(from / 4);

  it('passes what is below 0.9 of the lower Nyquist frequency, within 0.01 dB', () => {
    for (const share of [0.05, 0.3, 0.6, 0.8, 0.89]) {
      const out = resampleAll(sine(share * nyquist, from, length, 1), from, to);
      expect(Math.abs(toDecibels(amplitudeAt(out, share * nyquist, to)))).toBeLessThan(0.01);
    }
  });

  it('keeps what would fold or be mirrored 80 dB down', () => {
    if (from > to) {
      for (const share of [1.01, 1.1, 1.5, 1.9, 2.2]) {
        if (share * nyquist >= from / 2) continue;
        const out = resampleAll(sine(share * nyquist, from, length, 1), from, to);
        expect(toDecibels(loudest(out))).toBeLessThan(-80);
      }
    } else {
      const frequency = 0.7 * nyquist;
      const out = resampleAll(sine(frequency, from, length, 1), from, to);
      const image = from - frequency;
      if (image < to / 2) expect(toDecibels(amplitudeAt(out, image, to))).toBeLessThan(-80);
    }
  });

  it('is not late: the output is the same sound at the same moments', () => {
    const frequency = 0.2 * nyquist;
    const out = resampleAll(sine(frequency, from, length), from, to);
    const wanted = sine(frequency, to, out.length);
    const edge = Math.floor(out.length / 4);
    let worst = 0;
    for (let i = edge; i < out.length - edge; i++) worst = Math.max(worst, Math.abs(out[i]! - wanted[i]!));
    expect(worst).toBeLessThan(2e-4);
  });

  it('gives as many samples as the duration asks for, the same for any blocking', () => {
    const input = sine(0.3 * nyquist, from, 3_000);
    const whole = resampleAll(input, from, to);
    expect(whole.length).toBe(Math.ceil((3_000 * to) / from));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }), (lengths) => {
        const resampler = createResampler(from, to);
        const parts = cutInto(input, lengths).map((part) => resampler.process(part));
        expect(join([...parts, resampler.flush()])).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a resampler', () => {
  it('lets no trace of a 9 kHz tone through to 16 kHz', () => {
    const out = resampleAll(sine(9_000, 48_000, 24_000, 1), 48_000, 16_000);
    expect(toDecibels(amplitudeAt(out, 7_000, 16_000))).toBeLessThan(-80);
  });

  it('keeps a constant constant', () => {
    const out = resampleAll(new Float32Array(4_000).fill(0.25), 22_050, 16_000);
    for (const sample of out.subarray(500, 2_000)) expect(sample).toBeCloseTo(0.25, 6);
  });

  it('begins anew after a flush', () => {
    const resampler = createResampler(22_050, 16_000);
    const input = sine(300, 22_050, 1_000);
    const once = () => join([resampler.process(input), resampler.flush()]);
    expect(once()).toEqual(once());
  });

  it('gives nothing for nothing', () => {
    const resampler = createResampler(48_000, 16_000);
    expect(resampler.process(new Float32Array(0)).length).toBe(0);
    expect(resampler.flush().length).toBe(0);
    expect(resampleAll(new Float32Array(1), 48_000, 16_000).length).toBe(1);
  });

  it('copies where there is nothing to do', () => {
    const input = sine(300, 16_000, 100);
    const out = createResampler(16_000, 16_000).process(input);
    expect(out).toEqual(input);
    expect(out).not.toBe(input);
  });

  it('refuses rates that are none', () => {
    expect(() => createResampler(0, 16_000)).toThrow(RangeError);
    expect(() => createResampler(16_000, 22_050.5)).toThrow(RangeError);
  });
});

describe('a sound at another rate', () => {
  it('keeps its gaps, and what comes before them is complete', async () => {
    const tone = sine(440, 48_000, 4_800);
    const audio = resample(
      audioAt(48_000, [
        { samples: tone, from: 0 },
        { samples: tone, from: 48_000 },
      ]),
      16_000,
    );
    const positions: [number, number][] = [];
    for await (const { samples, from } of audio) positions.push([from, from + samples.length]);
    expect(positions[0]![0]).toBe(0);
    expect(positions.some(([, end]) => end === 1_600)).toBe(true);
    expect(positions.some(([from]) => from === 16_000)).toBe(true);
    expect(positions.at(-1)![1]).toBe(17_600);
  });

  it('is the sound itself where the rate is right already', async () => {
    const audio = audioAt(16_000, [{ samples: sine(440, 16_000, 10), from: 0 }]);
    expect(resample(audio, 16_000)).toBe(audio);
    expect((await samplesOf(resample(audio, 8_000))).length).toBe(5);
  });
});
