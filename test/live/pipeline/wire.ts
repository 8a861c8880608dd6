import { connect, createServer, type Socket } from 'node:net';
import { createParser, type WyomingEvent, wireName } from '../../../src/wyoming/index.js';

/** One connection that Home Assistant has made, by the names of the events. */
export interface Wire {
  readonly asked: string[];
  readonly answered: string[];
}

/** A look at the wire between Home Assistant and a port: every byte goes through, both ways. */
export const watchWire = async (port: number) => {
  const wires: Wire[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const wire: Wire = { asked: [], answered: [] };
    wires.push(wire);
    const service = connect({ host: '127.0.0.1', port });
    for (const [from, to, names] of [
      [client, service, wire.asked],
      [service, client, wire.answered],
    ] as const) {
      sockets.add(from);
      const parser = createParser();
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        to.write(bytes);
        parser.push(bytes);
        for (let event = parser.next(); event; event = parser.next()) note(names, event);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('end', () => to.end());
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    wires,
    /** The last connection on which this was asked. */
    last: (asked: string): Wire | undefined => wires.findLast((wire) => wire.asked.includes(asked)),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

/** Of many chunks the first is enough. */
const note = (names: string[], event: WyomingEvent): void => {
  const name = wireName(event);
  if (name !== 'audio-chunk' || names.at(-1) !== name) names.push(name);
};
