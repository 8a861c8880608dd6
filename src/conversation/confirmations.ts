import type { Clock } from '../clock.js';
import type { TurnContext } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Part } from './compound.js';

/** A guarded command that waits for its yes. */
export interface Pending {
  readonly parts: readonly Part[];
  readonly said: string;
  readonly plain: boolean;
}

/** Questions that have been asked. A yes in the kitchen confirms nothing that was asked for at the front door. */
export interface Confirmations {
  /** What a yes, said now and here, would confirm. */
  pending(context: TurnContext): Pending | undefined;
  ask(context: TurnContext, pending: Pending): void;
  /** Ends the wait. False where `pending` is no longer what is waited for. */
  take(context: TurnContext, pending: Pending): boolean;
  cancel(context: TurnContext): void;
}

/** More places than a house has microphones; the oldest question gives way. */
const MOST = 32;

/** Remembers questions for `within`. */
export function createConfirmations(clock: Clock, within: Milliseconds): Confirmations {
  const asked = new Map<string, { readonly pending: Pending; readonly until: Milliseconds }>();
  const place = ({ area }: TurnContext): string => area ?? '';
  return {
    pending(context) {
      const question = asked.get(place(context));
      return question && clock.now() <= question.until ? question.pending : undefined;
    },
    ask(context, pending) {
      asked.delete(place(context));
      asked.set(place(context), { pending, until: clock.now() + within });
      for (const oldest of [...asked.keys()].slice(0, Math.max(0, asked.size - MOST))) asked.delete(oldest);
    },
    take(context, pending) {
      if (asked.get(place(context))?.pending !== pending) return false;
      return asked.delete(place(context));
    },
    cancel(context) {
      asked.delete(place(context));
    },
  };
}
