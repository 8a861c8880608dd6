import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';
import { type FromHost, fromWire, type ToHost } from './protocol.js';

/** Items a stream may be ahead of its reader. */
const STREAM_CREDIT = 8;

export interface CallOptions {
  /** Cancels the call in the host too. */
  readonly signal?: AbortSignal;
  /** The call is cancelled and rejected with a `Fault('engine')` after this. */
  readonly timeout?: Milliseconds;
}

type Send = (message: ToHost) => void;

interface Pending {
  item(value: unknown): void;
  done(value: unknown): void;
  fail(error: Error): void;
}

/** The calls and streams of one host that have no answer yet. */
export class Calls {
  readonly #name: string;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Takes an answer. One to a call that was cancelled meanwhile is dropped. */
  receive(message: Exclude<FromHost, { kind: 'hello' | 'ready' | 'failed' }>): void {
    const pending = this.#pending.get(message.id);
    if (message.kind === 'item') {
      pending?.item(message.value);
      return;
    }
    this.#pending.delete(message.id);
    if (message.kind === 'error') pending?.fail(fromWire(message.fault, this.#name));
    else pending?.done(message.kind === 'result' ? message.value : undefined);
  }

  /** Rejects all that wait. */
  close(fault: Fault): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.fail(fault);
  }

  call<T>(send: Send, method: string, params: unknown, { signal, timeout }: CallOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      this.#lastId += 1;
      const id = this.#lastId;
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
      };
      const giveUp = (error: unknown) => {
        settle();
        reject(error);
        cancel(send, id);
      };
      const onAbort = () => giveUp(signal?.reason);
      send({ kind: 'call', id, method, params });
      this.#pending.set(id, {
        item: () => {},
        done: (value) => {
          settle();
          resolve(value as T);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      const timer =
        timeout === undefined ? undefined : setTimeout(() => giveUp(tooSlow(this.#name, method, timeout)), timeout);
    });
  }

  async *stream<T>(send: Send, method: string, params: unknown, signal: AbortSignal): AsyncGenerator<T> {
    signal.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const items: unknown[] = [];
    let end: { readonly error?: unknown } | undefined;
    let wake = () => {};
    const finish = (how: { readonly error?: unknown }) => {
      end ??= how;
      wake();
    };
    const onAbort = () => {
      items.length = 0;
      finish({ error: signal.reason });
    };
    send({ kind: 'call', id, method, params, credit: STREAM_CREDIT });
    this.#pending.set(id, {
      item: (value) => {
        items.push(value);
        wake();
      },
      done: () => finish({}),
      fail: (error) => finish({ error }),
    });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        while (items.length > 0) {
          yield items.shift() as T;
          if (end === undefined) send({ kind: 'credit', id, credit: 1 });
        }
        if (end !== undefined) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if ('error' in end) throw end.error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (this.#pending.delete(id)) cancel(send, id);
    }
  }
}

const cancel = (send: Send, id: number): void => {
  try {
    send({ kind: 'cancel', id });
  } catch {
    // The host is gone, and the call with it.
  }
};

const tooSlow = (name: string, method: string, timeout: Milliseconds): Fault =>
  new Fault('engine', `${name} did not answer "${method}" within ${timeout} ms`, { retry: true });
