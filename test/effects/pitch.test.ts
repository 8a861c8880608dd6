import { describe, expect, it } from 'vitest';
import { layers } from '../../src/effects/layers.js';
import { pitch } from '../../src/effects/pitch.js';
import { amplitudeAt, envelopeOf, formantOf, lagOf, pitchOf, play } from './measures.js';
import { decibels, joined, noise, rms, VOWEL, vowel } from './sounds.js';

const RATE = 22_050;
const RANGE = { lowest: 70, highest: 300 };
const semitones = (ratio: number): number => 12 * Math.log2(ratio);

/** The middle of a sound, away from its beginning and end. */
const middle = (sound: Float32Array, seconds = 0.4): Float32Array => {
  const half = Math.round((seconds * RATE) / 2);
  const centre = Math.floor(sound.length / 2);
  return sound.subarray(centre - half, centre + half);
};

describe('pitch', () => {
  it.each([
    [-12, 110],
    [-8, 90],
    [-7, 120],
    [-7, 180],
    [-3, 200],
    [0, 120],
    [4, 120],
    [7, 100],
  ])('moves a voice by %i semitones from %i Hz', (shift, from) => {
    const out = play(
      pitch({ shift, formants: 0, ...RANGE }, RATE),
      vowel(() => from, 1, RATE),
    );
    expect(semitones(pitchOf(middle(out), RATE) / from)).toBeCloseTo(shift, 0.9);
  });

  it.each([
    [-8, -3],
    [-8, 0],
    [0, -3],
    [-12, -4],
    [5, 3],
  ])('with the pitch at %i moves the formants by %i semitones', (shift, formants) => {
    const from = 100;
    const dry = vowel(() => from, 1.2, RATE, [VOWEL[0]!, VOWEL[2]!]);
    const out = play(pitch({ shift, formants, ...RANGE }, RATE), dry);
    const to = pitchOf(middle(out), RATE);
    for (const [low, high] of [
      [350, 1_200],
      [1_700, 3_400],
    ] as const) {
      const ratio = 2 ** (formants / 12);
      const before = formantOf(middle(dry, 0.8), from, low, high, RATE);
      const after = formantOf(middle(out, 0.8), to, low * ratio, high * ratio, RATE);
      expect(Math.abs(semitones(after / before) - formants)).toBeLessThan(0.7);
    }
  });

  it('follows a voice that glides', () => {
    const out = play(
      pitch({ shift: -7, formants: -2, ...RANGE }, RATE),
      vowel((t) => 90 + 60 * t, 1.5, RATE),
    );
    const delay = Math.round((1.25 * RATE) / RANGE.lowest);
    for (const at of [0.3, 0.6, 0.9, 1.2]) {
      const around = Math.round(at * RATE) + delay;
      const measured = pitchOf(out.subarray(around - 1_100, around + 1_100), RATE, 40);
      expect(Math.abs(semitones(measured / (90 + 60 * at)) + 7)).toBeLessThan(0.4);
    }
  });

  it('leaves a voice as it is, late by its delay, where nothing is to be moved', () => {
    const effect = pitch({ shift: 0, formants: 0, ...RANGE }, RATE);
    // Gliding, so that it is like itself at one lag only.
    const dry = vowel((t) => 90 + 40 * t, 1, RATE);
    const out = play(effect, dry);
    expect(lagOf(middle(dry), out.subarray(Math.floor(dry.length / 2) - Math.round(0.2 * RATE)), 900)).toBe(
      effect.delay,
    );
    const rest = middle(dry).map((x, i) => x - middle(out.subarray(effect.delay, effect.delay + dry.length))[i]!);
    expect(decibels(rms(rest) / rms(middle(dry)))).toBeLessThan(-35);
  });

  it('lags by 1.25 periods of the lowest pitch, and by no more than that where it moves a voice', () => {
    const effect = pitch({ shift: -8, formants: -3, ...RANGE }, RATE);
    expect(effect.delay / RATE).toBeCloseTo(1.25 / RANGE.lowest, 3);
    // Syllables of uneven length: their envelope has but one place where it fits.
    const dry = joined(
      ...[0.21, 0.13, 0.3, 0.17].flatMap((length) => [vowel(() => 115, length, RATE), new Float32Array(2_000)]),
    );
    const step = 20;
    const lag = lagOf(envelopeOf(dry, step), envelopeOf(play(effect, dry), step), 60) * step;
    expect(Math.abs(lag - effect.delay)).toBeLessThan(0.006 * RATE);
  });

  it('lets through what has no pitch, to the bit', () => {
    const effect = pitch({ shift: -8, formants: -3, ...RANGE }, RATE);
    const hiss = highPassed(noise(0.5, RATE));
    const out = play(effect, hiss);
    const rest = hiss.map((x, i) => x - out[i + effect.delay]!);
    expect(rms(rest)).toBe(0);
  });

  it('keeps the level of the voice, and so its balance with the fricatives', () => {
    const dry = vowel(() => 110, 1, RATE);
    for (const [shift, formants] of [
      [-12, -3],
      [-7, -3],
      [-5, 0],
      [5, 2],
    ] as const) {
      const out = play(pitch({ shift, formants, ...RANGE }, RATE), dry);
      expect(Math.abs(decibels(rms(middle(out)) / rms(middle(dry))))).toBeLessThan(2.5);
    }
  });

  it('does not click between voice and fricative', () => {
    const dry = joined(
      ...[1, 2, 3, 4].flatMap((seed) => [
        vowel(() => 100 + 7 * seed, 0.17, RATE, [VOWEL[0]!]),
        noise(0.09, RATE, 0.02, seed),
      ]),
    );
    const out = play(pitch({ shift: -8, formants: -3, ...RANGE }, RATE), dry);
    expect(sharpest(out)).toBeLessThan(1.3 * sharpest(dry));
  });
});

describe('layers', () => {
  it('sounds all of its voices at once, as loud as one', () => {
    const dry = vowel(() => 120, 1.2, RATE);
    const voices = [
      { shift: -5, formants: -2, level: 1 },
      { shift: -12, formants: -3, level: 0.7 },
    ];
    const out = middle(play(layers({ voices, ...RANGE }, RATE), dry), 0.8);
    const [high, low] = [120 * 2 ** (-5 / 12), 60];
    const between = amplitudeAt(out, (high + low) / 2, RATE);
    expect(decibels(amplitudeAt(out, high, RATE) / between)).toBeGreaterThan(20);
    expect(decibels(amplitudeAt(out, low, RATE) / between)).toBeGreaterThan(20);
    expect(Math.abs(decibels(rms(out) / rms(middle(dry, 0.8))))).toBeLessThan(2.5);
  });

  it('with one voice is pitch', () => {
    const dry = vowel(() => 120, 0.5, RATE);
    const one = play(layers({ voices: [{ shift: -5, formants: -2, level: 1 }], ...RANGE }, RATE), dry);
    expect(one).toEqual(play(pitch({ shift: -5, formants: -2, ...RANGE }, RATE), dry));
  });
});

/** What is left of a sound after two differences: nothing that could be taken for a voice. */
const highPassed = (sound: Float32Array): Float32Array =>
  sound.map((x, i) => (x - 2 * (sound[i - 1] ?? 0) + (sound[i - 2] ?? 0)) / 4);

/** The largest second difference: a click is a jump, and stands out in it. */
const sharpest = (sound: Float32Array): number => {
  let most = 0;
  for (let i = 2; i < sound.length; i++) most = Math.max(most, Math.abs(sound[i]! - 2 * sound[i - 1]! + sound[i - 2]!));
  return most;
};
