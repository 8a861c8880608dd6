import type { Fixed, Machine, State } from './machine.js';

interface Capture {
  readonly as: string;
  readonly value: unknown;
}

/** A stretch of a sentence that stands for something. */
export interface Found<Value> {
  /** The word after it. */
  readonly end: number;
  readonly value: Value;
  /** 0: as it is written; else how far it is off by sound, 0…1. */
  readonly cost: number;
  /** Among several readings the smallest wins: the grammar's own order. */
  readonly rank: number;
}

export interface Findings<Value> {
  readonly found: readonly Found<Value>[];
  /** The text ends inside, or might go on: more may follow. */
  readonly live: boolean;
  /** The same, afterthoughts left out. */
  readonly opens: boolean;
}

/** What a template of the grammar was matched with. */
export interface Reading {
  readonly fixed: Fixed;
  readonly captures: readonly Capture[];
}

/** Finds the values of a slot that begin at a word. */
export type SlotFinder = (words: readonly string[], from: number, bySound: boolean) => Findings<unknown>;

export const nothingFound: Findings<never> = { found: [], live: false, opens: false };

/** What it costs that a word of the grammar was heard as another that recognisers write for it. */
const MISHEARD = 0.04;

/** More steps than any sentence of forty words takes; bounds the work for a hostile text. */
const MAX_STEPS = 50_000;

/**
 * The readings of a text, by a set of machines that use each other as slots. `meant` are the words that may have been
 * said where another is written.
 */
export class Matcher {
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #slots: ReadonlyMap<string, SlotFinder>;
  readonly #words: readonly string[];
  readonly #bySound: boolean;
  readonly #meant: ReadonlyMap<string, readonly string[]>;
  readonly #known = new Map<string, Findings<unknown>>();
  #steps = 0;

  constructor(
    machines: ReadonlyMap<string, Machine>,
    slots: ReadonlyMap<string, SlotFinder>,
    words: readonly string[],
    bySound: boolean,
    meant: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#machines = machines;
    this.#slots = slots;
    this.#words = words;
    this.#bySound = bySound;
    this.#meant = meant;
  }

  /** All that `name`, a machine or a slot, finds from a word on. */
  find(name: string, from: number): Findings<unknown> {
    const key = `${name} ${from}`;
    const known = this.#known.get(key);
    if (known) return known;
    const machine = this.#machines.get(name);
    const findings = machine
      ? this.#run(machine, from)
      : (this.#slots.get(name)?.(this.#words, from, this.#bySound) ?? nothingFound);
    this.#known.set(key, findings);
    return findings;
  }

  #run(machine: Machine, from: number): Findings<Reading> {
    const found: Found<Reading>[] = [];
    let live = false;
    let opens = false;
    const walk = (state: State, at: number, captures: readonly Capture[], cost: number, rank: number): void => {
      if (++this.#steps > MAX_STEPS) return;
      for (const number of state.ends) {
        const { fixed } = machine.productions[number]!;
        found.push({ end: at, value: { fixed, captures }, cost, rank: rank + number });
      }
      const word = this.#words[at];
      if (word === undefined) {
        live ||= state.live && at > from;
        opens ||= state.opens && at > from;
        return;
      }
      for (const { to } of state.words.get(word) ?? []) walk(to, at + 1, captures, cost, rank);
      for (const meant of this.#meant.get(word) ?? []) {
        for (const { to } of state.words.get(meant) ?? []) walk(to, at + 1, captures, cost + MISHEARD, rank);
      }
      for (const { slot, as, to } of state.slots) {
        const inner = this.find(slot, at);
        live ||= inner.live;
        opens ||= inner.opens;
        for (const one of inner.found) {
          // A nested choice weighs less than the one around it.
          walk(to, one.end, [...captures, { as, value: one.value }], cost + one.cost, rank + one.rank / 100);
        }
      }
    };
    walk(machine.start, from, [], 0, 0);
    return { found, live, opens };
  }
}
