import { connect as open, type Socket } from 'node:net';
import { type Clock, systemClock } from './clock.js';
import { type Connection, createConnection } from './connection.js';
import { clientLimits, type Limits } from './limits.js';
import { type Address, parseUri } from './uri.js';
import { WyomingError } from './wyoming-error.js';

export interface ConnectOptions {
  /** Gives up with the signal's reason. The connection itself outlives it. */
  readonly signal?: AbortSignal;
  /** Milliseconds; default 5000. */
  readonly timeout?: number;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
}

/** Bytes one server may make a client hold. */
const UNREAD = 64 * 1024 * 1024;

/** Connects to a server. Throws `uri`, `refused`, `unknown-host`, `unreachable`, `timeout`. */
export const connect = async (uri: string, options: ConnectOptions = {}): Promise<Connection> => {
  const { signal, timeout = 5000, clock = systemClock } = options;
  const address = parseUri(uri);
  signal?.throwIfAborted();
  const limits: Limits = { ...clientLimits, ...options.limits };
  const budget = { used: 0, max: UNREAD };
  if (address.kind === 'stdio') {
    return createConnection({ input: process.stdin, output: process.stdout, peer: 'stdio', limits, clock, budget })
      .connection;
  }
  const socket = open({ ...target(address), allowHalfOpen: true, noDelay: true, keepAlive: true });
  await connected(socket, uri, { signal, timeout, clock });
  const peer = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.path;
  return createConnection({ input: socket, output: socket, peer, limits, clock, budget }).connection;
};

const target = (address: Exclude<Address, { kind: 'stdio' }>): { host: string; port: number } | { path: string } =>
  address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path };

interface Wait {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly clock: Clock;
}

const connected = async (socket: Socket, uri: string, { signal, timeout, clock }: Wait): Promise<void> => {
  const decided = new AbortController();
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(cannotConnect(uri, error)));
      onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      clock.sleep(timeout, decided.signal).then(
        () => reject(new WyomingError('timeout', `${uri} did not accept a connection within ${timeout / 1000} s.`)),
        () => undefined,
      );
    });
  } catch (error) {
    // What it says later concerns nobody.
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    decided.abort();
    socket.removeAllListeners('connect');
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
};

const cannotConnect = (uri: string, cause: Error): WyomingError => {
  // Of several addresses of one name, each failed for a reason of its own.
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as Error[]) : [cause];
  const code = (first as NodeJS.ErrnoException).code ?? first.name;
  switch (code) {
    case 'ECONNREFUSED':
      return new WyomingError('refused', `Nothing listens at ${uri}.`, { cause });
    case 'ENOENT':
      return new WyomingError('refused', `There is no socket at ${uri}.`, { cause });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new WyomingError('unknown-host', `The host of ${uri} is not known.`, { cause });
    case 'ETIMEDOUT':
      return new WyomingError('timeout', `${uri} did not accept a connection.`, { cause });
    default:
      return new WyomingError('unreachable', `${uri} cannot be reached (${code}).`, { cause });
  }
};
