import type { Spoken } from './hearing.js';
import { normalise } from './normalise.js';

interface Result {
  readonly text?: string;
  readonly partial?: string;
  readonly result?: readonly { readonly word: string; readonly conf: number }[];
}

/** How Vosk writes words that it was told not to expect. */
const UNKNOWN = '[unk]';
/** What Kaldi's small models hear in noise. Alone they are no command and no answer. */
const NOISE = new Set(['the', 'huh', 'a', 'uh', 'um', 'hm', 'hmm', 'mm']);
/**
 * Below this in every word nothing was said: a hum was heard as "i he he" with 0.39 at most, while the best word of
 * any of 140 recordings of single words reached 0.46, one of 0.37 ("mr", said nowhere) aside.
 */
const DOUBTFUL = 0.42;

/** The text of a final result; empty where it is only what noise sounds like. The confidence is the mean of the words. */
export const spokenOf = (json: string): Spoken => {
  const { result = [], text = '' } = JSON.parse(json) as Result;
  const words = normalise(text)
    .split(' ')
    .filter((word) => word !== '');
  if (words.every((word) => NOISE.has(word))) return { text: '' };
  if (result.length === 0) return { text: words.join(' ') };
  if (result.every(({ conf }) => conf < DOUBTFUL)) return { text: '' };
  const confidence = result.reduce((sum, { conf }) => sum + conf, 0) / result.length;
  // Sums of Kaldi's posteriors may exceed 1 in the last digit.
  return { text: words.join(' '), confidence: Math.min(1, confidence) };
};

/** The text of a final result of a recogniser that expects certain phrases; `[unk]` stands for what was none of them. */
export const expectedOf = (json: string): string => {
  const { text = '' } = JSON.parse(json) as Result;
  const words = text.split(UNKNOWN).map(normalise);
  return words.join(` ${UNKNOWN} `).replace(/ +/g, ' ').trim();
};

export const partialOf = (json: string): string => {
  const { partial = '' } = JSON.parse(json) as Result;
  return NOISE.has(partial) ? '' : normalise(partial);
};
