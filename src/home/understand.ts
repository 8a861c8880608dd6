import type { Grammar, Readings } from './grammar.js';
import type { House } from './house.js';
import { interpret } from './interpret.js';
import type { Meaning } from './meaning.js';
import type { Places } from './places.js';

export interface Understood {
  readonly meaning: Meaning;
  readonly extendable: boolean;
}

export interface Understander {
  /** What a text asks of the house, said in the area `here`. Pure. */
  understand(text: string, here: string | undefined): Understood | undefined;
  /** Whether a text, as it is written, is something that can be done or answered. Pure. */
  makesSense(text: string): boolean;
  /** Whether a text that is no command is how one begins. Pure. */
  unfinished(text: string): boolean;
}

/** Two guesses this near each other, by sound, are a toss-up: then nothing is understood. */
const TOSS_UP = 0.03;

/** Between two commands. */
const CONNECTORS = new Set(['and', 'then']);

/** Understands texts by a grammar and the names of a house: first as they are written, then by their sound. */
export function understander(house: House, grammar: Grammar, places: Places): Understander {
  const read = (words: readonly string[], bySound: boolean): Readings => grammar.read(words, places.slots, bySound);

  const asWritten = ({ whole, live, opens }: Readings, here: string | undefined): Understood | undefined => {
    for (const { reading } of whole) {
      const meaning = interpret(reading, house, here);
      // What cannot be done as it was said may come right with what follows: "in the bedroom".
      if (meaning) return { meaning, extendable: opens || (live && meaning.kind === 'cannot') };
    }
    return undefined;
  };

  const asHeard = ({ whole, opens }: Readings, here: string | undefined): Understood | undefined => {
    const guesses = whole.flatMap(({ reading, cost }) => {
      const meaning = interpret(reading, house, here);
      return meaning ? [{ meaning, cost }] : [];
    });
    const [best, ...others] = guesses;
    if (!best || touchesGuarded(best.meaning, house)) return undefined;
    const rival = others.some(({ meaning, cost }) => cost - best.cost < TOSS_UP && !agree(meaning, best.meaning));
    return rival ? undefined : { meaning: best.meaning, extendable: opens };
  };

  const understandWords = (words: readonly string[], here: string | undefined): Understood | undefined =>
    asWritten(read(words, false), here) ?? asHeard(read(words, true), here);

  const begins = (words: readonly string[]): boolean =>
    [false, true].some((bySound) => {
      const { whole, live, opens } = read(words, bySound);
      // A sentence that is whole, though it makes no sense here, is not made good by an afterthought.
      return whole.length > 0 ? opens : live;
    });

  return {
    understand: (text, here) => understandWords(grammar.words(text), here),
    makesSense(text) {
      const understood = asWritten(read(grammar.words(text), false), house.here);
      return understood !== undefined && understood.meaning.kind !== 'cannot';
    },
    unfinished(text) {
      const words = grammar.words(text);
      if (words.length === 0 || understandWords(words, house.here)) return false;
      if (begins(words)) return true;
      // "turn on the lamp and close the": the first of two is whole.
      return words.some((word, at) => {
        if (at === 0 || !CONNECTORS.has(word) || !understandWords(words.slice(0, at), house.here)) return false;
        const rest = words.slice(at + 1).filter((one, index) => index > 0 || !CONNECTORS.has(one));
        return rest.length === 0 || (begins(rest) && !understandWords(rest, house.here));
      });
    },
  };
}

/** Whether two guesses want the same of the same things, or one of them of some of the other's. */
const agree = (a: Meaning, b: Meaning): boolean => {
  if (a.kind !== 'change' || b.kind !== 'change') return JSON.stringify(a) === JSON.stringify(b);
  if (JSON.stringify(a.action) !== JSON.stringify(b.action)) return false;
  const [few, many] = a.entities.length < b.entities.length ? [a.entities, b.entities] : [b.entities, a.entities];
  return few.every((id) => many.includes(id));
};

/** A lock is never opened by a name that was only nearly heard. */
const touchesGuarded = (meaning: Meaning, house: House): boolean =>
  meaning.kind === 'change' && meaning.entities.some((id) => house.entities.get(id)?.guarded);
