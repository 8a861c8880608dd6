import { Fault, isAbort } from '../faults.js';
import type { Outcome, Playback, Reply, Run, Say, Transcript, Understanding } from '../stages.js';
import type { Timeline } from '../timeline/timeline.js';

/** One try at understanding what was said. It comes to nothing unless the turn commits to it. */
export interface Attempt {
  readonly id: number;
  readonly said: Transcript;
  readonly run: Run;
  /** The timeline of a turn is that of the attempt it acted on. */
  readonly timeline: Timeline;
  reply?: Reply;
  understanding?: Understanding;
  /** What the persona said, as far as it got. */
  readonly spoken: Say[];
  /** Once its reply was spoken to the end, or cut. */
  answer?: Answer;
  commit(): void;
  /** Takes the attempt back, or silences its answer. */
  abort(reason: string): void;
}

/** How a reply came out of the loudspeaker. */
export interface Answer {
  readonly playback: Playback;
  readonly expectsAnswer: boolean;
}

/** The turn has changed its mind, or the program ends. Shown to nobody. */
const abortion = (reason: string): Error => Object.assign(new Error(reason), { name: 'AbortError' });

export const openAttempt = (id: number, said: Transcript, timeline: Timeline, signal: AbortSignal): Attempt => {
  const controller = new AbortController();
  const whole = AbortSignal.any([signal, controller.signal]);
  let commit: () => void = () => {};
  const committed = new Promise<void>((resolve, reject) => {
    commit = resolve;
    if (whole.aborted) reject(whole.reason);
    else whole.addEventListener('abort', () => reject(whole.reason), { once: true });
  });
  // Nobody need be waiting when an attempt is revoked.
  committed.catch(() => {});
  return {
    id,
    said,
    timeline,
    run: { signal: whole, committed, mark: (name, at) => timeline.mark(name, at) },
    spoken: [],
    commit,
    abort: (reason) => controller.abort(abortion(reason)),
  };
};

/** What an attempt has done, also where its answer was cut short. */
export const outcomesOf = async ({ reply }: Attempt): Promise<readonly Outcome[]> => {
  try {
    return (await reply?.result)?.outcomes ?? [];
  } catch (error) {
    if (error instanceof Fault || isAbort(error)) return [];
    throw error;
  }
};
