import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/options/nearest.js';

describe('the nearest name', () => {
  it('is the one that a slip of the finger makes of it', () => {
    const names = ['wake.threshold', 'wake.words', 'threads', 'voice.speed'];
    expect(nearest('wake.treshold', names)).toBe('wake.threshold');
    expect(nearest('threshold', names)).toBe('wake.threshold');
    expect(nearest('Threads', names)).toBe('threads');
    expect(nearest('voice.sepeed', names)).toBe('voice.speed');
    expect(nearest('qwertyuiop', names)).toBeUndefined();
  });

  it('is measured by a distance worth the name', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(editDistance(one, other)).toBe(editDistance(other, one));
        expect(editDistance(one, one)).toBe(0);
        expect(editDistance(one, other)).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
        expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});
