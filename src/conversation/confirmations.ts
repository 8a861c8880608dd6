import type { Clock } from '../clock.js';
import type { Choice, TurnContext } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Part } from './compound.js';
import { placeOf } from './place.js';

/** A guarded command that waits for its yes. */
export interface Pending {
  readonly parts: readonly Part[];
  readonly said: string;
  readonly plain: boolean;
}

/** A command that waits to be told which thing it is about. */
export interface Choosing {
  readonly choices: readonly Choice[];
  readonly said: string;
  readonly plain: boolean;
}

export type Question = Pending | Choosing;

/**
 * Questions that have been asked. A yes confirms what was asked in the same conversation; where there are none, one in
 * the kitchen confirms nothing that was asked for at the front door.
 */
export interface Confirmations {
  /** What a yes or a name, said now and here, would answer. */
  pending(context: TurnContext): Question | undefined;
  ask(context: TurnContext, question: Question): void;
  /** Ends the wait. False where `question` is no longer what is waited for. */
  take(context: TurnContext, question: Question): boolean;
  cancel(context: TurnContext): void;
}

/** More than are asked at once in any house; the oldest question gives way. */
const MOST = 32;

/** Remembers questions for `within`. */
export function createConfirmations(clock: Clock, within: Milliseconds): Confirmations {
  const asked = new Map<string, { readonly question: Question; readonly until: Milliseconds }>();
  return {
    pending(context) {
      const open = asked.get(placeOf(context));
      return open && clock.now() <= open.until ? open.question : undefined;
    },
    ask(context, question) {
      asked.delete(placeOf(context));
      asked.set(placeOf(context), { question, until: clock.now() + within });
      for (const oldest of [...asked.keys()].slice(0, Math.max(0, asked.size - MOST))) asked.delete(oldest);
    },
    take(context, question) {
      if (asked.get(placeOf(context))?.question !== question) return false;
      return asked.delete(placeOf(context));
    },
    cancel(context) {
      asked.delete(placeOf(context));
    },
  };
}
