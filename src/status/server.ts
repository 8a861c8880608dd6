import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { Fault, messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import { pageFiles } from './page.js';
import type { Status } from './status.js';

export interface OpenStatusPage {
  /** 0 takes any that is free. */
  readonly port: number;
  /** Behind Home Assistant's ingress, or for this machine alone. */
  readonly ingress: boolean;
  /** Who may look in, where it is not ingress's gateway; for tests. */
  readonly gateway?: string;
  readonly status: () => Status;
  readonly log: Log;
}

export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Where Home Assistant's requests come from (developers.home-assistant.io, apps, presentation: Ingress). */
const GATEWAY = '172.30.32.2';
const CONNECTIONS = 32;
const TIMEOUT: Milliseconds = 10_000;

/** Nothing comes from elsewhere, and only Home Assistant, which is the same origin, may frame it. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Serves the status page: `/`, its files, and `status.json`, all by relative addresses, so under any path.
 * @throws Fault `usage` where the port is taken.
 */
export const openStatusPage = async (request: OpenStatusPage): Promise<StatusServer> => {
  const { ingress, gateway = GATEWAY, status, log } = request;
  const files = pageFiles();
  const server = createServer(
    { requestTimeout: TIMEOUT, headersTimeout: TIMEOUT, keepAliveTimeout: TIMEOUT, maxHeaderSize: 16 * 1024 },
    (asked, answer) => {
      try {
        if (!(ingress ? isFrom(gateway, asked) : isLocal(asked))) refuse(answer, 403, 'Only through Home Assistant');
        else respond(asked, answer);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'the status page failed');
        if (!answer.headersSent) refuse(answer, 500, 'Something failed here. The log knows more.');
      }
    },
  );
  server.maxConnections = CONNECTIONS;

  const respond = (asked: IncomingMessage, answer: ServerResponse): void => {
    if (asked.method !== 'GET' && asked.method !== 'HEAD') {
      refuse(answer, 405, 'Only to be looked at', { Allow: 'GET, HEAD' });
      return;
    }
    const path = (asked.url ?? '/').replace(/[?#].*$/s, '').replace(/^\/{2,}/, '/');
    if (path === '/status.json') {
      send(asked, answer, Buffer.from(JSON.stringify(status())), {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
      });
      return;
    }
    const file = files.get(path);
    if (!file) {
      refuse(answer, 404, 'There is nothing here');
      return;
    }
    const headers = { 'Content-Type': file.type, 'Cache-Control': 'no-cache', ETag: file.etag };
    if (asked.headers['if-none-match'] === file.etag) answer.writeHead(304, { ...HEADERS, ...headers }).end();
    else send(asked, answer, file.body, headers);
  };

  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(
        new Fault('usage', `The status page cannot be opened on port ${request.port}: ${messageOf(error)}`, {
          cause: error,
        }),
      );
    };
    server.once('error', failed);
    server.listen(request.port, ingress ? '0.0.0.0' : '127.0.0.1', () => {
      server.off('error', failed);
      server.on('error', (error) => log.warn({ error: messageOf(error) }, 'the status page'));
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const send = (asked: IncomingMessage, answer: ServerResponse, body: Buffer, headers: Record<string, string>): void => {
  answer.writeHead(200, { ...HEADERS, ...headers, 'Content-Length': body.length });
  answer.end(asked.method === 'HEAD' ? undefined : body);
};

const refuse = (answer: ServerResponse, code: number, text: string, headers: Record<string, string> = {}): void => {
  answer.writeHead(code, { ...HEADERS, ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

const isFrom = (gateway: string, { socket }: IncomingMessage): boolean =>
  socket.remoteAddress?.replace(/^::ffff:/, '') === gateway;

/** Named as this machine: a page of somebody else's whose name was pointed here would bring its own name. */
const isLocal = ({ headers }: IncomingMessage): boolean => {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
};
