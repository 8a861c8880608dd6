import { type Clock, systemClock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import { parseAddress } from './address.js';
import { admit } from './admission.js';
import { limited } from './limited.js';
import { createLink, type Link, linkLost, type Message } from './link.js';
import { createPost } from './rest.js';
import { openSocket } from './socket.js';
import { createSubscriptions } from './subscriptions.js';

export type { Message } from './link.js';

export type ConnectionState =
  /** Not there yet since the start; `reason` is why the last attempt failed. */
  | { readonly kind: 'connecting'; readonly reason?: string }
  | { readonly kind: 'connected'; readonly version: string }
  /** Was there before; attempts go on for ever. */
  | { readonly kind: 'away'; readonly reason: string }
  /** For good: nothing is tried again until the program is started with another token. */
  | { readonly kind: 'refused'; readonly reason: Fault }
  | { readonly kind: 'closed' };

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Default 10 s. */
  readonly timeout?: Milliseconds;
}

export interface HomeAssistant {
  readonly state: ConnectionState;
  /** Calls back at every change of `state`, after it; returns what ends that. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Resolves when connected; rejects with the `Fault` of a refusal or of `close`, or with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /**
   * Sends a message and gives Core's `result`. Rejects with a `Fault`: 'network' with `retry` at once while it is away,
   * when the connection is lost before the answer, and at the time limit; `CoreRefusal` for an error that Core answers.
   */
  call<T>(message: Message, options?: CallOptions): Promise<T>;
  /** Posts JSON to `path` below the REST interface, `states/sensor.x`, and gives the JSON answered. Rejects as `call` does. */
  post(path: string, body: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * Subscribes now and after each reconnection, until what it returns is called; events come in Core's order.
   * `onBegin` is called before each time it subscribes: what was known may be stale then.
   */
  subscribe<E>(message: Message, onEvent: (event: E) => void, onBegin?: () => void): () => void;
  /** Ends everything; what waits is rejected. */
  close(): void;
}

interface Settings {
  /** `http://host:8123`, `ws://supervisor/core/websocket`: see `parseAddress`. */
  readonly url: string;
  /** Of an administrator. */
  readonly token: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** 0…1, for the jitter of reconnection. */
  readonly random?: () => number;
}

const DEFAULT_TIMEOUT: Milliseconds = 10_000;
/** For the network and the login together. */
const LOGIN_LIMIT: Milliseconds = 10_000;
const FIRST_PAUSE: Milliseconds = 250;
/** Core needs seconds to start; after that nobody should wait for us. */
const LONGEST_PAUSE: Milliseconds = 5_000;
/** A connection that lasted this long was a real one, so the next attempt is made at once. */
const STEADY: Milliseconds = 10_000;

/**
 * Connects to Home Assistant and stays connected: returns at once, tries for ever, and subscribes anew after each loss.
 * Throws a `Fault` 'usage' for an address or a token that cannot be right.
 */
export const openHomeAssistant = ({
  url,
  token,
  log,
  clock = systemClock,
  random = Math.random,
}: Settings): HomeAssistant => {
  const address = parseAddress(url);
  const secret = token.trim();
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new Fault('usage', secret === '' ? 'home_assistant.token is empty' : 'home_assistant.token is no token', {
      hint: 'Create a long-lived access token in the profile of an administrator (Security, at the bottom).',
    });

  const post = createPost(address.rest, secret);
  const closing = new AbortController();
  const listeners = new Set<(state: ConnectionState) => void>();
  const subscriptions = createSubscriptions(log, clock);
  let state: ConnectionState = { kind: 'connecting' };
  let link: Link | undefined;

  const become = (next: ConnectionState): void => {
    state = next;
    for (const listener of [...listeners]) {
      try {
        listener(next);
      } catch (error) {
        log.error({ error }, 'a listener to the connection failed');
      }
    }
  };

  const connect = async (): Promise<Link> => {
    const attempt = new AbortController();
    const give = (): void => attempt.abort(closing.signal.reason);
    closing.signal.addEventListener('abort', give, { once: true });
    clock.sleep(LOGIN_LIMIT, attempt.signal).then(
      () => attempt.abort(new Fault('network', 'Home Assistant does not answer', { retry: true })),
      () => {},
    );
    try {
      return createLink(await openSocket(address.websocket, secret, attempt.signal), clock);
    } finally {
      closing.signal.removeEventListener('abort', give);
      attempt.abort();
    }
  };

  const live = async (): Promise<void> => {
    let failures = 0;
    let complained = false;
    let been = false;
    while (!closing.signal.aborted) {
      try {
        const next = await connect();
        link = next;
        await admit(next, log, clock);
        if (closing.signal.aborted) return;
        const since = clock.now();
        log.info({ version: next.version }, 'connected to Home Assistant');
        been = true;
        complained = false;
        subscriptions.begin(next);
        become({ kind: 'connected', version: next.version });
        await ended(next);
        if (clock.now() - since >= STEADY) failures = 0;
        throw linkLost();
      } catch (error) {
        link?.close();
        link = undefined;
        if (closing.signal.aborted) return;
        if (error instanceof Fault && !error.retry) {
          log.error({ error }, 'Home Assistant refuses this program');
          return become({ kind: 'refused', reason: error });
        }
        // Core restarts now and then: worth one line, not one each attempt.
        log[complained ? 'debug' : 'warn']({ error }, 'Home Assistant is away, trying again');
        complained = true;
        become({ kind: been ? 'away' : 'connecting', reason: messageOf(error) });
        const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(failures++, 10), LONGEST_PAUSE);
        await clock.sleep(pause * (0.5 + random() / 2), closing.signal);
      }
    }
  };
  live().catch((error) => {
    if (!closing.signal.aborted) log.error({ error }, 'the connection to Home Assistant ended');
  });

