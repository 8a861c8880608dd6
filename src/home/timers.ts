import type { Clock } from '../clock.js';
import { isAbort } from '../faults.js';
import type { Milliseconds, Seconds } from '../units.js';

/** A timer that runs or is paused. Never changed: a change makes a new one. */
export interface Timer {
  readonly id: number;
  /** As it was asked for. */
  readonly seconds: Seconds;
  /** On the clock; undefined while it is paused. */
  readonly ends: Milliseconds | undefined;
  /** What was left when it was paused. */
  readonly left: Milliseconds;
}

/** Beyond, somebody wants a calendar. */
const LONGEST_TIMER: Seconds = 24 * 3600;
const MOST_TIMERS = 20;

const leftOf = (timer: Timer, now: Milliseconds): Milliseconds =>
  timer.ends === undefined ? timer.left : Math.max(0, timer.ends - now);

/** The timers of a house: a list that is replaced as a whole, so that a change can be taken back. */
export class Timers {
  #list: readonly Timer[] = [];
  #lastId = 0;
  readonly #running = new Map<Timer, AbortController>();
  readonly #clock: Clock;
  readonly #finished: (timer: Timer) => void;

  constructor(clock: Clock, finished: (timer: Timer) => void) {
    this.#clock = clock;
    this.#finished = finished;
  }

  get list(): readonly Timer[] {
    return this.#list;
  }

  /** What is left of a timer. */
  left(timer: Timer): Milliseconds {
    return leftOf(timer, this.#clock.now());
  }

  /** The list with one more; a reason where that cannot be. */
  started(seconds: Seconds): readonly Timer[] | string {
    if (!(seconds >= 1)) return 'a timer needs at least a second';
    if (seconds > LONGEST_TIMER) return 'a timer goes no further than a day';
    if (this.#list.length >= MOST_TIMERS) return 'there are too many timers';
    const ends = this.#clock.now() + seconds * 1000;
    return [...this.#list, { id: this.#lastId + 1, seconds, ends, left: seconds * 1000 }];
  }

  /** The list with a timer longer or shorter. */
  moved(timer: Timer, by: Seconds): readonly Timer[] {
    const left = Math.max(0, timer.left + by * 1000);
    const ends = timer.ends === undefined ? undefined : Math.max(this.#clock.now(), timer.ends + by * 1000);
    return this.#with(timer, { ...timer, ends, left });
  }

  paused(timer: Timer): readonly Timer[] {
    return this.#with(timer, { ...timer, ends: undefined, left: this.left(timer) });
  }

  resumed(timer: Timer): readonly Timer[] {
    return this.#with(timer, { ...timer, ends: this.#clock.now() + timer.left });
  }

  #with(timer: Timer, instead: Timer): readonly Timer[] {
    return this.#list.map((one) => (one === timer ? instead : one));
  }

  /** Makes a list the timers there are. Those that have run out meanwhile are left out. */
  replace(list: readonly Timer[]): void {
    const now = this.#clock.now();
    this.#list = list.filter(({ ends }) => ends === undefined || ends > now);
    for (const [timer, controller] of this.#running) {
      if (this.#list.includes(timer)) continue;
      this.#running.delete(timer);
      controller.abort();
    }
    for (const timer of this.#list) {
      this.#lastId = Math.max(this.#lastId, timer.id);
      if (timer.ends !== undefined && !this.#running.has(timer)) void this.#run(timer, timer.ends - now);
    }
  }

  /** As new. */
  reset(): void {
    this.replace([]);
    this.#lastId = 0;
  }

  async #run(timer: Timer, duration: Milliseconds): Promise<void> {
    const controller = new AbortController();
    this.#running.set(timer, controller);
    try {
      await this.#clock.sleep(duration, controller.signal);
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    if (controller.signal.aborted) return;
    this.#running.delete(timer);
    this.#list = this.#list.filter((one) => one !== timer);
    this.#finished(timer);
  }
}
