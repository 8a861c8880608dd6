import { Fault } from './faults.js';
import type { Catalogue } from './models/catalogue.js';
import type { Options } from './options/schema.js';

const WAKE = 'wake-';

/** The catalogue's entries that the options ask for. @throws Fault `usage` for a wake word that no model is known for. */
export const modelsFor = (options: Options, catalogue: Catalogue): readonly string[] => {
  const words = catalogue.entries.filter(({ id }) => id.startsWith(WAKE)).map(({ id }) => id.slice(WAKE.length));
  const unknown = options.wake.words.filter(({ word }) => !words.includes(word));
  if (unknown.length > 0) {
    const named = unknown.map(({ word }) => `"${word}"`).join(', ');
    throw new Fault('usage', `wake.words: no model is known for ${named}.`, {
      hint: `The wake words are: ${words.join(', ')}.`,
    });
  }
  return [...hearingModels(options), VOICE_MODEL];
};

/** Those of wake word, end of speech and recognition. */
export const hearingModels = (options: Options): readonly string[] => [
  'openwakeword',
  'silero-vad',
  ...new Set(options.wake.words.map(({ word }) => wakeModel(word))),
  // One of them recognises, the other stands behind it.
  'vosk-small-en-us',
  'libvosk',
  'moonshine-tiny-en',
];

export const VOICE_MODEL = 'piper-libritts_r-medium';

export const wakeModel = (word: string): string => `${WAKE}${word}`;
