import type { Risk } from '../stages.js';
import type { Action } from './actions.js';

export type TimerDeed = 'start' | 'more' | 'less' | 'cancel' | 'cancel_all' | 'pause' | 'resume' | 'status';

export type Question =
  | { readonly about: 'state'; readonly entities: readonly string[]; readonly state: string; readonly group?: string }
  /** Which of these are in a state; without entities: which of all. */
  | {
      readonly about: 'which';
      readonly entities: readonly string[];
      readonly state: string;
      /** "lights", "windows". */
      readonly kind: string;
      readonly area?: string;
    }
  | { readonly about: 'level'; readonly entities: readonly string[] }
  /** What all of these are like, in short. */
  | { readonly about: 'report'; readonly entities: readonly string[] }
  | { readonly about: 'temperature' | 'humidity'; readonly area?: string }
  | { readonly about: 'playing' | 'volume'; readonly entities: readonly string[] }
  | { readonly about: 'time' | 'date' };

/** What a sentence asks of a house, with all names resolved. Plain data. */
export type Meaning =
  | {
      readonly kind: 'change';
      readonly intent: string;
      readonly action: Action;
      readonly entities: readonly string[];
      /** A group as it was named, ready to be spoken: "the kitchen lights". */
      readonly group?: string;
      readonly area?: string;
      readonly risk: Risk;
    }
  | { readonly kind: 'timer'; readonly intent: string; readonly deed: TimerDeed; readonly seconds: number }
  | { readonly kind: 'question'; readonly intent: string; readonly question: Question }
  | { readonly kind: 'undo'; readonly intent: string }
  /** Understood, and it cannot be done: a name that several things share, a room without a thermostat. */
  | {
      readonly kind: 'cannot';
      readonly intent: string;
      readonly name: string;
      readonly reason: string;
      /** What may have been meant, by what tells it from the others. */
      readonly choices?: readonly { readonly name: string; readonly meaning: Meaning }[];
    };

export const riskOf = (meaning: Meaning): Risk => (meaning.kind === 'change' ? meaning.risk : 'harmless');
