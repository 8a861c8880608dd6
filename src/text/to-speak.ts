import { speakable } from './speakable.js';
import { sentences } from './split.js';
import { spoken } from './spoken.js';

/** A text as a voice can read it, sentence by sentence: figures and units in words, and nothing that has no sound. */
export const toSpeak = (text: string, language: string): readonly string[] =>
  sentences(speakable(spoken(text, language)));
