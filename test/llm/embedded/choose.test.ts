import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseModel, expectedSpeed, SLOWEST } from '../../../src/llm/embedded/choose.js';
import { decidesRight, KNOWN_MODELS, samplingFor } from '../../../src/llm/embedded/known-models.js';

const GB = 1e9;
const choose = (memory: number, cores: number, measured: Record<string, number> = {}) =>
  chooseModel({ freeMemory: memory * GB, cores, measured: new Map(Object.entries(measured)) });
const chosen = (...given: Parameters<typeof choose>) => {
  const choice = choose(...given);
  return choice.kind === 'model' ? choice.id : 'none';
};

describe('the choice of an embedded model', () => {
  it.each([
    [1, 8, 'none'],
    [16, 2, 'none'],
    [2, 4, 'qwen2.5-0.5b'],
    [4, 4, 'llama3.2-1b'],
    [16, 4, 'llama3.2-1b'],
    [4, 3, 'qwen2.5-0.5b'],
    [6, 8, 'qwen2.5-1.5b'],
    [3, 8, 'qwen2.5-0.5b'],
  ])('with %i GB free and %i cores is %s', (memory, cores, id) => {
    expect(chosen(memory, cores)).toBe(id);
  });

  it('steps down where a model is too slow, to one that should be fast enough', () => {
    expect(chosen(8, 8, { 'qwen2.5-1.5b': 7 })).toBe('llama3.2-1b');
    expect(chosen(8, 8, { 'qwen2.5-1.5b': 4 })).toBe('qwen2.5-0.5b');
    expect(chosen(8, 8, { 'qwen2.5-1.5b': 2 })).toBe('none');
    expect(chosen(4, 4, { 'llama3.2-1b': 5, 'qwen2.5-0.5b': 7.9 })).toBe('none');
  });

  it('steps up where a measurement promises that the largest is fast enough', () => {
    expect(chosen(8, 8, { 'qwen2.5-1.5b': 13 })).toBe('gemma2-2b');
    expect(chosen(8, 8, { 'qwen2.5-1.5b': 13, 'gemma2-2b': 7 })).toBe('qwen2.5-1.5b');
  });

  it('learns from a small model before a large one is fetched', () => {
    expect(chosen(8, 8, { 'smollm2-135m': 50 })).toBe('qwen2.5-0.5b');
    const half = KNOWN_MODELS.find(({ id }) => id === 'qwen2.5-0.5b')!;
    expect(expectedSpeed(half, new Map([['smollm2-135m', 107]]))).toBeCloseTo(21.4, 1);
    // Its kernel is another: nothing follows from it.
    expect(expectedSpeed(half, new Map([['tinyllama-1.1b-iq2', 10]]))).toBeUndefined();
  });

  it('says why', () => {
    expect(choose(1, 4).why).toBe('1.0 GB of memory are free, and the smallest good model needs 2.0 GB');
    expect(choose(9, 2).why).toContain('2 cores');
    expect(choose(4, 4, { 'llama3.2-1b': 11 }).why).toBe(
      '4 cores, 4.0 GB of memory free, 11.0 tokens a second measured',
    );
  });

  it('is never one that speaks nonsense, or that is known to be too slow', () => {
    const speeds = fc.dictionary(
      fc.constantFrom(...KNOWN_MODELS.map(({ id }) => id)),
      fc.double({ min: 0.1, max: 300, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 64, noNaN: true }),
        fc.integer({ min: 1, max: 32 }),
        speeds,
        (memory, cores, measured) => {
          const id = chosen(memory, cores, measured);
          if (id === 'none') return;
          expect(KNOWN_MODELS.find((it) => it.id === id)?.use).toBe('mind');
          if (measured[id] !== undefined) expect(measured[id]).toBeGreaterThanOrEqual(SLOWEST);
        },
      ),
    );
  });
});

describe('a small model', () => {
  it('says one short sentence', () => {
    expect(samplingFor(0.135e9)).toMatchObject({ sentences: 1, tokens: 30 });
    expect(samplingFor(0.5e9).sentences).toBeGreaterThan(1);
  });

  it.each([
    [0.135e9, { right: 60, of: 60 }, false],
    [1.1e9, { right: 60, of: 60 }, false],
    [1.24e9, { right: 60, of: 60 }, false],
    [1.54e9, { right: 60, of: 60 }, true],
    [1.54e9, { right: 56, of: 60 }, false],
    [1.54e9, { right: 3, of: 3 }, false],
    [7e9, undefined, false],
  ])('of %i parameters, judged %o, decides: %s', (parameters, judged, expected) => {
    expect(decidesRight(parameters, judged)).toBe(expected);
  });
});
