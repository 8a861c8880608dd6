import type { Profile } from '../effects/profile.js';
import { Fault } from '../faults.js';
import type { Piece } from '../text/split.js';
import type { Hertz } from '../units.js';
import { type Chain, chains } from './chains.js';
import type { Manner, Piper } from './piper.js';
import { type SentenceSound, sentenceSound } from './render.js';

/** How a sentence is to sound. */
export interface Sounding extends Manner {
  readonly effects: Profile;
}

export interface PieceRequest {
  /** Number of the sentence that the piece is of. */
  readonly sentence: number;
  /** With the first piece of a sentence. */
  readonly as?: Sounding;
  readonly piece: Piece;
  readonly last: boolean;
}

/**
 * Sentences that are made piece by piece. Those of several may alternate: each keeps effects of its own from its first
 * piece to its last.
 */
export interface SentencesInWork {
  /** The sound of a piece. One that does not come to its end, for whatever reason, ends its sentence. */
  piece(request: PieceRequest, signal: AbortSignal): AsyncGenerator<Int16Array>;
  /** The rest of a sentence is not wanted. */
  drop(sentence: number): void;
}

interface Sentence {
  readonly manner: Manner;
  readonly chain: Chain;
  readonly sound: SentenceSound;
  /** A piece of it is being made: its effects are nobody else's before that has ended. */
  busy: boolean;
  wanted: boolean;
}

/** The owner's queue holds half as many; those that it has given up may not have ended yet. */
const MOST_SENTENCES = 128;

export const sentencesInWork = (speak: Piper['speak'], rate: Hertz): SentencesInWork => {
  const idle = chains(rate);
  const sentences = new Map<number, Sentence>();

  const begin = (number: number, { effects, ...manner }: Sounding): Sentence => {
    if (sentences.size >= MOST_SENTENCES) throw new Fault('busy', 'The voice has too many sentences in work');
    const chain = idle.take(effects);
    const sentence = { manner, chain, sound: sentenceSound(chain.effect, rate), busy: false, wanted: true };
    sentences.set(number, sentence);
    return sentence;
  };

  const drop = (number: number): void => {
    const sentence = sentences.get(number);
    if (sentence === undefined) return;
    sentence.wanted = false;
    if (sentence.busy) return;
    sentences.delete(number);
    idle.give(sentence.chain);
  };

  return {
    async *piece({ sentence: number, as, piece, last }, signal) {
      const sentence = as === undefined ? sentences.get(number) : begin(number, as);
      if (sentence === undefined) throw new Fault('internal', `Nothing is known of sentence ${number}`);
      let whole = false;
      sentence.busy = true;
      try {
        const speech = await speak(piece.text, sentence.manner, signal);
        signal.throwIfAborted();
        yield* sentence.sound.add(speech, piece.pause, signal);
        if (last) yield* sentence.sound.end();
        whole = true;
      } finally {
        sentence.busy = false;
        if (last || !whole || !sentence.wanted) drop(number);
      }
    },
    drop,
  };
};
