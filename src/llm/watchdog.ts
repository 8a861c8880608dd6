import type { Clock } from '../clock.js';
import type { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';

export interface Limits {
  /** To the first word. */
  readonly first: Milliseconds;
  /** Between two signs of life after it. */
  readonly silence: Milliseconds;
}

/** The life of one request: ends with the caller's signal, by a limit, or when its reader has gone. */
export interface Watchdog {
  /** Aborted with the caller's reason, or with the fault that says which limit was passed. */
  readonly signal: AbortSignal;
  /** Something came. */
  alive(): void;
  /** The first word came. */
  begun(): void;
  /** Its reader is busy with a word, for as long as it likes: silence is not the server's then. */
  pause(): void;
  /** The reader wants more. */
  resume(): void;
  /** The answer is complete: its connection is left for the next one. */
  finish(): void;
  /** Ends the request unless it is complete. */
  end(): void;
}

interface WatchSettings {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly slow: () => Fault;
  readonly stalled: () => Fault;
}

export const watch = (caller: AbortSignal, { clock, limits, slow, stalled }: WatchSettings): Watchdog => {
  const controller = new AbortController();
  const watching = new AbortController();
  const pass = () => controller.abort(caller.reason);
  const leave = () => {
    caller.removeEventListener('abort', pass);
    watching.abort();
  };
  if (caller.aborted) pass();
  else caller.addEventListener('abort', pass, { once: true });
  controller.signal.addEventListener('abort', leave, { once: true });

  let due = clock.now() + limits.first;
  let talking = false;
  let paused = false;
  const patrol = async () => {
    for (;;) {
      // Never longer than the shorter limit, which may come to count at any moment.
      await clock.sleep(Math.min(due - clock.now(), limits.silence), watching.signal);
      if (paused) due = clock.now() + limits.silence;
      else if (clock.now() >= due) return controller.abort(talking ? stalled() : slow());
    }
  };
  if (!controller.signal.aborted) patrol().catch(() => {}); // It sleeps until it is called off.

  let finished = false;
  return {
    signal: controller.signal,
    alive() {
      if (talking) due = clock.now() + limits.silence;
    },
    begun() {
      talking = true;
      due = clock.now() + limits.silence;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      due = clock.now() + limits.silence;
    },
    finish() {
      finished = true;
      leave();
    },
    end() {
      if (!finished) controller.abort();
    },
  };
};
