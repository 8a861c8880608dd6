import type { Home, Outcome, Run } from '../stages.js';
import type { Part } from './compound.js';
import { wordsOf } from './words.js';

/** What is left to do when part of a sentence has been done already. */
export interface Work {
  /** Done, and still wanted. */
  readonly keep: readonly Outcome[];
  /** Done, and no longer meant. */
  readonly undo: readonly Outcome[];
  readonly todo: readonly {
    readonly part: Part /** Done, and settled anew by this part. */;
    readonly over: readonly Outcome[];
  }[];
}

/** Which words led to an outcome. */
export interface Origin {
  /** The command, as the home was asked. */
  readonly part: string;
  /** All that was said, by each reading of it. */
  readonly said: readonly string[];
}

/** Nothing was done before. */
export const allOf = (parts: readonly Part[]): Work => ({
  keep: [],
  undo: [],
  todo: parts.map((part) => ({ part, over: [] })),
});

/** Commands that can be given over an earlier one without first taking that back: absolute, and of no other attribute. */
const SETTLES: Readonly<Record<string, readonly string[]>> = {
  HassTurnOn: ['HassTurnOn', 'HassLightSet'],
  HassTurnOff: ['HassTurnOff'],
  HassOpenCover: ['HassOpenCover', 'HassSetPosition'],
  HassCloseCover: ['HassCloseCover', 'HassSetPosition'],
};

/**
 * Compares what was done with what the longer sentence asks for. Commands are opaque, so two are the same when the
 * same words were understood. A command that sets all that an earlier one changed is given over it ("turn on the
 * lamp" … "and the fan"): taking it back first would make the lamp blink. Everything else that is no longer meant is undone.
 */
export function revise(
  previous: readonly Outcome[],
  parts: readonly Part[],
  originOf: (outcome: Outcome) => Origin | undefined,
  home: Pick<Home, 'foresee'>,
): Work {
  const left = [...previous];
  const take = (wanted: (outcome: Outcome) => boolean): Outcome[] => {
    const taken = left.filter(wanted);
    for (const outcome of taken) left.splice(left.indexOf(outcome), 1);
    return taken;
  };
  const keep: Outcome[] = [];
  const open = parts.filter(({ text }) => {
    const same = left.find((outcome) => originOf(outcome)?.part === wordsOf(text));
    if (same) keep.push(...take((outcome) => outcome === same));
    return !same;
  });
  const todo = open.map((part) => ({ part, over: take((outcome) => covers(home.foresee(part.command), outcome)) }));
  return { keep, undo: left, todo };
}

function covers(foreseen: Outcome | undefined, earlier: Outcome): boolean {
  if (!foreseen || !SETTLES[earlier.intent]?.includes(foreseen.intent) || earlier.failed.length > 0) return false;
  const settled = new Set([...foreseen.already, ...foreseen.changed.map(({ entity }) => entity)]);
  return earlier.changed.every(({ entity, name }) => settled.has(entity) || settled.has(name));
}

/** An outcome with what the same turn had done before it: what was on since a second ago was turned on, not "already on". */
export function withEarlier(outcome: Outcome, over: readonly Outcome[]): Outcome {
  if (over.length === 0) return outcome;
  const earlier = over.flatMap(({ changed }) => changed);
  const again = earlier.filter(
    ({ entity, name }) => outcome.already.includes(entity) || outcome.already.includes(name),
  );
  const since = new Map(earlier.map((change) => [change.entity, change.from]));
  const undos = [outcome, ...over.toReversed()].filter(({ undo }) => undo !== undefined);
  return {
    ...outcome,
    changed: [...again, ...outcome.changed.map((c) => ({ ...c, from: since.get(c.entity) ?? c.from }))],
    already: outcome.already.filter((known) => !again.some(({ entity, name }) => entity === known || name === known)),
    ...(undos.length > 0 && { undo: (run: Run) => undoAll(outcome, undos, run) }),
    ...(outcome.late && { late: outcome.late.then((late) => withEarlier(late, over)) }),
  };
}

async function undoAll(outcome: Outcome, undos: readonly Outcome[], run: Run): Promise<Outcome> {
  const undone: Outcome[] = [];
  for (const each of undos) undone.push(await takeBack(each, run));
  return {
    intent: outcome.intent,
    changed: undone.flatMap(({ changed }) => changed),
    already: undone.flatMap(({ already }) => already),
    failed: undone.flatMap(({ failed }) => failed),
    slots: outcome.slots,
  };
}

/** Undoes an outcome; one that cannot be undone fails with a reason fit to be spoken. Waits for `run.committed`. */
export async function takeBack(outcome: Outcome, run: Run): Promise<Outcome> {
  await run.committed;
  run.signal.throwIfAborted();
  if (outcome.undo) return outcome.undo(run);
  const failed = outcome.changed.map(({ name }) => ({ name, reason: 'it cannot be taken back' }));
  return { intent: outcome.intent, changed: [], already: [], failed, slots: {} };
}
