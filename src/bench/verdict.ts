import type { EntitySnapshot, Snapshot } from '../home/snapshot.js';
import type { Outcome, Say } from '../stages.js';
import type { BenchCommand } from './command-list.js';

/** What a sentence has led to. `wrong`: something was done, or another question answered, than what was said. */
export type Verdict = 'right' | 'wrong' | 'nothing';

export interface Deed {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly outcomes: readonly Outcome[];
  readonly replies: readonly Say[];
}

/** Judges by the house itself and by what was said, never by what the program believes to have done. */
export const judge = (command: BenchCommand, { before, after, outcomes, replies }: Deed): Verdict => {
  const changed = changedEntities(before, after);
  if (command.becomes !== undefined) {
    if (changed.length === 0) return 'nothing';
    return becameThat(command.becomes, changed, after) ? 'right' : 'wrong';
  }
  if (command.starts !== undefined) {
    if (changed.length === 0) return 'nothing';
    return changed.length === 1 && isTimer(after, changed[0]!, command.starts) ? 'right' : 'wrong';
  }
  if (changed.length > 0) return 'wrong';
  // Talk: whatever was said in reply is fine.
  if (command.asks === undefined) return 'right';
  const said = replies.map(({ text }) => text.toLowerCase()).join(' ');
  if (command.asks.every((words) => contains(said, words))) return 'right';
  return outcomes.some(({ speech }) => speech !== undefined) ? 'wrong' : 'nothing';
};

const changedEntities = (before: Snapshot, after: Snapshot): readonly string[] => {
  const print = ({ state, attributes }: EntitySnapshot): string => JSON.stringify([state, attributes]);
  const was = new Map(before.map((one) => [one.entity, print(one)]));
  const is = new Map(after.map((one) => [one.entity, print(one)]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((entity) => was.get(entity) !== is.get(entity));
};

const becameThat = (
  becomes: NonNullable<BenchCommand['becomes']>,
  changed: readonly string[],
  after: Snapshot,
): boolean => {
  const wanted = Object.entries(becomes);
  if (changed.length !== wanted.length) return false;
  return wanted.every(([entity, want]) => {
    if (!changed.includes(entity)) return false;
    const is = after.find((one) => one.entity === entity);
    if (typeof want === 'string') return is?.state === want;
    return Object.entries(want).every(([name, value]) => is?.attributes[name] === value);
  });
};

/** A timer that was started: what is left of it runs down, so only its length counts. */
const isTimer = (after: Snapshot, entity: string, seconds: number): boolean => {
  const is = after.find((one) => one.entity === entity);
  return entity.startsWith('timer.') && is?.state === 'active' && is.attributes.seconds === seconds;
};

/** As whole words: "on" is not in "one". */
const contains = (text: string, words: string): boolean => ` ${text.replace(/[^a-z']+/g, ' ')} `.includes(` ${words} `);
