import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Profile, parseProfile } from '../../src/effects/profile.js';
import type { Audio } from '../../src/stages.js';
import { disguise } from '../../src/tts/disguise.js';
import { DEMON } from '../effects/demon.js';
import { joined, loudest, vowel } from '../effects/sounds.js';
import { heard } from './heard.js';

const RATES = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];
const forever = new AbortController().signal;
const demon = parseProfile(DEMON, 'a test');

const audioOf = (rate: number, ...pieces: readonly Float32Array[]): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    let from = 0;
    for (const samples of pieces) {
      yield { samples, from };
      from += samples.length;
    }
  },
});
/** A man's "ah" at 110 Hz. */
const voiceAt = (rate: number) => vowel(() => 110, 1, rate);

/** The strongest frequency between 40 and 130 Hz, by Fourier's sums at 1 Hz apart over the middle of the sound. */
const fundamental = (sound: Float32Array, rate: number): number => {
  const middle = sound.subarray(Math.round(rate * 0.3), Math.round(rate * 0.8));
  let [best, most] = [0, 0];
  for (let f = 40; f <= 130; f++) {
    let [real, imaginary] = [0, 0];
    for (let i = 0; i < middle.length; i++) {
      real += middle[i]! * Math.cos((2 * Math.PI * f * i) / rate);
      imaginary += middle[i]! * Math.sin((2 * Math.PI * f * i) / rate);
    }
    if (real ** 2 + imaginary ** 2 > most) [best, most] = [f, real ** 2 + imaginary ** 2];
  }
  return best;
};

describe.each(RATES)('a voice of %i samples a second in disguise', (rate) => {
  it('is as much deeper as its profile says, and no louder than it may be', async () => {
    const deeper = parseProfile([{ pitch: { shift: -7, formants: -2 } }], 'a test');
    const sound = await heard(disguise(audioOf(rate, voiceAt(rate)), deeper, forever));
    // Seven semitones below 110 Hz are 73.4 Hz.
    expect(Math.abs(fundamental(sound, rate) - 73.4)).toBeLessThan(3);
    expect(loudest(sound)).toBeLessThanOrEqual(10 ** (-1 / 20));
  });

  it('passes through the whole demon: sound at once, a tail, then silence', async () => {
    const sound = await heard(disguise(audioOf(rate, voiceAt(rate)), demon, forever));
    expect(sound.length).toBeGreaterThan(rate);
    expect(sound.length).toBeLessThan(2 * rate);
    expect(sound.every(Number.isFinite)).toBe(true);
    expect(loudest(sound.subarray(0, rate * 0.1))).toBeGreaterThan(0.05);
    expect(loudest(sound.subarray(-rate * 0.01))).toBeLessThan(2e-3);
  });
});

describe('a voice in disguise', () => {
  const rate = 24_000;

  it('sounds the same whatever the pieces it comes in', async () => {
    const voice = voiceAt(rate);
    const whole = await heard(disguise(audioOf(rate, voice), demon, forever));
    const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const pieces: Float32Array[] = [];
        for (let at = 0, k = 0; at < voice.length; k++) {
          const to = Math.min(voice.length, at + lengths[k % lengths.length]!);
          pieces.push(voice.subarray(at, to));
          at = to;
        }
        expect(await heard(disguise(audioOf(rate, ...pieces), demon, forever))).toEqual(whole);
      }),
      { numRuns: 8 },
    );
  });

  it('is heard before all of it is there', async () => {
    const arrived: number[] = [];
    const slow: Audio = {
      rate,
      async *[Symbol.asyncIterator]() {
        for (let from = 0; from < rate; from += 2400) {
          arrived.push(from);
          yield { samples: voiceAt(rate).subarray(from, from + 2400), from };
        }
      },
    };
    for await (const _ of disguise(slow, demon, forever)) break;
    expect(arrived.length).toBeLessThan(3);
  });

  it('never exceeds full scale, whatever its profile', async () => {
    const loud: Profile = parseProfile([{ bass: { gain: 24, corner: 1000 } }], 'a test');
    const sound = await heard(disguise(audioOf(rate, joined(voiceAt(rate), voiceAt(rate))), loud, forever));
    expect(loudest(sound)).toBeLessThanOrEqual(10 ** (-1 / 20));
  });

  it('is as it was without effects', () => {
    const voice = audioOf(rate, voiceAt(rate));
    expect(disguise(voice, [], forever)).toBe(voice);
  });

  it.each([4000, 7999, 0, Number.NaN, 400_000])('is refused at %d samples a second', (impossible) => {
    expect(() => disguise(audioOf(impossible), demon, forever)).toThrow(expect.objectContaining({ code: 'input' }));
  });
});
