import type { Effect } from '../stages.js';
import type { Hertz } from '../units.js';
import { effectOf } from './kernel.js';
import type { VoiceRange } from './pitch-tracker.js';
import type { Voice } from './psola.js';
import { psola } from './psola.js';

export interface LayersParams extends VoiceRange {
  /** The voices that speak at once; the first leads. */
  readonly voices: readonly Voice[];
}

/** Several voices made of one, in unison but for their pitch. They share the search for the pitch, and its delay. */
export const layers = ({ voices, lowest, highest }: LayersParams, rate: Hertz): Effect =>
  effectOf(psola(voices, { lowest, highest }, rate));
