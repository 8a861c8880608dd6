import { type Clock, systemClock } from './clock.js';
import { connect } from './connect.js';
import type { Connection } from './connection.js';
import { describe } from './describe.js';
import type { Limits } from './limits.js';
import type { Info } from './messages/info.js';
import { parseUri } from './uri.js';
import { WyomingError } from './wyoming-error.js';

/** How a service elsewhere is, as last seen. */
export type Health =
  | { readonly state: 'unknown' }
  | { readonly state: 'up'; readonly info: Info }
  /** `info` is what it offered when it was last up. */
  | { readonly state: 'down'; readonly error: WyomingError; readonly info?: Info };

export interface ClientOptions {
  /** Milliseconds to connect, and again to be described; default 5000. */
  readonly timeout?: number;
  /** Milliseconds between two looks at a service that is up; default 30000. */
  readonly interval?: number;
  /** Milliseconds to the first new attempt at one that is down (default 500), and at most (default 10000). */
  readonly pause?: { readonly first: number; readonly longest: number };
  /** Called at each look whose outcome is another than the last one's, and when the info was renewed. */
  readonly onHealth?: (health: Health) => void;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
}

/** A service elsewhere that may come and go. */
export interface Client {
  readonly uri: string;
  readonly health: Health;
  /**
   * A new connection, the caller's own, who closes it. While the service is down it rejects at once with what is
   * wrong, so that something else can take over.
   */
  connection(signal?: AbortSignal): Promise<Connection>;
  /** What the service offers, as soon as it is up. */
  ready(signal?: AbortSignal): Promise<Info>;
  /** Stops looking after the service. Connections stay. */
  close(): Promise<void>;
}

/** Looks after a service: describes it regularly and, where it is down, at growing intervals. Throws `uri`. */
export const openClient = (uri: string, options: ClientOptions = {}): Client => {
  const { timeout = 5000, interval = 30_000, onHealth, limits = {}, clock = systemClock } = options;
  const { first, longest } = options.pause ?? { first: 500, longest: 10_000 };
  parseUri(uri);
  const closing = new AbortController();
  let health: Health = { state: 'unknown' };
  const waiting = new Set<() => void>();
  /** Ends the pause between two looks. */
  let look: AbortController | undefined;
  let pause = first;

  const become = (next: Health): void => {
    health = next;
    onHealth?.(next);
    for (const wake of [...waiting]) wake();
  };

  const onFailure = (error: unknown): void => {
    if (closing.signal.aborted) return;
    const known = error instanceof WyomingError ? error : new WyomingError('internal', String(error), { cause: error });
    const { info } = health.state === 'unknown' ? {} : health;
    const repeated = health.state === 'down' && health.error.code === known.code;
    const next: Health = { state: 'down', error: known, ...(info ? { info } : {}) };
    if (repeated) health = next;
    else become(next);
  };

  const keepLooking = async (): Promise<void> => {
    while (true) {
      try {
        const info = await describe(uri, { signal: closing.signal, timeout, limits, clock });
        pause = first;
        become({ state: 'up', info });
      } catch (error) {
        onFailure(error);
      }
      if (closing.signal.aborted) return;
      look = new AbortController();
      const stop = (): void => look?.abort();
      closing.signal.addEventListener('abort', stop, { once: true });
      const up = health.state === 'up';
      await clock.sleep(up ? interval : pause, look.signal).catch(() => undefined);
      if (!up) pause = Math.min(pause * 2, longest);
      closing.signal.removeEventListener('abort', stop);
      look = undefined;
      if (closing.signal.aborted) return;
    }
  };
  const looking = keepLooking();

  /** Until the health is another one. */
  const change = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        waiting.delete(done);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        waiting.delete(done);
        reject(signal?.reason);
      };
      waiting.add(done);
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  const open = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closing.signal.aborted) throw new WyomingError('closed', `The client of ${uri} is closed.`);
  };

  return {
    uri,
    get health() {
      return health;
    },
    async connection(signal) {
      open(signal);
      while (health.state === 'unknown') {
        await change(signal);
        open(signal);
      }
      if (health.state === 'down') throw health.error;
      try {
        return await connect(uri, { ...(signal ? { signal } : {}), timeout, limits, clock });
      } catch (error) {
        if (error instanceof WyomingError) {
          onFailure(error);
          look?.abort();
        }
        throw error;
      }
    },
    async ready(signal) {
      open(signal);
      while (health.state !== 'up') {
        await change(signal);
        open(signal);
      }
      return health.info;
    },
    async close() {
      closing.abort();
      for (const wake of [...waiting]) wake();
      await looking;
    },
  };
};
