/** A loaded model that reads prompts and answers, one at a time. */
import { performance } from 'node:perf_hooks';
import { messageOf } from '../../faults.js';
import { generate } from './generate.js';
import type { Llama, LlamaLibrary, LlamaModel, LlamaSequence, Token } from './library.js';
import { type PromptTokens, tokensOf } from './prompt-tokens.js';
import { commonPrefix, createReader } from './reader.js';
import { spoken } from './spoken.js';
import type { States } from './states.js';
import type { Template } from './template.js';
import { createTurns } from './turns.js';
import type { AnswerItem, AnswerParams, Figures, Question, Reading, Speed } from './wire.js';

interface MindParts {
  readonly library: LlamaLibrary;
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  readonly template: Template;
  /** Tokens. */
  readonly context: number;
  readonly threads: number;
  readonly states: States | undefined;
  /** Names the state in which these tokens have been read. */
  readonly keyOf: (tokens: readonly Token[]) => string;
}

export interface Mind {
  /** Ends, with its figures, also when the signal is aborted: after one more token, or one more piece of the prompt. */
  answer(params: AnswerParams, signal: AbortSignal): AsyncGenerator<AnswerItem>;
  /** Gives way to an answer that is wanted meanwhile; what it has read by then is kept. */
  warm(question: Question, signal: AbortSignal): Promise<Reading>;
  /** Settles when the answer of this name has ended. */
  stopped(turn: number): Promise<void>;
  measure(signal: AbortSignal): Promise<Speed>;
}

/** Beside the one at work. */
const MOST_WAITING = 4;
/** Reading this few tokens takes no longer than loading a state. */
const WORTH_LOADING = 24;
/** From this part of its tokens on, an answer ends with its sentence. */
const NEARLY_ALL = 0.7;

/** Read once at the start, which also spares the first question what the first evaluation sets up; and to measure with. */
const SAMPLE = 'Once upon a midnight dreary, while I pondered, weak and weary, over many a curious volume. '.repeat(3);

