import type { Risk, TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import type { Slots } from './goals.js';

/** What a text means to Core, with what follows from it for us. Plain data, made when the question was asked. */
export interface Meaning {
  /** What Core is told: the text, or the text with a name put right. */
  readonly text: string;
  readonly context: TurnContext;
  /** Core's intent; `trigger` for a sentence of an automation. */
  readonly intent: string;
  readonly kind: 'change' | 'question' | 'timer' | 'list' | 'message' | 'own' | 'undo';
  readonly slots: Slots;
  /** The words of the text that a slot was read from. */
  readonly texts: Readonly<Record<string, string>>;
  /** Entities that the intent reaches, all of them exposed. */
  readonly targets: readonly string[];
  readonly risk: Risk;
  readonly extendable: boolean;
  /** Why it cannot be done though it was understood. */
  readonly cannot?: { readonly name: string; readonly reason: string };
  /** What may have been meant, by what tells it from the others. */
  readonly choices?: readonly { readonly name: string; readonly meaning: Meaning }[];
  /** When Core was asked, and of which house. */
  readonly asked: Milliseconds;
  readonly edition: number;
}

/** Whether two answers want the same of the same things. */
export const sameMeaning = (a: Meaning, b: Meaning): boolean =>
  a.intent === b.intent &&
  a.risk === b.risk &&
  a.cannot?.reason === b.cannot?.reason &&
  JSON.stringify(a.slots) === JSON.stringify(b.slots) &&
  a.targets.length === b.targets.length &&
  a.targets.every((id) => b.targets.includes(id));
