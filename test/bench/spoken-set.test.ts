import { describe, expect, test } from 'vitest';
import { speak } from '../../src/bench/spoken-set.js';
import { seededRandom } from '../../src/random.js';

const RATE = 16_000;
/** Says everything as half a second of a tone, with silence around it. */
const tone = (said: string[]) => ({
  rate: RATE,
  speak: async (text: string) => {
    said.push(text);
    const sound = new Float32Array(RATE);
    for (let i = RATE / 4; i < (3 * RATE) / 4; i++) sound[i] = Math.sin((2 * Math.PI * 300 * i) / RATE);
    return sound;
  },
});

const levelAt = (samples: Float32Array, at: number): number => {
  const from = at - 80;
  return Math.sqrt(samples.subarray(from, at + 80).reduce((sum, value) => sum + value * value, 0) / 160);
};

describe('an utterance of the bench set', () => {
  test('begins with the wake word, and its labels are the ends of its sounds', async () => {
    const said: string[] = [];
    const { samples, label } = await speak(tone(said), 'turn on the fan', 7, seededRandom(3));
    expect(said).toEqual(['Hey Jarvis.', 'turn on the fan.']);
    expect(label.pause).toBe(0);
    for (const end of [label.wakeEnd, label.lastSound]) {
      const before = levelAt(samples, end - 400);
      expect(before).toBeGreaterThan(0.05);
      expect(levelAt(samples, end + 400)).toBeLessThan(before / 50);
    }
  });

  test('has a pause of 100 to 700 ms where the sentence has a place for it', async () => {
    const random = seededRandom(5);
    const pauses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const said: string[] = [];
      const { label } = await speak(tone(said), 'turn on | the fan', 7, random);
      pauses.push(label.pause);
      if (label.pause === 0) expect(said[1]).toBe('turn on the fan.');
      else expect(said.slice(1)).toEqual(['turn on,', 'the fan.']);
    }
    const paused = pauses.filter((pause) => pause > 0);
    expect(paused.length).toBeGreaterThan(25);
    expect(paused.length).toBeLessThan(40);
    for (const pause of paused) expect(pause).toBeGreaterThanOrEqual(100);
    for (const pause of paused) expect(pause).toBeLessThanOrEqual(700);
  });

  test('is the same again from the same seed', async () => {
    const make = () => speak(tone([]), 'turn on | the fan', 7, seededRandom(9));
    expect(await make()).toEqual(await make());
  });
});
