import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a served file misbehaves: cuts, stalls and errors only `times` times, default for ever. */
export interface Trouble {
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body and then nothing more, with the connection open. */
  readonly stallAfter?: number;
  /** No Content-Length at all. */
  readonly noLength?: boolean;
  readonly status?: number;
  readonly noRange?: boolean;
  readonly times?: number;
}

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface FakeNetwork {
  readonly url: string;
  readonly asked: Asked[];
  /** Serves bytes at a path. */
  file(path: string, bytes: Buffer, trouble?: Trouble): string;
  /** Serves a package of one version, and returns its integrity. */
  npmPackage(name: string, version: string, tarball: Buffer, trouble?: Trouble): string;
  /** From now on every request must bear this. */
  demand(authorization: string): void;
  /** The requests for a path, `GET` bodies only. */
  count(path: string): number;
  close(): Promise<void>;
}

export const integrityOf = (bytes: Buffer): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A server on this machine that stands for npm's registry, a package index, and the homes of models. */
export const fakeNetwork = async (): Promise<FakeNetwork> => {
  const files = new Map<string, { bytes: Buffer; trouble: Trouble; left: number }>();
  const asked: Asked[] = [];
  let demanded: string | undefined;

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(request.url ?? '/');
    asked.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    if (demanded !== undefined && request.headers.authorization !== demanded) {
      response.writeHead(401).end('{"error":"who are you?"}');
      return;
    }
    const found = files.get(path);
    if (!found) {
      response.writeHead(404).end();
      return;
    }
    found.left -= 1;
    const { noRange, noLength } = found.trouble;
    const trouble: Trouble =
      found.left >= 0 ? found.trouble : { ...(noRange && { noRange }), ...(noLength && { noLength }) };
    if (trouble.status) {
      response.writeHead(trouble.status).end();
      return;
    }
    const from = trouble.noRange ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= found.bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const body = found.bytes.subarray(from);
    const total = found.bytes.length;
    response.writeHead(from > 0 ? 206 : 200, {
      ...(!trouble.noLength && { 'content-length': body.length }),
      ...(from > 0 && { 'content-range': `bytes ${from}-${total - 1}/${total}` }),
    });
    // A little later: what was written must have left before the connection goes.
    if (trouble.cutAfter !== undefined)
      response.write(body.subarray(0, trouble.cutAfter), () => setTimeout(() => response.destroy(), 30));
    else if (trouble.stallAfter !== undefined) response.write(body.subarray(0, trouble.stallAfter));
    else response.end(body);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const file: FakeNetwork['file'] = (path, bytes, trouble = {}) => {
    files.set(path, { bytes, trouble, left: trouble.times ?? Number.POSITIVE_INFINITY });
    return `${url}${path}`;
  };
  return {
    url,
    asked,
    file,
    npmPackage: (name, version, tarball, trouble) => {
      const at = `/${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;
      const integrity = integrityOf(tarball);
      const dist = { tarball: file(at, tarball, trouble), integrity };
      file(`/${name}`, Buffer.from(JSON.stringify({ name, versions: { [version]: { name, version, dist } } })));
      return integrity;
    },
    demand: (authorization) => {
      demanded = authorization;
    },
    count: (path) => asked.filter((it) => it.path === path).length,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
