import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  connect,
  isEvent,
  type MessageType,
  message,
  messageTypes,
  serve,
  unknownEvent,
  type WyomingEvent,
} from '../../../src/wyoming/index.js';
import { samples } from '../../wyoming/samples.js';
import { pythonWithWyoming } from './python.js';

const script = fileURLToPath(new URL('peer.py', import.meta.url));
const run = promisify(execFile);
const children: ChildProcess[] = [];
let python: string;
let folder: string;

beforeAll(async () => {
  python = await pythonWithWyoming();
  folder = await mkdtemp(join(tmpdir(), 'wyoming-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true });
});

const peer = (...args: string[]) => {
  const child = spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
};

/** Python writes null where it has nothing, and leaves out what is empty. */
const withoutNulls = ({ data, ...event }: WyomingEvent): unknown => ({
  ...event,
  data: Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)),
});

/** Every event, full and as empty as it may be, comes back from Python's classes as it was sent. */
const exchangeAll = async (connection: Connection): Promise<void> => {
  for (const sample of Object.values(samples)) {
    await connection.send(sample);
    expect(withoutNulls((await connection.read())!)).toEqual(sample);
  }
  const empty: MessageType[] = [
    'transcribe',
    'synthesize-start',
    'detect',
    'detection',
    'handled',
    'ping',
    'audio-stop',
  ];
  for (const type of empty) {
    await connection.send(message(type as 'ping'));
    expect(withoutNulls((await connection.read())!)).toEqual({ type, data: {} });
  }
  await connection.send(message('info'));
  const info = await connection.read();
  expect(isEvent(info, 'info') && info.data).toEqual({
    asr: [],
    tts: [],
    handle: [],
    intent: [],
    wake: [],
    mic: [],
    snd: [],
  });
  const foreign = unknownEvent('thunder', { loud: true, nested: { a: [1, 'ü'] } }, Uint8Array.of(0, 10, 255));
  await connection.send(foreign);
  expect(await connection.read()).toEqual(foreign);
  const large = message('audio-chunk', { rate: 48_000, width: 4, channels: 2 }, new Uint8Array(1_000_000).fill(10));
  await connection.send(large);
  // Far faster than comparing them as lists of numbers.
  expect(Buffer.from((await connection.read())!.payload!).equals(large.payload)).toBe(true);
};

/** Serves one peer, and gives what its exchange came to. */
const serveOnce = async (uri: string, exchange: (connection: Connection) => Promise<void>) => {
  let finish!: (outcome: Promise<void>) => void;
  const outcome = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = await serve(uri, {
    onConnection: async (connection) => {
      const work = exchange(connection);
      finish(work);
      await work.catch(() => undefined);
    },
  });
  return { server, outcome };
};

describe("Python's Wyoming library", () => {
  it('knows the events that this one knows, and no others', async () => {
    const { stdout } = await run(python, [script, 'types']);
    expect(stdout.trim().split('\n')).toEqual([...messageTypes].sort());
  });

  it('as a TCP server understands and answers every event', async () => {
    const child = peer('serve', 'tcp://127.0.0.1:0');
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
    const connection = await connect(`tcp://127.0.0.1:${port}`);
    await exchangeAll(connection);
    await connection.close();
  });

  it('as a TCP client understands and answers every event', async () => {
    const { server, outcome } = await serveOnce('tcp://127.0.0.1:0', exchangeAll);
    const child = peer('connect', server.uri);
    await outcome;
    expect(await once(child, 'exit')).toEqual([0, null]);
    await server.close();
  });

  it('as a client at a unix socket understands and answers every event', async () => {
    const { server, outcome } = await serveOnce(`unix://${join(folder, 'ours.sock')}`, exchangeAll);
    const child = peer('connect', server.uri);
    await outcome;
    expect(await once(child, 'exit')).toEqual([0, null]);
    await server.close();
  });

  it('over stdio understands and answers every event', async () => {
    const child = peer('connect', 'stdio://');
    const server = await serve('stdio://', {
      streams: { input: child.stdout, output: child.stdin },
      onConnection: exchangeAll,
      onTrouble: (_, error) => {
        throw error;
      },
    });
    await server.closed;
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
  });

  it('reads an info with all its programs, models and voices', async () => {
    const server = await serve('tcp://127.0.0.1:0', {
      onConnection: async (connection) => {
        for await (const event of connection.events) if (event.type === 'describe') await connection.send(samples.info);
      },
    });
    const { stdout } = await run(python, [script, 'describe', server.uri]);
    expect(JSON.parse(stdout)).toEqual(samples.info.data);
    await server.close();
  });
});
