import { setMaxListeners } from 'node:events';
import { Connection, type MessageBase } from 'home-assistant-js-websocket';
import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';
import { CoreRefusal } from './refusal.js';
import type { OpenSocket } from './socket.js';

/** A message of Core's websocket interface without its `id`. */
export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One connection from login to its end. */
export interface Link {
  readonly version: string;
  /** Aborted when the connection has ended, for whatever reason. */
  readonly lost: AbortSignal;
  request<T>(message: Message): Promise<T>;
  /** Resolves when Core has accepted it, with what ends it. */
  subscribe(message: Message, onEvent: (event: unknown) => void): Promise<() => void>;
  close(): void;
}

/** After so long without a word a ping is sent; without any word for `PATIENCE` after it the connection is dead. */
const QUIET: Milliseconds = 2_000;
/** Core on a small machine does stand still for a second or two while an integration starts. */
const PATIENCE: Milliseconds = 4_000;
/** While a ping is unanswered. */
const LOOK_EVERY: Milliseconds = 500;
/** With so many requests unanswered, Core answers nothing but pings: a new connection may help. */
const MOST_UNANSWERED = 256;

export const linkLost = (): Fault => new Fault('network', 'The connection to Home Assistant was lost', { retry: true });

/**
 * The library's connection for the life of one socket. It would also reconnect and subscribe anew, but its timers
 * have no limit in number and a subscription that Core refuses then rejects a promise that nobody holds, which ends a
 * Node program. Both are done in `connection.ts`.
 */
export const createLink = (socket: OpenSocket, clock: Clock): Link => {
  const lost = new AbortController();
  // Every subscription that is under way listens: more than ten at once where Core is slow, and Node takes that for a leak.
  setMaxListeners(0, lost.signal);
  const calls = new Set<(fault: Fault) => void>();

  const end = (): void => {
    // Before the library hears of it, so that it does not try to reconnect.
    connection.closeRequested = true;
    const fault = linkLost();
    lost.abort(fault);
    for (const reject of [...calls]) reject(fault);
  };
  socket.facade.addEventListener('close', end);
  const connection = new Connection(socket.facade, { setupRetry: 0, createSocket: () => Promise.reject(linkLost()) });

  /** What the library leaves unsettled or rejects with a bare number when the connection ends. */
  const guarded = <T>(type: string, send: () => Promise<T>): Promise<T> => {
    if (lost.signal.aborted) return Promise.reject(lost.signal.reason);
    if (calls.size >= MOST_UNANSWERED) {
      socket.kill();
      return Promise.reject(linkLost());
    }
    return new Promise((resolve, reject) => {
      calls.add(reject);
      const settle = (): void => void calls.delete(reject);
      send().then(
        (result) => {
          settle();
          resolve(result);
        },
        (error: unknown) => {
          settle();
          reject(typeof error === 'number' || lost.signal.aborted ? linkLost() : new CoreRefusal(type, error));
        },
      );
    });
  };

  let heardAt = clock.now();
  socket.facade.addEventListener('message', () => {
    heardAt = clock.now();
  });
  const silence = (): Milliseconds => clock.now() - heardAt;
  const heartbeat = async (): Promise<void> => {
    let asked = false;
    while (silence() < QUIET + PATIENCE) {
      if (silence() < QUIET) {
        asked = false;
        await clock.sleep(QUIET - silence(), lost.signal);
        continue;
      }
      if (!asked) guarded('ping', () => connection.ping()).catch(() => {});
      asked = true;
      await clock.sleep(LOOK_EVERY, lost.signal);
    }
    socket.kill();
  };
  heartbeat().catch(() => {}); // ends with the link

  return {
    version: socket.version,
    lost: lost.signal,
    request: <T>(message: Message) =>
      guarded(message.type, () => connection.sendMessagePromise<T>({ ...message } as MessageBase)),
    async subscribe(message, onEvent) {
      const unsubscribe = await guarded(message.type, () =>
        connection.subscribeMessage(onEvent, { ...message } as MessageBase, { resubscribe: false }),
      );
      return () => {
        if (!lost.signal.aborted) guarded('unsubscribe_events', unsubscribe).catch(() => {});
      };
    },
    close: () => socket.kill(),
  };
};
