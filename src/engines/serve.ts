/** The inside of a host: a module that `openHost` starts calls `serve` once. */
import { isMainThread, parentPort } from 'node:worker_threads';
import { Fault } from '../faults.js';
import { type FromHost, MEMORY, parcel, type ToHost, toWire } from './protocol.js';
import { within } from './within.js';

export interface CallContext {
  /** Aborted when the caller has given up, or when the host is being closed. */
  readonly signal: AbortSignal;
}

export interface Service {
  /** An `AsyncIterable` is what `Host.stream` reads; anything else is for `Host.call`. Calls run in parallel. */
  readonly methods: Readonly<
    Record<string, (params: never, context: CallContext) => unknown | Promise<unknown> | AsyncIterable<unknown>>
  >;
  /** Called once, after every call has been cancelled and has settled: nothing may run natively when it returns. */
  close?(): Promise<void>;
}

/** Time a process has to settle its calls when its parent is gone. */
const ORPHAN_LIMIT = 1000;

interface Port {
  send(message: FromHost): void;
  listen(receive: (message: ToHost) => void): void;
  exit(): void;
}

interface Call {
  readonly abort: AbortController;
  credit: number;
  /** Wakes a stream that waits for credit. */
  wake(): void;
  settled: Promise<void>;
}

/** @param start loads the engine; what it throws rejects `openHost`. */
export const serve = (start: (init: never) => Promise<Service> | Service): void => {
  const port = isMainThread ? processPort() : workerPort();
  const calls = new Map<number, Call>();
  let service: Promise<Service> | undefined;
  let closing: Promise<void> | undefined;
  let loadedBytes = 0;

  const load = async (init: unknown): Promise<Service> => {
    const before = process.memoryUsage.rss();
    const loaded = await start(init as never);
    loadedBytes = Math.max(0, process.memoryUsage.rss() - before);
    return loaded;
  };

  const close = async (): Promise<void> => {
    for (const { abort, wake } of calls.values()) {
      abort.abort();
      wake();
    }
    await Promise.all([...calls.values()].map(({ settled }) => settled));
    const loaded = await service?.catch(() => undefined);
    await loaded?.close?.();
  };

  const invoke = async (message: ToHost & { kind: 'call' }, call: Call): Promise<void> => {
    try {
      if (message.method === MEMORY) {
        const value = isMainThread ? process.memoryUsage.rss() : loadedBytes;
        return port.send({ kind: 'result', id: message.id, value });
      }
      const methods = (await service)?.methods;
      const method = methods !== undefined && Object.hasOwn(methods, message.method) ? methods[message.method] : null;
      if (!method) throw new Fault('internal', `There is no method "${message.method}"`);
      const answer = method(message.params as never, { signal: call.abort.signal });
      if (!isStream(answer)) return port.send({ kind: 'result', id: message.id, value: await answer });
      await send(answer, message.id, call);
    } catch (error) {
      port.send({ kind: 'error', id: message.id, fault: toWire(error) });
    } finally {
      calls.delete(message.id);
    }
  };

  const send = async (items: AsyncIterable<unknown>, id: number, call: Call): Promise<void> => {
    const { signal } = call.abort;
    for await (const value of items) {
      while (call.credit === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          call.wake = resolve;
        });
      }
      if (signal.aborted) break;
      call.credit -= 1;
      port.send({ kind: 'item', id, value });
    }
    port.send({ kind: 'end', id });
  };

  const begin = (message: ToHost & { kind: 'call' }): void => {
    const call: Call = {
      abort: new AbortController(),
      credit: message.credit ?? 0,
      wake: () => {},
      settled: Promise.resolve(),
    };
    calls.set(message.id, call);
    call.settled = invoke(message, call);
  };

  const receive = (message: ToHost): void => {
    const call = 'id' in message ? calls.get(message.id) : undefined;
    switch (message.kind) {
      case 'init':
        service = load(message.init);
        service.then(
          () => port.send({ kind: 'ready' }),
          (error: unknown) => port.send({ kind: 'failed', fault: toWire(error) }),
        );
        break;
      case 'call':
        if (closing === undefined) begin(message);
        break;
      case 'credit':
        if (call !== undefined) call.credit += message.credit;
        call?.wake();
        break;
      case 'cancel':
        call?.abort.abort();
        call?.wake();
        break;
      case 'close':
        closing ??= close().then(port.exit, port.exit);
        break;
    }
  };

  if (isMainThread) {
    // The terminal sends Ctrl-C to the whole group; the program itself decides when its hosts end.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => receive({ kind: 'close' }));
    process.on('disconnect', () => {
      closing ??= close();
      // Not `exit`: native code that is still at work must not meet the destructors of its library.
      void within(closing, ORPHAN_LIMIT).finally(() => process.kill(process.pid, 'SIGKILL'));
    });
  }
  port.listen(receive);
  port.send({ kind: 'hello' });
};

const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;

const processPort = (): Port => ({
  send: (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  },
  listen: (receive) => {
    process.on('message', (message) => receive(message as ToHost));
  },
  exit: () => process.exit(0),
});

const workerPort = (): Port => ({
  send: (message) => {
    const { value, transfer } = parcel(message);
    parentPort?.postMessage(value, transfer);
  },
  listen: (receive) => {
    parentPort?.on('message', receive);
  },
  exit: () => process.exit(0),
});
