import { Fault } from '../faults.js';
import type { Part } from './template.js';

/** What a template stands for, beside the values of its slots. */
export type Fixed = Readonly<Record<string, string | number | boolean>>;

export interface Production {
  readonly template: Part;
  readonly fixed: Fixed;
}

interface Step {
  readonly to: State;
  /** Begins an afterthought. */
  readonly late: boolean;
}

/** A place in a sentence, with all that may come next. */
export interface State {
  readonly words: Map<string, Step[]>;
  readonly slots: (Step & { readonly slot: string; readonly as: string })[];
  /** The productions that may end here, by their number. */
  readonly ends: Set<number>;
  /** Something may follow. */
  live: boolean;
  /** Something may follow that is no afterthought. */
  opens: boolean;
}

/** All sentences of a set of productions, as a finite automaton without empty steps. */
export interface Machine {
  readonly start: State;
  readonly productions: readonly Production[];
}

/** A state while it is built: empty steps are still there. */
interface Draft {
  readonly empty: { readonly to: Draft; readonly late: boolean }[];
  readonly words: { readonly word: string; readonly to: Draft }[];
  readonly slots: { readonly slot: string; readonly as: string; readonly to: Draft }[];
  end: number | undefined;
}

const draft = (): Draft => ({ empty: [], words: [], slots: [], end: undefined });

/** Compiles productions; `rules` are the named parts they may use. */
export function compile(productions: readonly Production[], rules: ReadonlyMap<string, Part>): Machine {
  const start = draft();
  productions.forEach((production, number) => {
    const end = add(production.template, start, rules, []);
    const last = draft();
    last.end = number;
    end.empty.push({ to: last, late: false });
  });
  return { start: finish(start), productions };
}

/** Adds a part after `from`; gives the state after it. */
function add(part: Part, from: Draft, rules: ReadonlyMap<string, Part>, inside: readonly string[]): Draft {
  switch (part.kind) {
    case 'word': {
      const to = draft();
      from.words.push({ word: part.word, to });
      return to;
    }
    case 'slot': {
      const to = draft();
      from.slots.push({ slot: part.slot, as: part.as, to });
      return to;
    }
    case 'rule': {
      const rule = rules.get(part.rule);
      if (!rule) throw new Fault('input', `The grammar uses the rule <${part.rule}>, which it does not have`);
      if (inside.includes(part.rule)) throw new Fault('input', `The grammar's rule <${part.rule}> contains itself`);
      return add(rule, from, rules, [...inside, part.rule]);
    }
    case 'row':
      return part.parts.reduce((state, one) => add(one, state, rules, inside), from);
    case 'choice': {
      const to = draft();
      for (const one of part.parts) add(one, branch(from, false), rules, inside).empty.push({ to, late: false });
      return to;
    }
    case 'optional': {
      const to = draft();
      add(part.part, branch(from, part.late), rules, inside).empty.push({ to, late: false });
      from.empty.push({ to, late: false });
      return to;
    }
  }
}

function branch(from: Draft, late: boolean): Draft {
  const to = draft();
  from.empty.push({ to, late });
  return to;
}

/** Takes out the empty steps. */
function finish(start: Draft): State {
  const finished = new Map<Draft, State>();
  const stateOf = (from: Draft): State => {
    const known = finished.get(from);
    if (known) return known;
    const state: State = { words: new Map(), slots: [], ends: new Set(), live: false, opens: false };
    finished.set(from, state);
    const seen = new Set<Draft>();
    const afterthoughts: Draft[] = [];
    const visit = (at: Draft, late: boolean): void => {
      if (seen.has(at)) return;
      seen.add(at);
      if (at.end !== undefined) state.ends.add(at.end);
      for (const { word, to } of at.words) {
        const step = { to: stateOf(to), late };
        const steps = state.words.get(word);
        if (steps) steps.push(step);
        else state.words.set(word, [step]);
      }
      for (const { slot, as, to } of at.slots) state.slots.push({ slot, as, to: stateOf(to), late });
      for (const empty of at.empty) {
        if (empty.late && !late) afterthoughts.push(empty.to);
        else visit(empty.to, late);
      }
    };
    // What can be reached without an afterthought is none: that comes first.
    visit(from, false);
    for (const one of afterthoughts) visit(one, true);
    const steps = [...state.slots, ...[...state.words.values()].flat()];
    state.live = steps.length > 0;
    state.opens = steps.some(({ late }) => !late);
    return state;
  };
  return stateOf(start);
}
