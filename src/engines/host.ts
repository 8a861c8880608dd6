/** A loaded engine elsewhere: one protocol of messages, carried by a worker or by a process. */
import { Fault } from '../faults.js';
import type { Bytes, Milliseconds } from '../units.js';
import { type CallOptions, Calls } from './calls.js';
import { type Carrier, type CarrierOptions, runProcess, runWorker } from './carrier.js';
import { fromWire, MEMORY, type ToHost } from './protocol.js';
import { within } from './within.js';

export interface HostOptions extends CarrierOptions {
  /** `process` for what may abort or must be killed; `worker` else. */
  readonly carrier: 'worker' | 'process';
  /** Handed to the module's `serve`. Cloned. */
  readonly init: unknown;
  /** Until it has loaded. Default 60 s. */
  readonly startTimeout?: Milliseconds;
  /** How long a host may take to end by itself. Default 5 s. */
  readonly closeTimeout?: Milliseconds;
}

export interface Host {
  /** Rejects with the host's own `Fault`, with the signal's reason, or with `Fault('engine', retry)` if the host dies. */
  call<T>(method: string, params?: unknown, options?: CallOptions): Promise<T>;
  /**
   * Begins when it is first read, and is cancelled in the host when the reader leaves. The host is never more than
   * `STREAM_CREDIT` items ahead of the reader: it waits.
   */
  stream<T>(method: string, params: unknown, signal: AbortSignal): AsyncIterable<T>;
  readonly alive: boolean;
  /** Of a host that is a process. */
  readonly pid: number | undefined;
  /** Called once, with the fault where the end was not asked for; at once if it has ended already. */
  onExit(listener: (fault: Fault | undefined) => void): void;
  /** Resident memory of a process; of a worker, what the program grew by while it loaded: an estimate. */
  memory(): Promise<Bytes>;
  /**
   * Cancels what runs and asks the host to end. A process that does not is ended by SIGTERM, then by SIGKILL. A worker
   * is only waited for: to terminate one in the middle of native code aborts the whole program. Never rejects.
   */
  close(): Promise<void>;
}

/** A host that runs native code cannot answer meanwhile; a question about memory is not worth a longer wait. */
const MEMORY_TIMEOUT: Milliseconds = 5000;

/**
 * Starts a host and waits until it has loaded.
 *
 * @throws the module's own `Fault`, or `Fault('engine', retry)` where it dies or does not answer in time.
 */
export const openHost = async (options: HostOptions): Promise<Host> => {
  const { name, startTimeout = 60_000 } = options;
  let loaded = () => {};
  let refused = (_: Error) => {};
  const ready = new Promise<true>((resolve, reject) => {
    loaded = () => resolve(true);
    refused = reject;
  });
  const calls = new Calls(name);
  const carrier = (options.carrier === 'worker' ? runWorker : runProcess)(options, (message) => {
    if (message.kind === 'hello') carrier.send({ kind: 'init', init: options.init });
    else if (message.kind === 'ready') loaded();
    else if (message.kind === 'failed') refused(fromWire(message.fault, name));
    else calls.receive(message);
  });
  const host = createHost(options, carrier, calls);
  host.onExit((fault) => refused(fault ?? stopped(name)));
  try {
    const started = await within(ready, startTimeout);
    if (started === undefined) {
      throw new Fault('engine', `${name} has not loaded within ${startTimeout / 1000} s`, { retry: true });
    }
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
};

const stopped = (name: string): Fault => new Fault('engine', `${name} has been stopped`, { retry: true });

const createHost = (options: HostOptions, carrier: Carrier, calls: Calls): Host => {
  const { name, log, closeTimeout = 5000 } = options;
  const listeners: ((fault: Fault | undefined) => void)[] = [];
  let end: { readonly fault: Fault | undefined } | undefined;
  let closing: Promise<void> | undefined;

  const exited = carrier.exited.then((reason) => {
    const fault = new Fault('engine', `${name} has stopped unexpectedly (${reason})`, {
      retry: true,
      hint: 'It is loaded again when it is next needed. If this repeats, run with log level debug and report it.',
    });
    end = { fault: closing === undefined ? fault : undefined };
    calls.close(end.fault ?? stopped(name));
    for (const listener of listeners.splice(0)) listener(end.fault);
  });

  const send = (message: ToHost): void => {
    if (end !== undefined || closing !== undefined) throw end?.fault ?? stopped(name);
    carrier.send(message);
  };

  const shutDown = async (): Promise<void> => {
    calls.close(stopped(name));
    if (end === undefined) carrier.send({ kind: 'close' });
    const gone = async (limit: Milliseconds) =>
      (await within(
        exited.then(() => true),
        limit,
      )) === true;
    if (carrier.kill === undefined) {
      if (await gone(closeTimeout)) return;
      log?.warn({ host: name }, `${name} is still at work after ${closeTimeout / 1000} s and is left to itself`);
      return carrier.abandon();
    }
    if (await gone(closeTimeout / 2)) return;
    carrier.kill('SIGTERM');
    if (await gone(closeTimeout / 2)) return;
    log?.warn({ host: name }, `${name} did not end within ${closeTimeout / 1000} s and was killed`);
    carrier.kill('SIGKILL');
    await exited;
  };

  const call: Host['call'] = (method, params, callOptions) => calls.call(send, method, params, callOptions);
  return {
    call,
    pid: carrier.pid,
    stream: (method, params, signal) => calls.stream(send, method, params, signal),
    get alive() {
      return end === undefined && closing === undefined;
    },
    onExit: (listener) => {
      if (end === undefined) listeners.push(listener);
      else listener(end.fault);
    },
    memory: () => call(MEMORY, undefined, { timeout: MEMORY_TIMEOUT }),
    close: () => {
      closing ??= shutDown();
      return closing;
    },
  };
};
