import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { type Clock, systemClock } from './clock.js';
import { type Connection, type ConnectionControl, createConnection } from './connection.js';
import type { Budget } from './incoming.js';
import { type Limits, serverLimits } from './limits.js';
import { listen } from './listen.js';
import { formatUri, parseUri } from './uri.js';
import { WyomingError } from './wyoming-error.js';

export interface ServerOptions {
  /**
   * Serves one peer, until its events end. When it returns, the connection is closed. When it throws, the peer is told
   * and loses its connection.
   */
  readonly onConnection: (connection: Connection) => Promise<void>;
  /** A peer broke the protocol or a limit, or its handler threw. For a log. */
  readonly onTrouble?: (peer: string, error: unknown) => void;
  /** What a peer is told of what its handler threw; by default no more than that it failed. */
  readonly describeError?: (error: unknown) => { readonly text: string; readonly code: string };
  readonly limits?: Partial<Limits>;
  /** Connections at once; default 1000. Who comes then is told that it is busy here. */
  readonly maxConnections?: number;
  /** Bytes of begun events over all connections; default 64 MiB. */
  readonly maxUnread?: number;
  readonly clock?: Clock;
  /** What `stdio://` means; default the process's own. */
  readonly streams?: { readonly input: Readable; readonly output: Writable };
}

export interface WyomingServer {
  /** Where it listens, with the port that was chosen for 0. */
  readonly uri: string;
  /** How many connections are open. */
  readonly connections: number;
  /** Resolves when the server is closed; with `stdio://`, when the peer has gone as well. */
  readonly closed: Promise<void>;
  /**
   * Takes no more connections, ends the events of those there are, waits `grace` milliseconds (default 2000) for their
   * handlers, and breaks off the rest.
   */
  close(options?: { readonly grace?: number }): Promise<void>;
}

/** Refused peers that are told so at a time; more are dropped without a word. */
const REFUSED = 50;

const withoutDetails = (): { readonly text: string; readonly code: string } => ({
  text: 'Something failed here.',
  code: 'internal',
});

/** Serves at `tcp://host:port`, `unix:///path` or, a single peer, at `stdio://`. Throws `uri` and `address-in-use`. */
export const serve = async (uri: string, options: ServerOptions): Promise<WyomingServer> => {
  const { onConnection, onTrouble, describeError = withoutDetails, maxConnections = 1000 } = options;
  const limits: Limits = { ...serverLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const budget: Budget = { used: 0, max: options.maxUnread ?? 64 * 1024 * 1024 };
  const address = parseUri(uri);
  const handlers = new Map<ConnectionControl, Promise<void>>();
  let refused = 0;
  let closing: Promise<void> | undefined;
  const { promise: closed, resolve: onClosed } = deferred();

  const handle = async (control: ConnectionControl): Promise<void> => {
    const { connection } = control;
    try {
      await onConnection(connection);
    } catch (error) {
      // Who broke the protocol has been told, and was reported. Nor is it trouble that somebody leaves.
      const left =
        connection.signal.aborted && (error instanceof WyomingError || (error as Error)?.name === 'AbortError');
      if (!left && !offenders.has(control)) {
        onTrouble?.(connection.peer, error);
        const { text, code } =
          error instanceof WyomingError ? { text: error.message, code: error.code } : describeError(error);
        await control.fail({ message: text, code });
      }
    }
    await connection.close();
  };
  const offenders = new WeakSet<ConnectionControl>();

  const open = (input: Readable, output: Writable, peer: string): ConnectionControl => {
    const control: ConnectionControl = createConnection({
      input,
      output,
      peer,
      limits,
      clock,
      budget,
      onOffence: (error) => {
        offenders.add(control);
        onTrouble?.(peer, error);
      },
    });
    return control;
  };

  const accept = (input: Readable, output: Writable, peer: string): Promise<void> => {
    const control = open(input, output, peer);
    const handled = handle(control).finally(() => handlers.delete(control));
    handlers.set(control, handled);
    return handled;
  };

  const refuse = (socket: Socket, peer: string): void => {
    if (refused >= REFUSED) return void socket.destroy();
    refused++;
    const error = new WyomingError('busy', `${maxConnections} connections are open here already.`);
    onTrouble?.(peer, error);
    void open(socket, socket, peer)
      .fail(error)
      .finally(() => refused--);
  };

  let net: NetServer | undefined;
  let where = uri;
  if (address.kind === 'stdio') {
    const { input, output } = options.streams ?? { input: process.stdin, output: process.stdout };
    void accept(input, output, 'stdio').then(onClosed);
  } else {
    const onSocket = (socket: Socket): void => {
      const peer = address.kind === 'unix' ? address.path : `${socket.remoteAddress}:${socket.remotePort}`;
      if (closing) socket.destroy();
      else if (handlers.size >= maxConnections) refuse(socket, peer);
      else void accept(socket, socket, peer);
    };
    net = await listen(address, onSocket, (error) => onTrouble?.(uri, error));
    if (address.kind === 'tcp') where = formatUri({ ...address, port: (net.address() as AddressInfo).port });
  }

  /** Resolves when all handlers have returned, or after the time. */
  const handled = async (time: number): Promise<void> => {
    const waiting = new AbortController();
    void Promise.all(handlers.values()).then(() => waiting.abort());
    await clock.sleep(time, waiting.signal).catch(() => undefined);
  };

  const shut = async (grace: number): Promise<void> => {
    const unheard = net && new Promise<void>((resolve) => net.close(() => resolve()));
    for (const control of handlers.keys()) control.stopReading();
    await handled(grace);
    for (const control of handlers.keys()) control.destroy(new WyomingError('closed', 'The server is being closed.'));
    await handled(limits.linger);
    await unheard;
    onClosed();
  };

  return {
    uri: where,
    get connections() {
      return handlers.size;
    },
    closed,
    close({ grace = 2000 } = {}) {
      closing ??= shut(grace);
      return closing;
    },
  };
};

const deferred = (): { readonly promise: Promise<void>; readonly resolve: () => void } => {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
