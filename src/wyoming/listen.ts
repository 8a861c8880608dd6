import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { type Address, formatUri } from './uri.js';
import { WyomingError } from './wyoming-error.js';

type Listenable = Exclude<Address, { kind: 'stdio' }>;

/**
 * Listens; throws `address-in-use` and other `WyomingError`s. A socket file that nobody listens on any more is replaced.
 * `onError` gets what goes wrong later, as with no file descriptors left for who knocks.
 */
export const listen = async (
  address: Listenable,
  onSocket: (socket: Socket) => void,
  onError: (error: Error) => void,
): Promise<NetServer> => {
  // Half open, so that who sends its request and closes (as `nc` does) gets its answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  server.on('connection', onSocket);
  try {
    await listening(server, address);
  } catch (error) {
    if (address.kind !== 'unix' || codeOf(error) !== 'EADDRINUSE' || !(await isStale(address.path))) {
      throw cannotListen(address, error);
    }
    await unlink(address.path).catch(() => undefined);
    await listening(server, address).catch((again) => {
      throw cannotListen(address, again);
    });
  }
  server.on('error', onError);
  return server;
};

const listening = (server: NetServer, address: Listenable): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path }, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Whether the path is a socket that nobody answers. */
const isStale = async (path: string): Promise<boolean> => {
  const file = await lstat(path).catch(() => undefined);
  if (!file?.isSocket()) return false;
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const cannotListen = (address: Listenable, cause: unknown): WyomingError => {
  const uri = formatUri(address);
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return new WyomingError('address-in-use', `Something else is at ${uri} already.`, { cause });
    case 'EACCES':
      return new WyomingError('uri', `There is no permission to listen at ${uri}.`, { cause });
    case 'ENOENT':
      return new WyomingError('uri', `The folder of ${uri} does not exist.`, { cause });
    default:
      return new WyomingError('uri', `It is not possible to listen at ${uri} (${codeOf(cause)}).`, { cause });
  }
};
