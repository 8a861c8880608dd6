import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a server does, step by step, once its headers are out. */
export type Step =
  /** Bytes or text as they are. */
  | { readonly send: string | Uint8Array }
  /** Goes on when the promise resolves. */
  | { readonly wait: Promise<unknown> | (() => Promise<unknown>) }
  /** Breaks the connection off. */
  | 'cut'
  /** Says nothing more, and keeps the connection. */
  | 'stall';

/** A moment between the last word and the end of the answer, as servers have it. */
export const MOMENT: Step = { wait: () => new Promise((resolve) => setTimeout(resolve, 5)) };

export interface Script {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without any, the request is never answered. */
  readonly steps?: readonly Step[];
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: what a client sends is what the tests look into.
  readonly body: any;
  /** Resolves when the client has gone before the answer was complete. */
  readonly abandoned: Promise<void>;
}

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Resolves with the request of that number, from 1, when it comes. */
  request(number: number): Promise<Received>;
  /** How many connections were ever opened. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A server on loopback that does to its clients what the test says, once for each request. */
export const scriptedServer = async (answer: (request: Received) => Script): Promise<ScriptedServer> => {
  const requests: Received[] = [];
  const waiting: { readonly number: number; readonly tell: (request: Received) => void }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const received: Received = {
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      abandoned: new Promise((resolve) => response.once('close', () => !response.writableFinished && resolve())),
    };
    requests.push(received);
    for (const { number, tell } of waiting) if (number === requests.length) tell(received);
    const { status = 200, headers = {}, steps } = answer(received);
    if (!steps) return;
    response.writeHead(status, headers);
    response.flushHeaders();
    for (const step of steps) {
      if (step === 'stall') return;
      if (step === 'cut') return void response.socket?.destroy();
      if ('wait' in step) await (typeof step.wait === 'function' ? step.wait() : step.wait);
      else await new Promise((resolve) => response.write(step.send, resolve));
    }
    response.end();
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    request: (number) =>
      new Promise((tell) => {
        const there = requests[number - 1];
        if (there) tell(there);
        else waiting.push({ number, tell });
      }),
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
