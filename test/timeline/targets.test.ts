import { describe, expect, it } from 'vitest';
import { missedTargets, ratingOf, spansOf } from '../../src/timeline/targets.js';
import { GOOD, SLOW, turnWith } from './turns.js';

describe('the parts of a turn', () => {
  it('are measured between their marks, and follow one another from the last sound to the first of the answer', async () => {
    const spans = spansOf(await turnWith(GOOD));
    expect(Object.fromEntries(spans.map(({ name, duration }) => [name, duration]))).toEqual({
      wake: 18,
      pause: 62,
      recognition: 26,
      understanding: 2,
      wait: 96,
      action: 3,
      answer: 1,
      synthesis: 6,
      output: 7,
      total: 203,
    });
    const parts = spans.filter(({ name }) => name !== 'wake' && name !== 'total');
    expect(parts.reduce((sum, { duration }) => sum + duration, 0)).toBe(203);
    expect(missedTargets(spans)).toEqual([]);
  });

  it('that miss their target are named', async () => {
    expect(missedTargets(spansOf(await turnWith(SLOW)))).toEqual([
      'recognition took 278 ms, the target is under 200 ms',
      'voice took 675 ms, the target is under 600 ms',
      'last sound to answer took 1104 ms, the target is under 500 ms',
    ]);
  });

  it('have the stricter target where the line was rendered before', async () => {
    const turn = await turnWith({ ...GOOD, firstSynthesized: 450, firstAudio: 451 });
    expect(missedTargets(spansOf(turn))).toEqual([]);
    expect(missedTargets(spansOf(turn, { cached: true }))).toEqual([
      'voice (cached) took 260 ms, the target is under 200 ms',
    ]);
  });

  it('that a turn did not have are left out, and what was done ahead took no time', async () => {
    const spans = spansOf(await turnWith({ lastSound: 0, pause: 60, draft: 80, firstSynthesized: 85, firstText: 90 }));
    expect(spans.map(({ name }) => name)).toEqual(['wake', 'pause', 'recognition', 'synthesis']);
    expect(spans.at(-1)?.duration).toBe(0);
  });

  it('include the buffer of the effects where it is known', async () => {
    const turn = await turnWith(GOOD);
    expect(missedTargets(spansOf(turn, { effectsDelay: 15 }))).toEqual([]);
    expect(missedTargets(spansOf(turn, { effectsDelay: 33 }))).toEqual([
      'effects buffer took 33 ms, the target is under 20 ms',
    ]);
  });

  it('that take exactly their limit are missed, since targets say "under"', async () => {
    const spans = spansOf(await turnWith({ lastSound: 0, pause: 50, draft: 250, firstAudio: 499.9 }));
    expect(spans.filter(({ met }) => !met).map(({ name }) => name)).toEqual(['recognition']);
  });

  it('are rated as the guide rates', () => {
    expect([499.9, 500, 999, 1_000].map(ratingOf)).toEqual(['excellent', 'good', 'good', 'too slow']);
  });
});
