import { distanceOfSounds } from '../phonetics/distance.js';
import type { Phoneme } from '../phonetics/phonemes.js';
import { soundsOfWord } from '../phonetics/spelling.js';
import { type Findings, type Found, nothingFound } from './matcher.js';

/** A name may be this far off by sound and still be meant. "living room lane" is 0.05 from "living room lamp". */
const NEAR = 0.13;
/** With another number of words ("living room lam p") there is less to hold on to. */
const NEAR_RESPLIT = 0.08;
/** No single word may be farther off than this: "dining room light" is not "living room light". */
const WORD_NEAR = 0.2;
/** The next best name must be clearly farther off, or nobody is meant. */
const MARGIN = 0.03;
const MARGIN_RATIO = 1.4;

/** Beyond this a name plays no part, not even as the next best. */
const FAR = NEAR * MARGIN_RATIO;

const LONGEST_NAME = 5;

/** What a name stands for, and the name itself, which may not be what was heard. */
export interface Named<Id> {
  readonly ids: ReadonlySet<Id>;
  readonly words: readonly string[];
}

interface Name<Id> extends Named<Id> {
  readonly sounds: readonly Phoneme[];
  /** May be meant by what only sounds like it. */
  readonly guessable: boolean;
}

interface Node<Id> {
  readonly next: Map<string, Node<Id>>;
  name: Name<Id> | undefined;
}

/** Names and what they stand for, found word by word or by sound. */
export class Names<Id> {
  readonly #root: Node<Id> = { next: new Map(), name: undefined };
  readonly #all: Name<Id>[] = [];
  /** Words that are heard right whenever they are heard. */
  readonly #certain: ReadonlySet<string>;
  readonly #vocabulary = new Set<string>();

  constructor(entries: Iterable<readonly [name: string, id: Id, guessable: boolean]>, certain: ReadonlySet<string>) {
    this.#certain = certain;
    const byName = new Map<string, { ids: Set<Id>; guessable: boolean }>();
    for (const [name, id, guessable] of entries) {
      const known = byName.get(name);
      if (known) {
        known.ids.add(id);
        known.guessable &&= guessable;
      } else byName.set(name, { ids: new Set([id]), guessable });
    }
    for (const [text, { ids, guessable }] of byName) {
      const words = text.split(' ');
      const name = { words, sounds: words.flatMap((word) => soundsOfWord(word)), ids, guessable };
      this.#all.push(name);
      let node = this.#root;
      for (const word of words) {
        this.#vocabulary.add(word);
        let next = node.next.get(word);
        if (!next) {
          next = { next: new Map(), name: undefined };
          node.next.set(word, next);
        }
        node = next;
      }
      node.name = name;
    }
  }

  /** All names, for a recogniser to expect. */
  all(): readonly string[] {
    return this.#all.map(({ words }) => words.join(' '));
  }

  /** The names that begin at a word, and with `bySound` those that what is there sounds like. */
  find(words: readonly string[], from: number, bySound: boolean): Findings<Named<Id>> {
    if (from >= words.length) return nothingFound;
    const found: Found<Named<Id>>[] = [];
    let node: Node<Id> | undefined = this.#root;
    let at = from;
    while (node && at < words.length) {
      node = node.next.get(words[at]!);
      at++;
      if (node?.name) found.push({ end: at, value: node.name, cost: 0, rank: 0 });
    }
    // The text ended while a name was still going on. "front door" … "lock" is no other thing.
    const goesOn = node !== undefined && node.next.size > 0;
    const opens = goesOn && !(node?.name && below(node).every(({ ids }) => same(ids, node!.name!.ids)));
    if (bySound) {
      for (let end = from + 1; end <= Math.min(words.length, from + LONGEST_NAME); end++) {
        const near = this.#nearest(words.slice(from, end));
        if (near) found.push({ end, ...near, rank: 0 });
      }
    }
    const live = goesOn || (bySound && from > 0 && this.#begins(words.slice(from)));
    return { found, live, opens };
  }

  /** Whether all that is left of a text after its verb sounds like a name begun: "the leaving" … "room lamp". */
  #begins(words: readonly string[]): boolean {
    if (words.length >= LONGEST_NAME || words.every((word) => this.#vocabulary.has(word))) return false;
    return this.#all.some(
      (name) =>
        name.guessable &&
        name.words.length > words.length &&
        words.every((word, i) => this.#near(word, name.words[i]!)),
    );
  }

  /** Whether a word may be another, misheard. */
  #near(heard: string, said: string): boolean {
    if (heard === said) return true;
    if (this.#vocabulary.has(heard) || this.#certain.has(heard)) return false;
    return distanceOfSounds(soundsOfWord(heard), soundsOfWord(said), WORD_NEAR) <= WORD_NEAR;
  }

  #nearest(words: readonly string[]): { value: Named<Id>; cost: number } | undefined {
    const known = words.filter((word) => this.#vocabulary.has(word) || this.#certain.has(word));
    if (known.length === words.length) return undefined;
    if (words.some((word) => this.#certain.has(word) && !this.#vocabulary.has(word))) return undefined;
    const all = words.flatMap((word) => soundsOfWord(word));
    let best: { name: Name<Id>; cost: number } | undefined;
    let second = 1;
    for (const name of this.#all) {
      if (known.some((word) => !name.words.includes(word))) continue;
      const cost = this.#distance(words, all, name);
      if (cost === undefined) continue;
      if (best && same(best.name.ids, name.ids)) {
        if (cost < best.cost) best = { name, cost };
      } else if (!best || cost < best.cost) {
        second = best?.cost ?? second;
        best = { name, cost };
      } else second = Math.min(second, cost);
    }
    if (!best?.name.guessable) return undefined;
    const limit = best.name.words.length === words.length ? NEAR : NEAR_RESPLIT;
    if (best.cost > limit || second - best.cost < MARGIN || second < best.cost * MARGIN_RATIO) return undefined;
    // Never free: what is written as it should be goes first.
    return { value: best.name, cost: Math.max(best.cost, 0.001) };
  }

  #distance(words: readonly string[], all: readonly Phoneme[], name: Name<Id>): number | undefined {
    if (Math.abs(name.words.length - words.length) > 1) return undefined;
    if (name.words.length === words.length) {
      if (!words.every((word, i) => this.#near(word, name.words[i]!))) return undefined;
    }
    const longest = Math.max(name.sounds.length, all.length);
    if (Math.abs(name.sounds.length - all.length) > longest / 3) return undefined;
    return distanceOfSounds(all, name.sounds, FAR);
  }
}

const same = <Id>(a: ReadonlySet<Id>, b: ReadonlySet<Id>): boolean =>
  a.size === b.size && [...a].every((id) => b.has(id));

const below = <Id>(node: Node<Id>): Name<Id>[] =>
  [...node.next.values()].flatMap((next) => [...(next.name ? [next.name] : []), ...below(next)]);
