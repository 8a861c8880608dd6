import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildChain, parseProfile } from '../../src/effects/profile.js';
import { DEMON } from './demon.js';
import { firstDifference, play } from './measures.js';
import { joined, loudest, noise, sine, vowel } from './sounds.js';

const RATE = 22_050;

/** Every effect as a profile names it, with what it is if nothing is said, and the whole chains. */
const CHAINS: Readonly<Record<string, unknown[]>> = {
  pitch: ['pitch'],
  'pitch, upwards': [{ pitch: { shift: 7, formants: 3 } }],
  layers: [
    {
      layers: {
        voices: [
          { shift: -7, formants: -3 },
          { shift: -12, formants: -4, level: 0.4 },
        ],
      },
    },
  ],
  sub_octave: ['sub_octave'],
  ring_modulator: ['ring_modulator'],
  bass: ['bass'],
  distortion: ['distortion'],
  reverb: ['reverb'],
  chorus: ['chorus'],
  leveller: ['leveller'],
  limiter: ['limiter'],
  'the demon': DEMON,
};

const made = (list: unknown[], rate = RATE) => buildChain(parseProfile(list, 'a test'), rate);

/** A little of everything that speech is made of: silence, a gliding vowel, a fricative, a vowel again. */
const speech = (rate = RATE): Float32Array =>
  joined(
    new Float32Array(Math.round(0.03 * rate)),
    vowel((t) => 130 - 60 * t, 0.25, rate),
    noise(0.06, rate, 0.1),
    vowel((t) => 90 + 40 * t, 0.15, rate),
    new Float32Array(Math.round(0.02 * rate)),
  );

describe.each(Object.entries(CHAINS))('%s', (_name, list) => {
  const effect = made(list);
  const sound = speech();
  const whole = play(effect, sound, [sound.length]);

  it('gives out as many samples as it is given, whatever the block', () => {
    for (const size of [0, 1, 7, 441, 5_000])
      expect(effect.process(sound.subarray(0, size)).length).toBe(Math.min(size, sound.length));
    effect.reset();
  });

  it('gives the same for any blocking', () => {
    const sizes = fc.array(
      fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 65, max: 3_000 })),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(sizes, (blocks) => {
        expect(firstDifference(play(effect, sound, blocks), whole)).toBe(-1);
      }),
      { numRuns: 15 },
    );
  });

  it('leaves its input as it is', () => {
    const copy = sound.slice();
    effect.process(sound);
    effect.reset();
    expect(firstDifference(sound, copy)).toBe(-1);
  });

  it('is as new after a flush and after a reset', () => {
    expect(firstDifference(play(effect, sound), whole)).toBe(-1);
    effect.process(noise(0.2, RATE));
    effect.reset();
    expect(firstDifference(play(effect, sound), whole)).toBe(-1);
  });

  it('owes the delayed rest and its tail at the end, and ends in silence', () => {
    expect(whole.length).toBeGreaterThanOrEqual(sound.length + effect.delay);
    expect(loudest(whole.subarray(-32))).toBeLessThan(2e-3);
  });

  it('makes no sound of silence', () => {
    expect(loudest(play(effect, new Float32Array(RATE)))).toBe(0);
  });

  it('comes to rest after a sound, exactly and without denormal numbers', () => {
    effect.process(sound);
    let rest = effect.process(new Float32Array(RATE));
    for (let second = 0; second < 8; second++) rest = effect.process(new Float32Array(RATE));
    // 2⁻⁵⁶ is the step to which feedback is rounded; a denormal would be below 10⁻³⁸.
    expect(rest.every((x) => x === 0 || Math.abs(x) > 1e-30)).toBe(true);
    expect(loudest(rest)).toBeLessThan(1e-9);
    effect.reset();
  });

  it.each([
    ['NaN', Number.NaN],
    ['+∞', Number.POSITIVE_INFINITY],
    ['−∞', Number.NEGATIVE_INFINITY],
    ['the largest float', 3.4e38],
    ['a denormal', 1e-42],
    ['full scale', 1],
    ['negative full scale', -1],
  ])('stays finite for %s and forgets it', (_what, bad) => {
    const spoilt = sound.slice();
    for (const at of [0, 700, 701, 702, 3_000]) spoilt[at] = bad;
    expect(effect.process(spoilt).every(Number.isFinite)).toBe(true);
    expect(effect.process(new Float32Array(RATE).fill(bad)).every(Number.isFinite)).toBe(true);
    let rest = effect.process(new Float32Array(0));
    for (let second = 0; second < 20; second++) rest = effect.process(new Float32Array(RATE));
    expect(loudest(rest)).toBeLessThan(1e-6);
    effect.reset();
  });

  it('stays finite and bounded for anything', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 3_000 }), (samples) => {
        const out = play(effect, samples);
        expect(out.every(Number.isFinite)).toBe(true);
        expect(loudest(out)).toBeLessThan(200);
      }),
      { numRuns: 30 },
    );
  });

  it('does not click on a steady tone', () => {
    const tone = sine(200, 1, RATE, 0.3);
    const out = play(effect, tone).subarray(Math.round(0.3 * RATE), Math.round(0.9 * RATE));
    let step = 0;
    for (let i = 2; i < out.length; i++) step = Math.max(step, Math.abs(out[i]! - 2 * out[i - 1]! + out[i - 2]!));
    // A tone's second difference is 4·sin²(π·f/rate)·level; a click's is as large as its jump.
    expect(step).toBeLessThan(0.12 * Math.max(0.3, loudest(out)));
  });

  it.each([16_000, 48_000])('works at %i samples a second', (rate) => {
    const other = made(list, rate);
    const out = play(other, speech(rate));
    expect(out.every(Number.isFinite)).toBe(true);
    expect(loudest(out)).toBeGreaterThan(0.1);
    expect(other.delay / rate).toBeCloseTo(effect.delay / RATE, 2);
  });
});
