import type { Milliseconds } from '../../units.js';
import type { LlamaSequence, Token } from './library.js';

/** Has a model read tokens, of which it still knows the ones it began with the last time. */
export interface Reader {
  /**
   * Forgets what does not begin like `tokens`.
   *
   * @param leave the last token unread in any case: what is generated follows from reading it.
   */
  align(tokens: readonly Token[], leave: boolean): Promise<void>;
  /**
   * Reads on to `end`. Ends early when the signal is aborted, after the piece at work, and keeps what it has read.
   *
   * @param leave the last piece, for who generates from it. Default false.
   * @returns how many were read.
   */
  read(tokens: readonly Token[], end: number, signal: AbortSignal, leave?: boolean): Promise<number>;
}

/**
 * How long the model reads at a stretch, and so how long an abort takes: what is once handed over is read to its end.
 */
const STRETCH: Milliseconds = 80;
/**
 * Each piece costs one pass over the model's weights, whatever its size, so that a large model's pieces take longer: at least
 * so many such passes are spent on the tokens themselves. SmolLM2 135M: pieces of 18 tokens, 80 ms, 12 % more than at one
 * go; TinyLlama 1.1B IQ2: of 47, 0.5 s, 40 % more, where pieces of 8 would cost three times as much (one thread, AVX-512).
 */
const WORTH_A_PASS = 2.5;
const SMALLEST = 8;
const LARGEST = 64;
const SAMPLE = 32;

/** @param sample of at least 33 tokens, read for nothing but their time. */
export const createReader = async (
  sequence: LlamaSequence,
  sample: readonly Token[],
  now: () => Milliseconds,
): Promise<Reader> => {
  const time = async (tokens: readonly Token[]): Promise<Milliseconds> => {
    const began = now();
    await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    return now() - began;
  };
  // The very first one pays for what is set up then.
  await time(sample.slice(0, 1));
  const one = Math.min(await time(sample.slice(0, 1)), await time(sample.slice(0, 1)));
  const many = await time(sample.slice(1, 1 + SAMPLE));
  await sequence.clearHistory();
  const perToken = Math.max(0.01, (many - one) / (SAMPLE - 1));
  const pass = Math.max(0, one - perToken);
  const wanted = Math.max((STRETCH - pass) / perToken, (WORTH_A_PASS * pass) / perToken);
  const piece = Math.min(LARGEST, Math.max(SMALLEST, Math.round(wanted)));

  return {
    async align(tokens, leave) {
      await sequence.adaptStateToTokens(tokens, false);
      const last = tokens.length - 1;
      if (leave && sequence.nextTokenIndex > last) {
        await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }]);
      }
    },
    async read(tokens, end, signal, leave = false) {
      const from = sequence.nextTokenIndex;
      for (let at = from; at < end && !signal.aborted; at = sequence.nextTokenIndex) {
        if (leave && at + piece >= end) break;
        await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, Math.min(end, at + piece)));
      }
      return Math.max(0, sequence.nextTokenIndex - from);
    },
  };
};

/** How many tokens two sequences begin with in common. */
export const commonPrefix = (a: readonly Token[], b: readonly Token[]): number => {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) if (a[at] !== b[at]) return at;
  return length;
};
