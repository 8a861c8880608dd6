import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createParser, parseUri, type WyomingEvent } from '../../src/wyoming/index.js';

/** A socket that may say anything. */
export interface RawPeer {
  readonly socket: Socket;
  write(bytes: Uint8Array | string): void;
  /** Everything the server says up to its end. */
  readonly said: Promise<WyomingEvent[]>;
  /** Resolves when the connection is gone, however it went. */
  readonly gone: Promise<void>;
}

/** Connects; with `deaf`, never reads nor closes. */
export const rawPeer = async (uri: string, { deaf = false } = {}): Promise<RawPeer> => {
  const address = parseUri(uri);
  if (address.kind !== 'tcp') throw new Error('only tcp');
  const socket = connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const parser = createParser();
  const events: WyomingEvent[] = [];
  if (!deaf) {
    socket.on('data', (bytes) => {
      parser.push(bytes);
      for (let event = parser.next(); event; event = parser.next()) events.push(event);
    });
  }
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  const said = new Promise<WyomingEvent[]>((resolve) => {
    socket.once('end', () => {
      // As a well-behaved peer does: its end for theirs.
      if (!deaf) socket.end();
      resolve(events);
    });
    void gone.then(() => resolve(events));
  });
  return { socket, write: (bytes) => void socket.write(bytes), said, gone };
};
