import { setTimeout as pause } from 'node:timers/promises';
import { isAbort } from '../../faults.js';
import type { Milliseconds } from '../../units.js';
import { describe } from '../../wyoming/index.js';

/** What became of asking again and again. */
export interface Descriptions {
  /** From the wish to ask to the answer's being read, of those that were answered. */
  readonly took: Milliseconds[];
  failed: number;
}

/** An answer that takes longer has failed; it is Home Assistant's own patience (Core 2026.11). */
const PATIENCE: Milliseconds = 5_000;
/** Answers that are waited for at a time: when nothing is answered any more, asking would not end. */
const MOST_AT_ONCE = 100;

/**
 * Asks what the services are, as Home Assistant does, on a connection of its own each time; every so often, whether the
 * last answer has come or not, until the signal is aborted. Then waits for the answers that are under way.
 */
export const keepDescribing = async (
  uri: string,
  every: Milliseconds,
  signal: AbortSignal,
  into: Descriptions = { took: [], failed: 0 },
): Promise<Descriptions> => {
  const asked = new Set<Promise<void>>();
  const ask = async (due: Milliseconds): Promise<void> => {
    // A timer has whole milliseconds, so it may be early; late it counts, as the wish was there.
    const begin = Math.min(due, performance.now());
    try {
      await describe(uri, { timeout: PATIENCE });
      into.took.push(performance.now() - begin);
    } catch {
      into.failed++;
    }
  };
  for (let due = performance.now(); !signal.aborted; due += every) {
    try {
      await pause(Math.max(0, due - performance.now()), undefined, { signal });
    } catch (error) {
      if (isAbort(error)) break;
      throw error;
    }
    if (asked.size >= MOST_AT_ONCE) {
      into.failed++;
      continue;
    }
    const asking = ask(due).finally(() => asked.delete(asking));
    asked.add(asking);
  }
  await Promise.all(asked);
  return into;
};
