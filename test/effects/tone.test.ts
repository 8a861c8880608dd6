import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bass } from '../../src/effects/bass.js';
import { chorus } from '../../src/effects/chorus.js';
import { distortion } from '../../src/effects/distortion.js';
import { leveller } from '../../src/effects/leveller.js';
import { limiter } from '../../src/effects/limiter.js';
import { reverb } from '../../src/effects/reverb.js';
import { ringModulator } from '../../src/effects/ring-modulator.js';
import { subOctave } from '../../src/effects/sub-octave.js';
import { amplitudeAt, lagOf, play } from './measures.js';
import { decibels, joined, loudest, noise, rms, sine, vowel } from './sounds.js';

const RATE = 22_050;
const settled = (sound: Float32Array): Float32Array => sound.subarray(RATE / 2, RATE / 2 + RATE);

describe('bass', () => {
  const gainAt = (frequency: number): number => {
    const out = play(bass({ gain: 6, corner: 200 }, RATE), sine(frequency, 2, RATE, 0.25));
    return decibels(amplitudeAt(settled(out), frequency, RATE) / 0.25);
  };

  it('raises the lows, half of it at the corner, and leaves the highs alone', () => {
    expect(gainAt(25)).toBeCloseTo(6, 0.5);
    expect(gainAt(200)).toBeCloseTo(3, 1);
    expect(gainAt(3_000)).toBeCloseTo(0, 1);
  });

  it('lets direct current through at the gain of the lows', () => {
    const out = bass({ gain: 6, corner: 200 }, RATE).process(new Float32Array(RATE).fill(0.1));
    expect(decibels(out.at(-1)! / 0.1)).toBeCloseTo(6, 2);
  });
});

describe('ring modulator', () => {
  it('puts copies of a tone the carrier above and below it', () => {
    const out = settled(play(ringModulator({ frequency: 40, mix: 0.5 }, RATE), sine(1_000, 2, RATE, 0.5)));
    expect(amplitudeAt(out, 1_000, RATE)).toBeCloseTo(0.25, 3);
    expect(amplitudeAt(out, 960, RATE)).toBeCloseTo(0.125, 3);
    expect(amplitudeAt(out, 1_040, RATE)).toBeCloseTo(0.125, 3);
  });
});

describe('sub-octave', () => {
  it('adds half the pitch of a voice, which was not there', () => {
    const dry = vowel(() => 80, 2, RATE);
    const wet = settled(play(subOctave({ mix: 0.5 }, RATE), dry));
    expect(decibels(amplitudeAt(wet, 40, RATE) / amplitudeAt(settled(dry), 40, RATE))).toBeGreaterThan(30);
    expect(amplitudeAt(wet, 40, RATE)).toBeGreaterThan(0.1 * amplitudeAt(wet, 80, RATE));
  });
});

describe('distortion', () => {
  it('keeps full scale and saturates below it', () => {
    const out = play(distortion({ drive: 3 }, RATE), sine(200, 1, RATE, 1));
    expect(loudest(out)).toBeLessThan(1.02);
    expect(loudest(out)).toBeGreaterThan(0.97);
    expect(rms(out)).toBeGreaterThan(rms(sine(200, 1, RATE, 1)));
  });

  it('folds back less than −50 dB of a tone at 5 kHz that is driven at the default', () => {
    const out = settled(play(distortion({ drive: 1.5 }, RATE), sine(5_000, 2, RATE, 0.9)));
    const tone = amplitudeAt(out, 5_000, RATE);
    // Partials at 15, 25 and 35 kHz would fold to these; 9,100 Hz is where the seventh folds to at twice the rate.
    for (const folded of [RATE - 15_000, 25_000 - RATE, 44_100 - 35_000]) {
      expect(decibels(amplitudeAt(out, folded, RATE) / tone)).toBeLessThan(-50);
    }
  });

  it('lags by what it says', () => {
    const effect = distortion({ drive: 0.2 }, RATE);
    const dry = noise(0.2, RATE, 0.1);
    expect(lagOf(dry, play(effect, dry), 100)).toBe(effect.delay);
  });
});

describe('reverb', () => {
  const impulse = new Float32Array(100);
  impulse[0] = 1;

  it('passes the voice at once and as it is', () => {
    expect(reverb({ mix: 0.1, room: 0.7 }, RATE).process(impulse)[0]).toBe(1);
  });

  it('dies by 60 dB within the time of its room', () => {
    const room = 0.6;
    const effect = reverb({ mix: 1, room }, RATE);
    effect.process(impulse);
    const tail = effect.process(new Float32Array(RATE)).slice();
    const level = (from: number): number => decibels(rms(tail.subarray(from * RATE, (from + 0.1) * RATE)));
    expect(Math.abs(level(0.1) - level(0.4) - (60 * 0.3) / room)).toBeLessThan(10);
  });

  it('is about as much quieter than the voice as its mix says', () => {
    const dry = noise(3, RATE);
    const wet = play(reverb({ mix: 0.1, room: 0.7 }, RATE), dry);
    const echoes = dry.map((x, i) => wet[i]! - x).subarray(RATE);
    expect(Math.abs(decibels(rms(echoes) / rms(dry)) + 20)).toBeLessThan(3);
  });
});

