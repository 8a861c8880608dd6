import { describe, expect, it } from 'vitest';
import { trim } from '../../src/tts/trim.js';

const RATE = 22_050;
const seconds = (duration: number) => Math.round(duration * RATE);
/** Faint noise, with a tone from `from` to `to` (s). */
const tone = (level: number, from: number, to: number, length: number): Float32Array =>
  Float32Array.from({ length: seconds(length) }, (_, i) => {
    const noise = (((i * 7919) % 101) / 101 - 0.5) * 0.0005;
    return i >= seconds(from) && i < seconds(to) ? level * Math.sin((2 * Math.PI * 200 * i) / RATE) : noise;
  });
const rms = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

describe('trim', () => {
  it('leaves less than 15 ms before the speech and less than 40 ms after it', () => {
    const speech = trim(tone(0.3, 0.1, 0.6, 0.8), RATE);
    expect(speech.findIndex((x) => Math.abs(x) > 0.05)).toBeLessThan(seconds(0.015));
    expect(speech.length - speech.findLastIndex((x) => Math.abs(x) > 0.05)).toBeLessThan(seconds(0.04));
    expect(speech.length).toBeGreaterThan(seconds(0.5));
  });

  it('drops a click before the speech and keeps a soft consonant that leads to it', () => {
    const sound = tone(0.3, 0.2, 0.6, 0.8);
    sound.fill(0.01, seconds(0.02), seconds(0.03));
    sound.fill(0.008, seconds(0.15), seconds(0.2));
    const speech = trim(sound, RATE);
    const vowel = speech.findIndex((x) => Math.abs(x) > 0.05);
    expect(vowel).toBeGreaterThan(seconds(0.045));
    expect(vowel).toBeLessThan(seconds(0.065));
  });

  it('fades in and out', () => {
    const speech = trim(tone(0.3, 0, 0.5, 0.5), RATE);
    expect(speech[0]).toBe(0);
    expect(Math.abs(speech.at(-1)!)).toBe(0);
  });

  it('brings quiet and loud speech to one level', () => {
    const levels = [0.05, 0.3, 0.9].map((level) => rms(trim(tone(level, 0.1, 0.6, 0.8), RATE)));
    for (const level of levels) expect(20 * Math.log10(level)).toBeCloseTo(-20, -0.5);
  });

  it('makes nothing of silence, of nothing, and of what is no number', () => {
    expect(trim(new Float32Array(5000), RATE)).toHaveLength(0);
    expect(trim(new Float32Array(0), RATE)).toHaveLength(0);
    expect(trim(new Float32Array(5000).fill(Number.NaN), RATE)).toHaveLength(0);
  });
});
