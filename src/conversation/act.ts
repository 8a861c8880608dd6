import type { Clock } from '../clock.js';
import { isAbort } from '../faults.js';
import type { LinePicker } from '../persona/picker.js';
import type { Home, Outcome, Result, Run } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { undecided } from './choice.js';
import { claims, fromLine, type Spoken } from './claims.js';
import { isOpen, withLateNews } from './late.js';
import { type Origin, takeBack, type Work, withEarlier } from './revision.js';
import { wordsOf } from './words.js';

/** What acting needs, all of it bound to one reply. */
export interface Acting {
  readonly home: Pick<Home, 'perform'>;
  readonly run: Run;
  readonly lines: LinePicker;
  /** Says it and notes it as said, unless the run was given up. */
  readonly speak: (spoken: readonly Spoken[]) => void;
  readonly clock: Clock;
  readonly tauntAfter: Milliseconds;
  /** How long the reply stays open for what a slow home has still to tell. */
  readonly lateWithin: Milliseconds;
  readonly origins: WeakMap<Outcome, Origin>;
  /** Logs an error, and gives what to say about it. */
  readonly onError: (error: unknown) => readonly Spoken[];
}

/** How it is done and told. */
export interface Manner {
  /** All that was said, in words, by each reading. */
  readonly said: readonly string[];
  readonly plain: boolean;
  /** The caller speaks. */
  readonly silent?: boolean;
}

/**
 * Undoes, performs and then claims what really happened, also where it broke off half-way. One command after the
 * other: "then" means it. Never rejects for what the home does; ends early, with what was done, when the run is given up.
 */
export async function carryOut(work: Work, acting: Acting, { said, plain, silent = false }: Manner): Promise<Result> {
  const { home, run, lines, origins } = acting;
  const outcomes: Outcome[] = [...work.keep];
  const notUndone: Outcome[] = [];
  const unsettled = new Set(work.todo.flatMap(({ over }) => over));
  for (const kept of work.keep) origins.set(kept, { part: origins.get(kept)?.part ?? '', said });

  const failure = await underTaunt(acting, plain || silent, async () => {
    for (const outcome of work.undo.toReversed()) {
      const undone = await unlessAbandoned(takeBack(outcome, run), acting);
      if (undone.failed.length === 0) continue;
      outcomes.push(outcome);
      notUndone.push(undone);
    }
    for (const { part, over } of work.todo) {
      run.signal.throwIfAborted();
      const outcome = withEarlier(await unlessAbandoned(home.perform(part.command, run), acting), over);
      origins.set(outcome, { part: wordsOf(part.text), said });
      outcomes.push(outcome);
      for (const earlier of over) unsettled.delete(earlier);
    }
    if (work.todo.length > 0) run.mark('performed');
  });
  outcomes.push(...unsettled);

  if (!silent && (failure === undefined || outcomes.length > 0)) {
    const unclear = undecided(outcomes);
    const told = [...outcomes, ...notUndone].filter((outcome) => !isOpen(outcome) && outcome !== unclear);
    acting.speak(claims(told, lines, plain));
  }
  report(failure, acting);
  const expectsAnswer = outcomes.some((outcome) => outcome.expectsAnswer);
  const ended = { expectsAnswer, ...troubleOf(failure) };
  // Nobody waits for news with a question open.
  if (silent || expectsAnswer) return { ...ended, outcomes };
  return { ...ended, outcomes: await withLateNews(outcomes, acting, plain) };
}

/** Takes everything back and says so, or says what could not be taken back. */
export async function retract(previous: readonly Outcome[], acting: Acting): Promise<Result> {
  const { run, lines, speak } = acting;
  const left = new Set(previous);
  const failed: Outcome[] = [];
  const failure = await underTaunt(acting, false, async () => {
    for (const outcome of previous.toReversed()) {
      const undone = await unlessAbandoned(takeBack(outcome, run), acting);
      if (undone.failed.length > 0) failed.push(undone);
      else left.delete(outcome);
    }
    run.mark('performed');
  });
  if (failed.length > 0) speak(claims(failed, lines, false));
  else if (failure === undefined) speak(fromLine(lines.pick('undone'), 'claim'));
  report(failure, acting);
  return { outcomes: [...left], expectsAnswer: false, ...troubleOf(failure) };
}

const troubleOf = (failure: unknown): Pick<Result, 'trouble'> => (failure === undefined ? {} : { trouble: 'failed' });

/** How long a home may still take for what it has begun when its run is given up: what it did may have to be undone. */
const GRACE: Milliseconds = 2_000;

/** The home's work; rejects with the signal's reason where a given-up run leaves it hanging. */
async function unlessAbandoned<T>(work: Promise<T>, { run, clock }: Acting): Promise<T> {
  const { signal } = run;
  const settled = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      clock.sleep(GRACE, settled.signal).then(
        () => reject(signal.reason),
        () => {},
      );
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    settled.abort();
  }
}

/** Runs the work and gives what it threw; if it takes long, a taunt, once, covers the wait. */
async function underTaunt(acting: Acting, quiet: boolean, work: () => Promise<void>): Promise<unknown> {
  const { run, lines, speak, clock, tauntAfter } = acting;
  const done = new AbortController();
  if (!quiet) {
    clock.sleep(tauntAfter, AbortSignal.any([run.signal, done.signal])).then(
      () => {
        if (!done.signal.aborted) speak(fromLine(lines.pick('taunt'), 'taunt'));
      },
      () => {},
    );
  }
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error('the home failed without an error');
  } finally {
    done.abort();
  }
}

function report(failure: unknown, { run, speak, onError }: Acting): void {
  if (failure === undefined || run.signal.aborted || isAbort(failure)) return;
  speak(onError(failure));
}
