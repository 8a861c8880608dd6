import { execFile } from 'node:child_process';
import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  connect,
  describe as describeServer,
  encode,
  expectEvent,
  message,
  type ServerOptions,
  serve,
  WyomingError,
  type WyomingEvent,
  type WyomingServer,
} from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { encodeAll, parse } from './bytes.js';
import { rawPeer } from './raw-peer.js';
import { samples } from './samples.js';

let folder: string;
const servers: WyomingServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wyoming-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
  await rm(folder, { recursive: true });
});

const start = async (uri: string, options: Partial<ServerOptions> = {}): Promise<WyomingServer> => {
  const server = await serve(uri, { onConnection: echo, ...options });
  servers.push(server);
  return server;
};

const echo = async (connection: Connection): Promise<void> => {
  for await (const event of connection.events) await connection.send(event);
};

const comesBack = async (connection: Connection): Promise<void> => {
  await connection.send(samples.ping);
  expect(await connection.read()).toEqual(samples.ping);
};

describe('a server', () => {
  it('serves many at once, and knows how many', async () => {
    const server = await start('tcp://127.0.0.1:0');
    expect(server.uri).toMatch(/^tcp:\/\/127\.0\.0\.1:\d{2,5}$/);
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect(server.uri)));
    await Promise.all(connections.map(comesBack));
    expect(server.connections).toBe(20);
    await Promise.all(connections.map((connection) => connection.close()));
    await expect.poll(() => server.connections).toBe(0);
  });

  it('tells a peer who it is', async () => {
    let peer = '';
    const server = await start('tcp://127.0.0.1:0', {
      onConnection: async (connection) => {
        peer = connection.peer;
      },
    });
    const connection = await connect(server.uri);
    expect(await connection.read()).toBeUndefined();
    expect(peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(connection.peer).toBe(server.uri.slice('tcp://'.length));
    await connection.close();
  });

  it('takes an IPv6 address', async ({ skip }) => {
    const server = await start('tcp://[::1]:0').catch(() => skip('no IPv6 here'));
    const connection = await connect(server.uri);
    await comesBack(connection);
    await connection.close();
  });

  it('says that it is busy beyond its connections, and is not when one of them has left', async () => {
    const troubles: unknown[] = [];
    const server = await start('tcp://127.0.0.1:0', {
      maxConnections: 2,
      onTrouble: (_, error) => troubles.push(error),
    });
    const [first, second] = [await connect(server.uri), await connect(server.uri)];
    await comesBack(first);
    await comesBack(second);
    const third = await connect(server.uri);
    const refusal = expectEvent(await third.read(), 'error');
    expect(refusal.data).toEqual({ text: '2 connections are open here already.', code: 'busy' });
    expect(await third.read()).toBeUndefined();
    expect(troubles).toMatchObject([{ code: 'busy' }]);
    await first.close();
    await expect.poll(() => server.connections).toBe(1);
    const fourth = await connect(server.uri);
    await comesBack(fourth);
    await comesBack(second);
    await Promise.all([second, third, fourth].map((connection) => connection.close()));
  });
});

describe('a handler that throws', () => {
  const failing = (error: unknown, options: Partial<ServerOptions> = {}) => {
    const troubles: unknown[] = [];
    return start('tcp://127.0.0.1:0', {
      onConnection: async (connection) => {
        for await (const event of connection.events) {
          if (event.type === 'recognize') throw error;
          await connection.send(event);
        }
      },
      onTrouble: (peer, trouble) => troubles.push({ peer, trouble }),
      ...options,
    }).then((server) => ({ server, troubles }));
  };
  const provoke = async (server: WyomingServer): Promise<WyomingEvent[]> => {
    const peer = await rawPeer(server.uri);
    peer.write(encode(samples.recognize));
    return peer.said;
  };

  it('costs its peer the connection, who learns no more than that; nobody else notices', async () => {
    const { server, troubles } = await failing(new Error('the password is 1234'));
    const bystander = await connect(server.uri);
    await comesBack(bystander);
    expect(await provoke(server)).toEqual([message('error', { text: 'Something failed here.', code: 'internal' })]);
    expect(troubles).toMatchObject([
      { peer: expect.stringContaining('127.0.0.1:'), trouble: { message: 'the password is 1234' } },
    ]);
    await comesBack(bystander);
    expect(server.connections).toBe(1);
    await bystander.close();
  });

  it('says what it wants to say with a WyomingError', async () => {
    const { server } = await failing(new WyomingError('unexpected', 'No audio was begun.'));
    expect(await provoke(server)).toEqual([message('error', { text: 'No audio was begun.', code: 'unexpected' })]);
  });

  it('says what the server makes of other errors', async () => {
    const { server } = await failing(new Error('x'), { describeError: () => ({ text: 'Not today.', code: 'engine' }) });
    expect(await provoke(server)).toEqual([message('error', { text: 'Not today.', code: 'engine' })]);
  });

  it('because its peer has left is no trouble', async () => {
    const { server, troubles } = await failing(new Error('never'), {
      onConnection: async (connection) => {
        while (true) await connection.send(samples.info);
      },
    });
    const peer = await rawPeer(server.uri);
    peer.socket.destroy();
    await expect.poll(() => server.connections).toBe(0);
    expect(troubles).toEqual([]);
  });
});

