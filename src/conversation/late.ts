import type { Outcome } from '../stages.js';
import type { Acting } from './act.js';
import { claims, fromLine } from './claims.js';

/** Nothing is known of it yet, so nothing can be said of it. */
export const isOpen = ({ already, changed, failed, late, speech }: Outcome): boolean =>
  late !== undefined && speech === undefined && [already, changed, failed].every(({ length }) => length === 0);

/**
 * Waits, after the claim, for what a slow home has still to tell, and says it where it is news: a failure, and what
 * came of something that nothing could be said of before. Gives the outcomes as they are known then. Ends after
 * `acting.lateWithin` in any case, and at once where the run is given up.
 */
export async function withLateNews(
  outcomes: readonly Outcome[],
  acting: Acting,
  plain: boolean,
): Promise<readonly Outcome[]> {
  if (!outcomes.some(({ late }) => late !== undefined)) return outcomes;
  const { clock, lateWithin, lines, onError, origins, run, speak } = acting;
  const known = [...outcomes];
  const done = new AbortController();
  let over = false;

  const wait = async (outcome: Outcome, at: number): Promise<void> => {
    try {
      const late = await outcome.late;
      if (late === undefined || over) return;
      const settled = outcome.undo ? { undo: outcome.undo, ...late } : late;
      const origin = origins.get(outcome);
      if (origin) origins.set(settled, origin);
      known[at] = settled;
      if (isNews(late, outcome)) speak(claims([late], lines, plain));
    } catch (error) {
      if (over) return;
      const { late: _, ...rest } = outcome;
      known[at] = rest;
      speak(onError(error));
    }
  };
  const all = Promise.all(outcomes.map(wait));
  const deadline = clock.sleep(lateWithin, AbortSignal.any([run.signal, done.signal])).catch(() => {});
  await Promise.race([all, deadline]);
  over = true;
  done.abort();
  if (known.some(isOpen)) speak(fromLine(lines.pick('error.home'), 'talk', plain));
  return known;
}

const isNews = (late: Outcome, before: Outcome): boolean =>
  isOpen(before) ||
  late.failed.some(({ name }) => !before.failed.some((failure) => failure.name === name)) ||
  (late.speech !== undefined && late.speech !== before.speech);
