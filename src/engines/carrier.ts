/** The two ways to run a host: a worker thread, or a process of its own that may crash or be killed. */
import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type FromHost, parcel, type ToHost } from './protocol.js';

/** The part of a pino logger that is used here. */
export interface Log {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface CarrierOptions {
  /** As people call it: `vosk`. Begins the messages of its faults. */
  readonly name: string;
  /** Compiled JavaScript that calls `serve` (see `compiled`). */
  readonly module: URL;
  /**
   * Added to the environment. Only a `process` shows them to native libraries: a worker's environment is a copy that
   * C code does not see, so `OMP_NUM_THREADS` and its like have no effect there.
   */
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: Log;
}

export interface Carrier {
  readonly pid?: number | undefined;
  /** Throws where the message cannot be cloned. Says nothing to a host that is gone. */
  send(message: ToHost): void;
  /** Settles when the host is gone, with the reason: `exit code 1`, `SIGABRT`, the error that was thrown. */
  readonly exited: Promise<string>;
  /** Makes it end that does not answer. A worker cannot be: ending it in mid-run aborts the whole program. */
  readonly kill?: (signal: 'SIGTERM' | 'SIGKILL') => void;
  /** Lets the program end although this host still runs. */
  abandon(): void;
}

/** Longest piece of a host's output that becomes one line of the log. */
const LINE = 2000;

const logOutput = (stream: Readable | null, { name, log }: CarrierOptions): void => {
  // Read even without a log: a full pipe would stop the host.
  stream?.on('data', (data: Buffer) => {
    for (const line of data.toString().split('\n')) if (line !== '') log?.debug({ host: name }, line.slice(0, LINE));
  });
};

export const runWorker = (options: CarrierOptions, receive: (message: FromHost) => void): Carrier => {
  const env = options.env === undefined ? {} : { env: { ...process.env, ...options.env } };
  // Flags of the program, such as a test runner's loaders, are not meant for hosts.
  const worker = new Worker(options.module, { execArgv: [], stdout: true, stderr: true, ...env });
  let thrown: string | undefined;
  logOutput(worker.stdout, options);
  logOutput(worker.stderr, options);
  worker.on('message', receive);
  worker.on('error', (error) => {
    thrown = error instanceof Error ? error.message : String(error);
  });
  return {
    send: (message) => {
      const { value, transfer } = parcel(message);
      worker.postMessage(value, transfer);
    },
    exited: new Promise((resolve) => {
      worker.on('exit', (code) => resolve(thrown ?? `exit code ${code}`));
    }),
    abandon: () => worker.unref(),
  };
};

export const runProcess = (options: CarrierOptions, receive: (message: FromHost) => void): Carrier => {
  const child = fork(fileURLToPath(options.module), {
    execArgv: [],
    env: { ...process.env, ...options.env },
    // Typed arrays cross as bytes, not as JSON.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C in a terminal reaches the whole group, also hosts that still load and cannot heed it.
    detached: true,
  });
  logOutput(child.stdout, options);
  logOutput(child.stderr, options);
  child.on('message', (message) => receive(message as FromHost));
  return {
    pid: child.pid,
    send: (message) => {
      // The callback keeps a channel that closes meanwhile from throwing: `exited` reports it.
      if (child.connected) child.send(message, () => {});
    },
    exited: new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
    kill: (signal) => {
      child.kill(signal);
    },
    abandon: () => {
      child.unref();
      child.channel?.unref();
    },
  };
};
