import type { Effect } from '../stages.js';
import type { Hertz, Semitones } from '../units.js';
import { effectOf } from './kernel.js';
import type { VoiceRange } from './pitch-tracker.js';
import { psola } from './psola.js';

export interface PitchParams extends VoiceRange {
  /** How far the pitch moves: −12 is an octave down. */
  readonly shift: Semitones;
  /** How far the formants move: −3 is a throat a fifth longer. Past −5 words are lost. */
  readonly formants: Semitones;
}

/** Moves the pitch of a voice, and its formants, each by its own interval. Delay: 1.25 periods of `lowest`. */
export const pitch = ({ shift, formants, lowest, highest }: PitchParams, rate: Hertz): Effect =>
  effectOf(psola([{ shift, formants, level: 1 }], { lowest, highest }, rate));
