/** A host that is loaded when it is needed, shared by all who use it, and loaded again when it has died. */
import { type Clock, systemClock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Bytes, Milliseconds } from '../units.js';
import type { Log } from './carrier.js';
import type { Host } from './host.js';

export interface SuperviseOptions {
  readonly name: string;
  readonly open: () => Promise<Host>;
  /** Load now rather than on first use. Default false. */
  readonly preload?: boolean;
  /** When a host that died is loaded again. Default `at once`. */
  readonly restart?: 'at once' | 'on use';
  readonly log?: Log;
  readonly clock?: Clock;
}

/** The right to use a host. While there is one, the host is not unloaded. */
export interface Lease {
  readonly host: Host;
  release(): void;
}

export interface Supervised {
  /**
   * The loaded host; waits while it loads. After a death, and while it rests after failures in a row, it rejects at
   * once or as soon as loading has failed, so that a turn can fall back.
   *
   * @throws what `open` threw, `Fault('engine', retry)` while it rests, or the signal's reason.
   */
  lease(signal?: AbortSignal): Promise<Lease>;
  readonly state: 'unloaded' | 'loading' | 'loaded' | 'resting' | 'closed';
  /** Leases that have not been released. */
  readonly users: number;
  /** When the last lease was taken or released, on the clock. */
  readonly lastUsed: Milliseconds;
  /** 0 while it is not loaded. */
  memory(): Promise<Bytes>;
  /** Makes room. False, and nothing done, while somebody uses it or it loads. */
  unload(): Promise<boolean>;
  close(): Promise<void>;
}

/** The pause before the second attempt in a row; each further one is twice as long. The first needs none. */
const FIRST_PAUSE: Milliseconds = 1000;
const LONGEST_PAUSE: Milliseconds = 30_000;
/** A host that has lived this long was not a failure: it may be loaded again without a pause. */
const LIVED: Milliseconds = 60_000;
/** Restarts in a row that nobody asked for. After these it is loaded only when it is wanted. */
const UNASKED_RESTARTS = 5;

/** @param failures in a row, from 1. */
const pauseAfter = (failures: number): Milliseconds =>
  failures <= 1 ? 0 : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 2));

class SupervisedHost implements Supervised {
  readonly #options: SuperviseOptions;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  #host: Host | undefined;
  #loading: Promise<Host> | undefined;
  #users = 0;
  #lastUsed: Milliseconds = 0;
  #failures = 0;
  /** Not loaded before this moment. */
  #restUntil: Milliseconds = Number.NEGATIVE_INFINITY;
  #lastFault: unknown;

  constructor(options: SuperviseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    if (options.preload === true) this.#load().catch(() => {});
  }

  get state(): Supervised['state'] {
    if (this.#closed.signal.aborted) return 'closed';
    if (this.#host !== undefined) return 'loaded';
    if (this.#loading !== undefined) return 'loading';
    return this.#clock.now() < this.#restUntil ? 'resting' : 'unloaded';
  }

  get users(): number {
    return this.#users;
  }

  get lastUsed(): Milliseconds {
    return this.#lastUsed;
  }

  async lease(signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    // Counted before the wait, so that nobody unloads it between loading and use.
    this.#use(1);
    try {
      const host = this.#host ?? (await unlessAborted(this.#load(), signal));
      let released = false;
      const release = () => {
        if (!released) this.#use(-1);
        released = true;
      };
      return { host, release };
    } catch (error) {
      this.#use(-1);
      throw error;
    }
  }

  async memory(): Promise<Bytes> {
    return (await this.#host?.memory()) ?? 0;
  }

  async unload(): Promise<boolean> {
    if (this.#users > 0 || this.#loading !== undefined) return false;
    const host = this.#host;
    this.#host = undefined;
    await host?.close();
    return true;
  }

  async close(): Promise<void> {
    this.#closed.abort(new Fault('engine', `${this.#options.name} has been stopped`, { retry: true }));
    const loading = await this.#loading?.catch(() => undefined);
    await (this.#host ?? loading)?.close();
    this.#host = undefined;
  }

  #use(change: 1 | -1): void {
    this.#users += change;
    this.#lastUsed = this.#clock.now();
  }

  async #load(): Promise<Host> {
    this.#closed.signal.throwIfAborted();
    if (this.#loading !== undefined) return this.#loading;
    if (this.#clock.now() < this.#restUntil) {
      const { name } = this.#options;
      const fault = new Fault('engine', `${name} has failed ${this.#failures} times in a row and rests`, {
        retry: true,
        hint: messageOf(this.#lastFault),
      });
      throw fault;
    }
    this.#loading = this.#open().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #open(): Promise<Host> {
    const { open, log, name } = this.#options;
    let host: Host;
    try {
      host = await open();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
    const since = this.#clock.now();
    this.#host = host;
    log?.info({ host: name, loaded: true }, `${name} is loaded`);
    host.onExit((fault) => {
      if (this.#host === host) this.#host = undefined;
      if (fault === undefined) return;
      if (this.#clock.now() - since >= LIVED) this.#failures = 0;
      this.#failed(fault);
    });
    return host;
  }

  #failed(error: unknown): void {
    const { log, name, restart = 'at once' } = this.#options;
    this.#failures += 1;
    this.#lastFault = error;
    const pause = pauseAfter(this.#failures);
    this.#restUntil = pause === 0 ? Number.NEGATIVE_INFINITY : this.#clock.now() + pause;
    log?.error({ host: name, failures: this.#failures, pause, error }, messageOf(error));
    // What a restart cannot mend, such as a missing model, is tried again only when it is wanted.
    const mendable = error instanceof Fault && error.retry;
    if (restart !== 'at once' || !mendable || this.#failures > UNASKED_RESTARTS) return;
    this.#reload(pause).catch(() => {});
  }

  async #reload(pause: Milliseconds): Promise<void> {
    const { signal } = this.#closed;
    if (pause > 0) await this.#clock.sleep(pause, signal);
    // The promise that failed is still noted as loading until its own turn of the event loop is over.
    await this.#loading?.catch(() => {});
    if (this.#host === undefined) await this.#load();
  }
}

export const supervise = (options: SuperviseOptions): Supervised => new SupervisedHost(options);

const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return promise;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
};