export const createMind = async (parts: MindParts): Promise<Mind> => {
  const { context, keyOf, library, llama, model, sequence, states, template } = parts;
  const now = () => performance.now();
  const sample = model.tokenize(SAMPLE, false);
  // In time of its own threads: how busy the machine is at the start says nothing of the model.
  const worked = () => {
    const { system, user } = process.cpuUsage();
    return (system + user) / 1000 / parts.threads;
  };
  const reader = await createReader(sequence, sample, worked);
  const turns = createTurns(MOST_WAITING);
  const answering = new Map<number, Promise<void>>();
  /** States that are on disk. */
  const kept = new Set<string>();
  let warming: AbortController | undefined;

  /** The beginning of a prompt from disk, where more of it is there than the model still knows. */
  const fromDisk = async ({ all, fixed }: PromptTokens): Promise<number> => {
    const beginning = all.slice(0, fixed);
    if (states === undefined || commonPrefix(sequence.contextTokens, beginning) + WORTH_LOADING > fixed) return 0;
    const key = keyOf(beginning);
    const path = await states.find(key);
    if (path === undefined) return 0;
    try {
      await sequence.loadStateFromFile(path, { acceptRisk: true });
      kept.add(key);
    } catch (error) {
      console.error(`The state ${path} cannot be used: ${messageOf(error)}`);
      await sequence.clearHistory();
    }
    return commonPrefix(sequence.contextTokens, beginning);
  };

  const toDisk = async ({ all, fixed }: PromptTokens): Promise<void> => {
    if (states === undefined || sequence.nextTokenIndex !== fixed || fixed < WORTH_LOADING) return;
    const key = keyOf(all.slice(0, fixed));
    if (kept.has(key)) return;
    try {
      await states.keep(key, (path) => sequence.saveStateToFile(path));
      kept.add(key);
    } catch (error) {
      // A full disk costs the next start two seconds, and nobody their answer.
      console.error(`The state of a prompt could not be kept: ${messageOf(error)}`);
    }
  };

  /** @param leave the last piece of the prompt. */
  const read = async (prompt: PromptTokens, signal: AbortSignal, leave: boolean): Promise<Reading> => {
    const { all, fixed } = prompt;
    const loaded = await fromDisk(prompt);
    await reader.align(all, leave);
    const known = sequence.nextTokenIndex;
    let count = 0;
    if (known < fixed) {
      count += await reader.read(all, fixed, signal);
      await toDisk(prompt);
    }
    count += await reader.read(all, all.length, signal, leave);
    return { prompt: all.length, kept: known, fromDisk: Math.min(loaded, known), read: count };
  };

  async function* speak(params: AnswerParams, signal: AbortSignal): AsyncGenerator<AnswerItem> {
    const { begin, sampling, seed } = params;
    const began = now();
    const prompt = tokensOf(model, template, params, { context, answer: sampling.tokens });
    const reading = await read(prompt, signal, true);
    const rest = prompt.all.slice(sequence.nextTokenIndex);
    const begun = begin !== undefined && begin.trim() !== '';
    const parting = spoken(prompt.calls, sampling.sentences, begun);
    let generated = 0;
    let firstToken: number | undefined;
    let ended: Figures['ended'] = signal.aborted ? 'aborted' : 'model';
    if (!signal.aborted) {
      const grammar = prompt.calls && new library.LlamaGrammar(llama, { grammar: prompt.calls.grammar(begun) });
      const constraint = grammar && new library.LlamaGrammarEvaluationState({ model, grammar });
      const pieces = generate({ model, sequence, prompt: rest, sampling, signal, seed, constraint });
      for await (const piece of pieces) {
        firstToken ??= now() - began;
        generated = piece.count;
        const { done, items } = parting.push(piece.text);
        yield* items;
        if (done !== undefined) ended = done;
        else if (piece.count >= sampling.tokens) ended = 'tokens';
        else if (piece.count >= NEARLY_ALL * sampling.tokens && parting.atSentenceEnd) ended = 'sentences';
        if (ended !== 'model') break;
      }
      if (signal.aborted) ended = 'aborted';
      else yield* parting.end();
    }
    const counted = { prompt: reading.prompt, kept: reading.kept, fromDisk: reading.fromDisk };
    const figures = { ...counted, read: prompt.all.length - reading.kept, generated, ended, firstToken };
    yield { kind: 'figures', figures: { ...figures, total: now() - began } };
  }

  const inTurn = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const release = await turns.take(signal);
    try {
      return await work();
    } finally {
      release();
    }
  };

  return {
    async *answer(params, signal) {
      let end = () => {};
      answering.set(
        params.turn,
        new Promise((resolve) => {
          end = resolve;
        }),
      );
      let release = () => {};
      try {
        warming?.abort();
        release = await turns.take(signal);
        yield* speak(params, signal);
      } finally {
        answering.delete(params.turn);
        release();
        end();
      }
    },
    warm: (question, signal) =>
      inTurn(signal, async () => {
        const own = new AbortController();
        warming = own;
        // One that came while this waited for its turn could not abort it.
        if (answering.size > 0) own.abort();
        try {
          const prompt = tokensOf(model, template, question, { context, answer: undefined });
          return await read(prompt, AbortSignal.any([signal, own.signal]), false);
        } finally {
          warming = undefined;
        }
      }),
    stopped: async (turn) => answering.get(turn),
    measure: (signal) =>
      inTurn(signal, async () => {
        await sequence.clearHistory();
        const began = now();
        await reader.read(sample, sample.length - 1, signal);
        const readAfter = now() - began;
        const sampling = { temperature: 0, minP: 0, repeatPenalty: 1, tokens: 24, sentences: 1 };
        let first = 0;
        let count = 0;
        for await (const piece of generate({ model, sequence, prompt: sample.slice(-1), sampling, signal, seed: 0 })) {
          if (count === 0) first = now();
          count = piece.count;
        }
        const took = now() - first;
        await sequence.clearHistory();
        signal.throwIfAborted();
        return { reading: (1000 * (sample.length - 1)) / readAfter, generating: (1000 * (count - 1)) / took };
      }),
  };
};
