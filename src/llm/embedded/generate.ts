import type { Sampling } from './known-models.js';
import type { LlamaModel, LlamaSequence, Token } from './library.js';

interface Generation {
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  /** What the model has yet to read. At least one. */
  readonly prompt: readonly Token[];
  readonly sampling: Sampling;
  /** Ends the generation after the token at work. */
  readonly signal: AbortSignal;
  readonly seed: number;
  /** State of a grammar. */
  readonly constraint?: object | undefined;
}

interface Piece {
  readonly text: string;
  /** Tokens so far. */
  readonly count: number;
}

/** How far back repetition is punished. */
const REMEMBERED = 64;
/** A character is of four bytes at most, and a token of one at least. */
const LONGEST_CHARACTER = 4;
/** Stands for a character that is not whole yet. */
const BROKEN = '\uFFFD';

/** A model's words as they come. Ends with the model's own end, with the tokens of `sampling`, or with the signal. */
export async function* generate(it: Generation): AsyncGenerator<Piece> {
  const { constraint, model, prompt, sampling, seed, sequence, signal } = it;
  const said: Token[] = [];
  let unspoken: Token[] = [];
  let before: readonly Token[] = prompt;
  const tokens = sequence.evaluate(prompt, {
    temperature: sampling.temperature,
    ...(sampling.minP > 0 ? { minP: sampling.minP } : {}),
    ...(sampling.repeatPenalty === 1
      ? {}
      : { repeatPenalty: { punishTokens: () => said.slice(-REMEMBERED), penalty: sampling.repeatPenalty } }),
    seed,
    ...(constraint === undefined ? {} : { grammarEvaluationState: constraint }),
  });
  for await (const token of tokens) {
    if (signal.aborted || model.isEogToken(token)) return;
    said.push(token);
    if (!model.isSpecialToken(token)) {
      unspoken.push(token);
      const text = model.detokenize(unspoken, false, before);
      const whole = !text.endsWith(BROKEN) || unspoken.length >= LONGEST_CHARACTER;
      if (whole) {
        before = unspoken;
        unspoken = [];
        yield { text: text.replaceAll(BROKEN, ''), count: said.length };
      }
    }
    if (said.length >= sampling.tokens) return;
  }
}
