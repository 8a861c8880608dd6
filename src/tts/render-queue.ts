import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';
import { type OpenRendering, openRendering, type Rendering } from './rendering.js';

/** A reply that is being spoken, one that may be, and lines rendered for later. Each goes before the next. */
export type Priority = 'reply' | 'prepare' | 'prefill';
const RANK = { reply: 0, prepare: 1, prefill: 2 } as const;

export interface Order {
  /** Orders of the same key are the same sound, made once. */
  readonly key: string;
  readonly sentence: string;
  readonly plain: boolean;
  readonly priority: Priority;
}

/** A share in a rendering: what nobody holds any more is not made. */
export interface Ticket {
  readonly rendering: Rendering;
  release(): void;
}

/**
 * Sentences wait here for the synthesizer, which makes one at a time. A more urgent one takes the place of the one in
 * work, which is then made anew. At most `MOST_WAITING` wait; one more is refused with `Fault('busy')`.
 */
export interface RenderQueue {
  order(order: Order): Ticket;
  has(key: string): boolean;
  /** Keeps lines for later from being made until the returned function is called. */
  hold(): () => void;
  /** Fails all that waits. */
  close(reason: Fault): void;
}

export interface RenderQueueOptions {
  make(order: Order, signal: AbortSignal): AsyncIterable<Int16Array>;
  made(order: Order, sound: Int16Array): void;
  /** Without a chunk for so long, a rendering fails. Default 30 s, the loading of the model included. */
  readonly patience?: Milliseconds;
}

const MOST_WAITING = 64;

interface Job {
  order: Order;
  readonly rendering: OpenRendering;
  holders: number;
  /** Of the attempt that runs. */
  attempt: AbortController | undefined;
}

export const renderQueue = ({ make, made, patience = 30_000 }: RenderQueueOptions): RenderQueue => {
  const jobs = new Map<string, Job>();
  let running: Job | undefined;
  let holds = 0;
  let closed: Fault | undefined;

  const rank = ({ order }: Job): number => RANK[order.priority];

  const next = (): Job | undefined => {
    let best: Job | undefined;
    for (const job of jobs.values()) {
      if (job === running || (holds > 0 && job.order.priority === 'prefill')) continue;
      if (best === undefined || rank(job) < rank(best)) best = job;
    }
    return best;
  };

  /** Only of what no reply reads: what was made so far is thrown away. */
  const interrupt = (job: Job): void => {
    job.attempt?.abort();
    job.rendering.restart();
  };

  const pump = (): void => {
    const job = next();
    if (job === undefined) return;
    if (running === undefined) void attempt(job);
    else if (rank(job) < rank(running)) interrupt(running);
  };

  const attempt = async (job: Job): Promise<void> => {
    running = job;
    const abort = new AbortController();
    job.attempt = abort;
    const tooLong = new Fault('engine', `The voice has not answered for ${patience / 1000} s`, { retry: true });
    const impatience = setTimeout(() => abort.abort(tooLong), patience).unref();
    try {
      for await (const chunk of make(job.order, abort.signal)) {
        if (abort.signal.aborted) break;
        impatience.refresh();
        job.rendering.push(chunk);
      }
      abort.signal.throwIfAborted();
      jobs.delete(job.order.key);
      job.rendering.end();
      made(job.order, job.rendering.sound());
    } catch (error) {
      const interrupted = abort.signal.aborted && abort.signal.reason !== tooLong;
      // A job that was interrupted and is still wanted stays where it is and is made anew.
      if (!(interrupted && jobs.get(job.order.key) === job)) drop(job, error);
    } finally {
      clearTimeout(impatience);
      running = undefined;
      pump();
    }
  };

  const drop = (job: Job, error: unknown): void => {
    if (jobs.get(job.order.key) === job) jobs.delete(job.order.key);
    job.attempt?.abort();
    job.rendering.fail(error);
  };

  const holdJob = (job: Job): Ticket => {
    job.holders += 1;
    let held = true;
    return {
      rendering: job.rendering,
      release() {
        if (!held) return;
        held = false;
        job.holders -= 1;
        if (job.holders === 0 && jobs.get(job.order.key) === job)
          drop(job, new DOMException('Not wanted', 'AbortError'));
      },
    };
  };

  return {
    order(order) {
      if (closed !== undefined) throw closed;
      const known = jobs.get(order.key);
      if (known !== undefined) {
        if (RANK[order.priority] < rank(known)) known.order = order;
        const ticket = holdJob(known);
        pump();
        return ticket;
      }
      if (jobs.size >= MOST_WAITING) {
        throw new Fault('busy', `${jobs.size} sentences are already waiting for the voice`, { retry: true });
      }
      const job: Job = { order, rendering: openRendering(), holders: 0, attempt: undefined };
      jobs.set(order.key, job);
      const ticket = holdJob(job);
      pump();
      return ticket;
    },
    has: (key) => jobs.has(key),
    hold() {
      holds += 1;
      if (running?.order.priority === 'prefill') interrupt(running);
      let held = true;
      return () => {
        if (held) holds -= 1;
        held = false;
        pump();
      };
    },
    close(reason) {
      closed ??= reason;
      for (const job of [...jobs.values()]) drop(job, reason);
    },
  };
};