describe('closing', () => {
  it('lets handlers finish what they do, and ends the events of the others', async () => {
    let finish: (() => void) | undefined;
    const server = await start('tcp://127.0.0.1:0', {
      onConnection: async (connection) => {
        if (!(await connection.read())) return;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await connection.send(samples.played);
      },
    });
    const [busy, idle] = [await connect(server.uri), await connect(server.uri)];
    await busy.send(samples.ping);
    await expect.poll(() => finish !== undefined && server.connections).toBe(2);
    const closing = server.close({ grace: 60_000 });
    expect(await idle.read()).toBeUndefined();
    finish?.();
    expect(await busy.read()).toEqual(samples.played);
    expect(await busy.read()).toBeUndefined();
    await Promise.all([busy.close(), idle.close()]);
    await closing;
    await server.closed;
    await expect(connect(server.uri)).rejects.toMatchObject({ code: 'refused' });
  });

  it('breaks off who takes too long', async () => {
    const clock = testClock();
    let reason: unknown;
    const server = await start('tcp://127.0.0.1:0', {
      clock,
      onConnection: (connection) =>
        new Promise((resolve) => {
          connection.signal.addEventListener('abort', () => {
            reason = connection.signal.reason;
            resolve();
          });
        }),
    });
    const connection = await connect(server.uri);
    await expect.poll(() => server.connections).toBe(1);
    await clock.until(server.close({ grace: 500 }));
    expect(reason).toMatchObject({ code: 'closed', message: 'The server is being closed.' });
    expect(await connection.read()).toBeUndefined();
    await connection.close();
  });

  it('does not wait for a handler that never returns', async () => {
    const clock = testClock();
    const server = await start('tcp://127.0.0.1:0', { clock, onConnection: () => new Promise(() => undefined) });
    const peer = await rawPeer(server.uri);
    await expect.poll(() => server.connections).toBe(1);
    await clock.until(server.close());
    await peer.gone;
  });
});

describe('a unix socket', () => {
  const at = (name: string): string => `unix://${join(folder, name)}`;

  it('serves like any other, and leaves no file', async () => {
    const server = await start(at('a.sock'));
    const connection = await connect(server.uri);
    await comesBack(connection);
    await connection.close();
    await server.close();
    await expect(connect(server.uri)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('no socket'),
    });
  });

  it('replaces the file of a server that died', async () => {
    const path = join(folder, 'dead.sock');
    const dying = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    await new Promise((resolve) => execFile(process.execPath, ['-e', dying, path], resolve));
    expect((await lstat(path)).isSocket()).toBe(true);
    const server = await start(`unix://${path}`);
    expect(server.uri).toBe(`unix://${path}`);
  });

  it('does not replace that of one that lives, nor another file', async () => {
    await start(at('b.sock'));
    await expect(serve(at('b.sock'), { onConnection: echo })).rejects.toMatchObject({ code: 'address-in-use' });
    await writeFile(join(folder, 'file'), 'precious');
    await expect(serve(at('file'), { onConnection: echo })).rejects.toMatchObject({ code: 'address-in-use' });
  });

  it('needs its folder', async () => {
    await expect(serve(at('no/a.sock'), { onConnection: echo })).rejects.toMatchObject({ code: 'uri' });
  });
});

describe('a port', () => {
  it('that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(serve(`tcp://127.0.0.1:${port}`, { onConnection: echo })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `Something else is at tcp://127.0.0.1:${port} already.`,
    });
    other.close();
  });

  it('of another machine', async () => {
    await expect(serve('tcp://192.0.2.1:10400', { onConnection: echo })).rejects.toMatchObject({ code: 'uri' });
  });
});

describe('stdio', () => {
  it('is one peer; when it has gone, so has the server', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const server = await start('stdio://', { streams: { input, output } });
    const all = Object.values(samples);
    input.end(encodeAll(all));
    const said: Buffer[] = [];
    output.on('data', (bytes: Buffer) => said.push(bytes));
    await server.closed;
    expect(parse([Buffer.concat(said)])).toEqual(all);
    expect(server.connections).toBe(0);
  });

  it('ends with the server', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const server = await start('stdio://', { streams: { input, output } });
    output.resume();
    await server.close();
    expect(output.destroyed).toBe(true);
  });
});

it('describes itself to whoever asks', async () => {
  const server = await start('tcp://127.0.0.1:0', {
    onConnection: async (connection) => {
      for await (const event of connection.events) if (event.type === 'describe') await connection.send(samples.info);
    },
  });
  expect(await describeServer(server.uri)).toEqual(samples.info.data);
});