  /** Why nothing can be sent now. */
  const trouble = (): Fault => {
    if (state.kind === 'refused') return state.reason;
    if (state.kind === 'closed') return closedFault();
    return new Fault('network', 'Home Assistant is away', { retry: true });
  };

  return {
    get state() {
      return state;
    },
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ready: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const look = (): void => {
          if (state.kind === 'connected') done(resolve);
          else if (state.kind === 'refused' || state.kind === 'closed') done(() => reject(trouble()));
        };
        const onAbort = (): void => done(() => reject(signal.reason));
        const done = (settle: () => void): void => {
          listeners.delete(look);
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        listeners.add(look);
        signal.addEventListener('abort', onAbort, { once: true });
        look();
      }),
    async call<T>(message: Message, { signal, timeout = DEFAULT_TIMEOUT }: CallOptions = {}): Promise<T> {
      signal?.throwIfAborted();
      if (state.kind !== 'connected' || !link) throw trouble();
      return limited(link.request<T>(message), message.type, timeout, clock, signal);
    },
    async post(path, body, { signal, timeout = DEFAULT_TIMEOUT } = {}) {
      signal?.throwIfAborted();
      if (state.kind !== 'connected') throw trouble();
      const over = new AbortController();
      try {
        return await limited(post(path, body, over.signal), `a POST of ${path}`, timeout, clock, signal);
      } finally {
        over.abort();
      }
    },
    subscribe: (message, onEvent, onBegin) => subscriptions.add(message, onEvent as (event: unknown) => void, onBegin),
    close() {
      if (closing.signal.aborted) return;
      closing.abort(closedFault());
      subscriptions.clear();
      link?.close();
      become({ kind: 'closed' });
      listeners.clear();
    },
  };
};

const closedFault = (): Fault => new Fault('network', 'The connection to Home Assistant is closed');

const ended = (link: Link): Promise<void> =>
  new Promise((resolve) => {
    if (link.lost.aborted) resolve();
    else link.lost.addEventListener('abort', () => resolve(), { once: true });
  });