describe('chorus', () => {
  it('is the voice, and the voice again a little later', () => {
    const effect = chorus({ frequency: 0.7, depth: 2, distance: 12, mix: 1 }, RATE);
    const impulse = new Float32Array(RATE / 10);
    impulse[0] = 1;
    const out = effect.process(impulse);
    expect(out[0]).toBeCloseTo(0.5);
    const echo = out.subarray(1).reduce((at, x, i, all) => (Math.abs(x) > Math.abs(all[at]!) ? i : at), 0) + 1;
    expect(Math.abs(echo / RATE - 0.012)).toBeLessThan(0.002);
  });
});

describe('limiter', () => {
  const limit = 10 ** (-1 / 20);

  it('never exceeds its ceiling, whatever comes', () => {
    const effect = limiter({ ceiling: -1 }, RATE);
    const loud = fc.float32Array({ minLength: 1, maxLength: 4_000, min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(loud, (samples) => loudest(play(effect, samples)) <= limit),
      { numRuns: 200 },
    );
    for (const level of [1, 2, 7.9]) {
      expect(loudest(play(effect, noise(2, RATE, level)))).toBeLessThanOrEqual(limit);
      expect(loudest(play(effect, sine(50, 2, RATE, level)))).toBeLessThanOrEqual(limit);
      expect(loudest(play(effect, new Float32Array(RATE).fill(level)))).toBeLessThanOrEqual(limit);
    }
  });

  it('only delays what is below the ceiling', () => {
    const effect = limiter({ ceiling: -1 }, RATE);
    const dry = noise(0.5, RATE, 0.8);
    const out = play(effect, dry);
    for (let i = 0; i < dry.length; i++) expect(out[i + effect.delay]).toBeCloseTo(dry[i]!, 6);
  });

  it('has its gain down when a peak comes, and does not cut the peak off', () => {
    const effect = limiter({ ceiling: -1 }, RATE);
    const dry = new Float32Array(RATE / 5).fill(0.2);
    const at = 2_000;
    dry[at] = 4;
    const out = play(effect, dry);
    const gain = (i: number): number => out[i + effect.delay]! / dry[i]!;
    // A ramp over the look-ahead falls by 0.28 dB from sample to sample where it ends; a cut is a jump.
    expect(gain(at)).toBeGreaterThan(0.2);
    for (const near of [at - 1, at + 1]) expect(Math.abs(decibels(gain(near) / gain(at)))).toBeLessThan(0.35);
    expect(gain(at - effect.delay - 1)).toBe(1);
  });

  it('bends its gain before a peak instead of cutting the peak off', () => {
    const tone = sine(300, 1, RATE, 0.5).map((x, i) => (i > RATE / 2 ? 3 * x : x));
    const out = play(limiter({ ceiling: -1 }, RATE), tone).subarray(RATE * 0.6, RATE * 0.9);
    expect(decibels(amplitudeAt(out, 900, RATE) / amplitudeAt(out, 300, RATE))).toBeLessThan(-35);
  });
});

describe('leveller', () => {
  const params = { loudness: -20, range: 12 } as const;
  const words = (level: number): Float32Array =>
    joined(
      ...[1, 2, 3, 4, 5, 6].flatMap(() => [
        vowel(() => 110, 0.35, RATE).map((x) => level * x),
        new Float32Array(3_000),
      ]),
    );
  const levelOfLast = (sound: Float32Array): number =>
    decibels(rms(sound.subarray(sound.length - 11_000, sound.length - 4_000)));

  it.each([0.3, 0.7, 1.4])('brings speech of %f times its level to the loudness', (level) => {
    expect(Math.abs(levelOfLast(leveller(params, RATE).process(words(level))) + 20)).toBeLessThan(2);
  });

  it('amplifies neither noise nor silence in pauses', () => {
    const effect = leveller(params, RATE);
    effect.process(words(1));
    const hiss = noise(10, RATE, 0.0015);
    const first = effect.process(hiss.subarray(0, RATE)).slice();
    const last = effect.process(hiss).slice(-RATE);
    expect(Math.abs(decibels(rms(last) / rms(first)))).toBeLessThan(0.1);
    expect(rms(leveller(params, RATE).process(hiss))).toBe(rms(hiss));
  });

  it('does not pump: within a word the gain moves by less than 1.5 dB upwards', () => {
    const word = vowel(() => 110, 0.35, RATE).map((x) => 0.2 * x);
    const effect = leveller(params, RATE);
    const out = effect.process(word);
    const gain = (at: number): number => decibels(out[at]! / word[at]!);
    const peaks = [...word.keys()].filter((i) => Math.abs(word[i]!) > 0.02);
    expect(gain(peaks.at(-1)!) - gain(peaks[0]!)).toBeLessThan(1.5);
  });

  it('goes no further than its range', () => {
    const quiet = vowel(() => 110, 8, RATE).map((x) => 0.02 * x);
    const out = leveller({ loudness: -20, range: 6 }, RATE).process(quiet);
    expect(decibels(rms(out.subarray(-RATE)) / rms(quiet.subarray(-RATE)))).toBeLessThan(6.01);
  });
});
