import {
  CAPTURE_RATE,
  type Milliseconds,
  type SampleIndex,
  type Samples,
  toMilliseconds,
  toSamples,
} from '../../units.js';
import { readSound } from '../sound.js';
import type { Utterance } from '../spoken-set.js';
import { pcmOf } from './pace.js';

/** A wake word as somebody spoke it, with what goes before and after it. */
export interface Word {
  readonly samples: Float32Array;
  readonly end: SampleIndex;
}

/** Sound of one listener's room, with wake words at known places. */
export interface WakeStream {
  readonly pcm: Uint8Array;
  /** Where each word ends. */
  readonly words: readonly Milliseconds[];
}

/** Kept after a wake word: what follows in the recording would be heard as a second one nowhere, but takes time. */
const AFTER: Milliseconds = 500;
/** So that the cut makes no click. */
const FADE: Samples = toSamples(20);

/** The wake words of utterances. */
export const readWords = async (utterances: readonly Utterance[], signal: AbortSignal): Promise<readonly Word[]> => {
  const words: Word[] = [];
  for (const { file, wakeEnd } of utterances) {
    const samples = (await readSound(file, signal)).slice(0, wakeEnd + toSamples(AFTER));
    for (let i = 1; i <= Math.min(FADE, samples.length); i++) samples[samples.length - i]! *= (i - 1) / FADE;
    words.push({ samples, end: wakeEnd });
  }
  return words;
};

/** So many streams, each with a word every `period`: other words in each, in the same place of its own time. */
export const wakeStreams = (
  words: readonly Word[],
  count: number,
  length: Milliseconds,
  period: Milliseconds,
): readonly WakeStream[] => {
  const each = Math.floor(length / period);
  return Array.from({ length: count }, (_, stream) => {
    const samples = new Float32Array(toSamples(length));
    const ends: Milliseconds[] = [];
    for (let i = 0; i < each; i++) {
      const word = words[(stream * each + i) % words.length]!;
      const at = toSamples(i * period);
      samples.set(word.samples.subarray(0, toSamples(period)), at);
      ends.push(toMilliseconds(at + word.end));
    }
    return { pcm: pcmOf(samples), words: ends };
  });
};

/** How long a stream is. */
export const lengthOf = ({ pcm }: WakeStream): Milliseconds => (1000 * pcm.length) / 2 / CAPTURE_RATE;
