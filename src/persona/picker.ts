import { fill, fillable } from './fill.js';
import type { Lines } from './schema.js';
import { lineage, type SituationName, type Slots, situation } from './situations.js';

/** A line that is held for saying. */
export interface Picked {
  readonly text: string;
  readonly plain: boolean;
  /** Call when it is really said: until then the same line is handed out again. */
  use(): void;
  /** Nobody has said it since it was picked. */
  isUnsaid(): boolean;
}

/** Chooses among the variants of a situation. */
export interface LinePicker {
  /** Undefined where neither the situation nor what stands in for it has a line that these slots can fill. */
  pick(name: SituationName, slots?: Slots): Picked | undefined;
}

/**
 * A picker that says no line again before half of its situation's usable variants have been said. What it picked stays
 * picked until it is used, so that a reply prepared for a draft that came to nothing fits the next one.
 * `random` gives 0…1.
 */
export function linePicker(lines: Lines, { random }: { readonly random: () => number }): LinePicker {
  const decks = new Map<SituationName, Deck>();

  return {
    pick(name, slots = {}) {
      for (const candidate of lineage(name)) {
        const variants = lines[candidate]?.filter((variant) => fillable(variant, slots)) ?? [];
        if (variants.length === 0) continue;
        const deck = decks.get(candidate) ?? { said: [], held: new Set() };
        decks.set(candidate, deck);
        const template = draw(deck, variants, random);
        const { said, held } = deck;
        return {
          text: fill(template, slots),
          plain: situation(candidate).plain ?? false,
          use() {
            held.delete(template);
            const before = said.indexOf(template);
            if (before >= 0) said.splice(before, 1);
            said.push(template);
          },
          isUnsaid: () => held.has(template),
        };
      }
      return undefined;
    },
  };
}

/** Both are bounded by the number of variants. */
interface Deck {
  /** Each line once, in the order in which they were last said. */
  readonly said: string[];
  readonly held: Set<string>;
}

function draw(deck: Deck, variants: readonly string[], random: () => number): string {
  const held = variants.find((variant) => deck.held.has(variant));
  if (held !== undefined) return held;
  const quiet = Math.floor(variants.length / 2);
  const recent = quiet > 0 ? deck.said.filter((variant) => variants.includes(variant)).slice(-quiet) : [];
  const fresh = variants.filter((variant) => !recent.includes(variant));
  const drawn = fresh[Math.min(fresh.length - 1, Math.floor(random() * fresh.length))]!;
  deck.held.add(drawn);
  return drawn;
}
