import type { Command, Home, Outcome, Run } from '../../stages.js';
import type { WorkingHands } from './hands.js';

/** Of the last deeds that can be taken back, whose they were. */
const UNDOABLE = 20;

/**
 * A home that also does what its hands have made commands of. "Undo that" takes back whatever came last, by a sentence or
 * by a call.
 */
export function withHands<H extends Home>(home: H, hands: Pick<WorkingHands, 'made' | 'foresee' | 'perform'>): H {
  type Undo = NonNullable<Outcome['undo']>;
  /** In order; without `undo` where the home keeps it itself. */
  const past: { readonly undo?: Undo }[] = [];

  const remember = (outcome: Outcome, ofHands: boolean): Outcome => {
    const { undo, late } = outcome;
    const kept = undo && keep(undo, ofHands);
    return {
      ...outcome,
      ...(kept ? { undo: kept } : {}),
      ...(late ? { late: late.then((end) => remember(end, ofHands)) } : {}),
    };
  };
  const keep = (undo: Undo, ofHands: boolean): Undo => {
    const once: Undo = async (run) => {
      const undone = await undo(run);
      const at = past.indexOf(entry);
      if (at >= 0) past.splice(at, 1);
      return undone;
    };
    const entry = ofHands ? { undo: once } : {};
    past.push(entry);
    if (past.length > UNDOABLE) past.shift();
    return once;
  };

  const perform = async (command: Command, run: Run): Promise<Outcome> => {
    if (hands.made(command)) return remember(await hands.perform(command, run), true);
    if (command.intent !== 'HomeUndo') return remember(await home.perform(command, run), false);
    await run.committed;
    const last = past.at(-1);
    if (last?.undo) return last.undo(run);
    past.pop();
    return home.perform(command, run);
  };

  return {
    ...home,
    perform,
    foresee: (command) => (hands.made(command) ? hands.foresee(command) : home.foresee(command)),
  };
}
