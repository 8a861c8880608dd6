import { describe, expect, it } from 'vitest';
import { decision, type WordRule } from '../../src/wake/decision.js';

const FRAME = 1_280;
const rule = (word: string, patience = 1, threshold = 0.5): WordRule => ({ word, threshold, patience });

/** Takes every candidate and says in which frame (from 1) each came. */
const detections = (rules: WordRule[], frames: number[][], refractoryFrames = 3): string[] => {
  const decide = decision(rules, refractoryFrames * FRAME);
  return frames.flatMap((scores, i) => {
    const candidate = decide.next(scores, (i + 1) * FRAME);
    if (!candidate) return [];
    decide.taken();
    return [`${candidate.word} in ${i + 1}, crossed in ${candidate.at / FRAME}`];
  });
};
const ofOne = (...scores: number[]): number[][] => scores.map((score) => [score]);

describe('the decision on a wake word', () => {
  it('takes the first frame that reaches the threshold', () => {
    expect(detections([rule('a')], ofOne(0, 0.49, 0.5, 0.9, 0.1))).toEqual(['a in 3, crossed in 3']);
  });

  it('waits for as many frames in a row as patience asks, and names the one in which the score crossed', () => {
    expect(detections([rule('a', 3)], ofOne(0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0))).toEqual(['a in 6, crossed in 4']);
  });

  it('takes a word that goes on sounding once, however long its score stays up', () => {
    expect(detections([rule('a')], ofOne(...Array<number>(20).fill(0.9)))).toEqual(['a in 1, crossed in 1']);
  });

  it('takes a word again once the refractory time is over', () => {
    expect(detections([rule('a')], ofOne(0.9, 0, 0.9, 0, 0.9))).toEqual([
      'a in 1, crossed in 1',
      'a in 5, crossed in 5',
    ]);
  });

  it('counts a score that stays up over the end of the refractory time from there', () => {
    expect(detections([rule('a')], ofOne(0.9, 0, 0.9, 0.9, 0.9))).toEqual([
      'a in 1, crossed in 1',
      'a in 4, crossed in 4',
    ]);
  });

  it('takes the more probable of two words, and then neither', () => {
    expect(
      detections(
        [rule('a'), rule('b')],
        [
          [0.6, 0.8],
          [0.9, 0.9],
          [0, 0],
        ],
      ),
    ).toEqual(['b in 1, crossed in 1']);
  });

  it('judges each word by its own threshold', () => {
    expect(
      detections(
        [rule('a', 1, 0.95), rule('b', 1, 0.3)],
        [
          [0.9, 0.2],
          [0.9, 0.31],
        ],
      ),
    ).toEqual(['b in 2, crossed in 2']);
  });

  it('offers a word again in the next frame where it was not taken', () => {
    const decide = decision([rule('a')], FRAME);
    expect(decide.next([0.9], FRAME)).toMatchObject({ at: FRAME });
    expect(decide.next([0.9], 2 * FRAME)).toMatchObject({ at: FRAME });
  });

  it('forgets a run at a gap, but not what it has taken', () => {
    const decide = decision([rule('a', 2)], 10 * FRAME);
    decide.next([0.9], FRAME);
    decide.reset();
    expect(decide.next([0.9], 3 * FRAME)).toBeUndefined();
    expect(decide.next([0.9], 4 * FRAME)).toBeDefined();
    decide.taken();
    decide.reset();
    expect(decide.next([0.9], 6 * FRAME)).toBeUndefined();
    expect(decide.next([0.9], 7 * FRAME)).toBeUndefined();
  });

  it('forgets what it has taken where the clock begins anew', () => {
    const decide = decision([rule('a')], 1_000 * FRAME);
    decide.next([0.9], 500 * FRAME);
    decide.taken();
    decide.reset();
    expect(decide.next([0.9], FRAME)).toMatchObject({ at: FRAME });
  });

  it('takes no score that is no number', () => {
    expect(detections([rule('a')], ofOne(Number.NaN, Number.NaN))).toEqual([]);
  });
});
