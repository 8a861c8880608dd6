import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';
import type { Listener } from './listener.js';
import { type OpenRendering, openRendering, type Rendering } from './rendering.js';

/** A reply that is being spoken, one that may be, and lines rendered for later. Each goes before the next. */
export type Priority = 'reply' | 'prepare' | 'prefill';
const RANK = { reply: 0, prepare: 1, prefill: 2 } as const;

export interface Order {
  /** Orders of the same key are the same sound, made once. */
  readonly key: string;
  readonly priority: Priority;
  /** Of a reply. */
  readonly listener?: Listener;
  /** Called when it is first made, and again where it is made anew. */
  readonly begin: (priority: Priority) => Work;
}

/** A sentence in the making, piece by piece. */
export interface Work {
  /** Makes the next piece. */
  piece(signal: AbortSignal): AsyncIterable<Int16Array>;
  /** All pieces were made. */
  readonly done: boolean;
  /** Nothing more is wanted of it. */
  close(): void;
}

/** A share in a rendering: what nobody holds any more is not made. */
export interface Ticket {
  readonly rendering: Rendering;
  release(): void;
}

/**
 * Sentences wait here for the synthesizer, which makes one piece at a time. After each piece comes one of the most
 * urgent sentence: among replies for the listener who would be the first to hear silence, else in the order in which
 * they came. A more urgent one takes the place of the piece in work, whose sentence is then made anew. At most
 * `MOST_WAITING` sentences wait; one more is refused with `Fault('busy')`. A reply never has more than two.
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
  made(order: Order, sound: Int16Array): void;
  /** Without a chunk for so long, a rendering fails. Default 30 s, the loading of the model included. */
  readonly patience?: Milliseconds;
}

const MOST_WAITING = 64;

interface Job {
  order: Order;
  readonly rendering: OpenRendering;
  readonly listeners: Set<Listener>;
  holders: number;
  work: Work | undefined;
  /** Of the piece that runs. */
  attempt: AbortController | undefined;
}

export const renderQueue = ({ made, patience = 30_000 }: RenderQueueOptions): RenderQueue => {
  const jobs = new Map<string, Job>();
  let running: Job | undefined;
  let holds = 0;
  let closed: Fault | undefined;

  const next = (): Job | undefined => {
    let best: Job | undefined;
    for (const job of jobs.values()) {
      if (job === running || (holds > 0 && job.order.priority === 'prefill')) continue;
      if (best === undefined || isBefore(job, best)) best = job;
    }
    return best;
  };

  /** Only of what no reply reads: what was made so far is thrown away. */
  const interrupt = (job: Job): void => {
    job.attempt?.abort();
    job.work?.close();
    job.work = undefined;
    job.rendering.restart();
  };

  const pump = (): void => {
    const job = next();
    if (job === undefined) return;
    if (running === undefined) void makePiece(job);
    else if (rank(job) < rank(running)) interrupt(running);
  };

  const makePiece = async (job: Job): Promise<void> => {
    running = job;
    const abort = new AbortController();
    job.attempt = abort;
    const tooLong = new Fault('engine', `The voice has not answered for ${patience / 1000} s`, { retry: true });
    const impatience = setTimeout(() => abort.abort(tooLong), patience).unref();
    try {
      job.work ??= job.order.begin(job.order.priority);
      const { work } = job;
      for await (const chunk of work.piece(abort.signal)) {
        if (abort.signal.aborted) break;
        impatience.refresh();
        job.rendering.push(chunk);
        for (const { given } of job.listeners) given(chunk.length);
      }
      abort.signal.throwIfAborted();
      if (work.done) finish(job);
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

  const finish = (job: Job): void => {
    jobs.delete(job.order.key);
    job.rendering.end();
    made(job.order, job.rendering.sound());
  };

  const drop = (job: Job, error: unknown): void => {
    if (jobs.get(job.order.key) === job) jobs.delete(job.order.key);
    job.attempt?.abort();
    job.work?.close();
    job.rendering.fail(error);
  };

  const holdJob = (job: Job, listener: Listener | undefined): Ticket => {
    job.holders += 1;
    if (listener !== undefined) job.listeners.add(listener);
    let held = true;
    return {
      rendering: job.rendering,
      release() {
        if (!held) return;
        held = false;
        job.holders -= 1;
        if (listener !== undefined) job.listeners.delete(listener);
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
        order.listener?.given(known.rendering.length);
        const ticket = holdJob(known, order.listener);
        pump();
        return ticket;
      }
      if (jobs.size >= MOST_WAITING) {
        throw new Fault('busy', `${jobs.size} sentences are already waiting for the voice`, { retry: true });
      }
      const job: Job = {
        order,
        rendering: openRendering(),
        listeners: new Set(),
        holders: 0,
        work: undefined,
        attempt: undefined,
      };
      jobs.set(order.key, job);
      const ticket = holdJob(job, order.listener);
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

const rank = ({ order }: Job): number => RANK[order.priority];

const isBefore = (job: Job, other: Job): boolean =>
  rank(job) === rank(other) ? dryAt(job) < dryAt(other) : rank(job) < rank(other);

/** When the first of its listeners will hear silence; the same for all that nobody listens to yet. */
const dryAt = ({ listeners }: Job): Milliseconds => {
  let first = Number.POSITIVE_INFINITY;
  for (const { dry } of listeners) first = Math.min(first, dry);
  return first;
};
