import { afterEach, describe, expect, it } from 'vitest';
import {
  type Client,
  type ClientOptions,
  type Connection,
  connect,
  describe as describeServer,
  type Health,
  message,
  openClient,
  serve,
  unknownEvent,
  type WyomingServer,
} from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { samples } from './samples.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const start = async (
  onConnection: (connection: Connection) => Promise<void>,
  uri = 'tcp://127.0.0.1:0',
): Promise<WyomingServer> => {
  const server = await serve(uri, { onConnection });
  open.push(server);
  return server;
};

const describing = async (connection: Connection): Promise<void> => {
  for await (const event of connection.events) {
    await connection.send(event.type === 'describe' ? samples.info : event);
  }
};

/** A port that nobody listens on. */
const deadEnd = async (): Promise<string> => {
  const server = await start(describing);
  await server.close();
  return server.uri;
};

describe('connecting', () => {
  it('to a port where nothing listens', async () => {
    const uri = await deadEnd();
    await expect(connect(uri)).rejects.toMatchObject({ code: 'refused', message: `Nothing listens at ${uri}.` });
  });

  it('to a host that does not exist', async () => {
    await expect(connect('tcp://nobody.invalid:1')).rejects.toMatchObject({ code: 'unknown-host' });
  });

  it('to what is no address', async () => {
    await expect(connect('somewhere')).rejects.toMatchObject({ code: 'uri' });
  });

  it('takes no longer than its time', async () => {
    const clock = testClock();
    // Resolving a name takes a turn of the loop at least; the clock is faster.
    const connecting = connect('tcp://localhost:1', { clock: { ...clock, sleep: async () => undefined }, timeout: 70 });
    await expect(connecting).rejects.toMatchObject({
      code: 'timeout',
      message: 'tcp://localhost:1 did not accept a connection within 0.07 s.',
    });
  });

  it('can be given up', async () => {
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await expect(connect('tcp://localhost:1', { signal })).rejects.toThrow('changed my mind');
    const later = new AbortController();
    const connecting = connect('tcp://localhost:1', { signal: later.signal });
    later.abort(new Error('changed my mind'));
    await expect(connecting).rejects.toThrow('changed my mind');
  });
});

describe('describing', () => {
  it('asks over a connection of its own, or one that is there', async () => {
    const server = await start(describing);
    expect(await describeServer(server.uri)).toEqual(samples.info.data);
    const connection = await connect(server.uri);
    await connection.send(unknownEvent('noise'));
    expect(await describeServer(connection)).toEqual(samples.info.data);
    await connection.close();
    await expect.poll(() => server.connections).toBe(0);
  });

  it('takes an info with a thousand voices', async () => {
    const [program] = samples.info.data.tts!;
    const [voice] = program!.voices;
    const voices = Array.from({ length: 1000 }, (_, index) => ({ ...voice!, name: `voice-${index}` }));
    const large = message('info', { tts: [{ ...program!, voices }] });
    const server = await start(async (connection) => {
      await connection.read();
      await connection.send(large);
    });
    expect(await describeServer(server.uri)).toEqual(large.data);
  });

  it.each<[string, (connection: Connection) => Promise<void>, object]>([
    ['closes', async (connection) => void (await connection.read()), { code: 'closed' }],
    [
      'answers with an error',
      async (connection) => {
        await connection.read();
        await connection.send(samples.error);
      },
      { code: 'remote', message: 'No.', remoteCode: 'no' },
    ],
    [
      'sends an info that is none',
      async (connection) => {
        await connection.read();
        await connection.send(message('info', { asr: 5 as never }));
      },
      { code: 'invalid-message' },
    ],
  ])('fails where the server %s', async (_, handler, error) => {
    const server = await start(handler);
    await expect(describeServer(server.uri)).rejects.toMatchObject(error);
  });

  it('fails where the server says nothing in time', async () => {
    const clock = testClock();
    let asked = (): void => undefined;
    const heard = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = await start(async (connection) => {
      await connection.read();
      asked();
      await connection.read();
    });
    const connection = await connect(server.uri);
    const outcome = expect(describeServer(connection, { clock, timeout: 700 })).rejects.toMatchObject({
      code: 'timeout',
    });
    await heard;
    await clock.advance(700);
    await outcome;
    await connection.close();
  });

  it('can be given up', async () => {
    const server = await start(async (connection) => {
      for await (const _ of connection.events);
    });
    const patience = new AbortController();
    const asking = describeServer(server.uri, { signal: patience.signal });
    await expect.poll(() => server.connections).toBe(1);
    patience.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    await expect.poll(() => server.connections).toBe(0);
  });
});

describe('a client of a service that comes and goes', () => {
  const look = (uri: string, options: ClientOptions = {}): { client: Client; seen: Health[] } => {
    const seen: Health[] = [];
    const client = openClient(uri, { onHealth: (health) => seen.push(health), ...options });
    open.push(client);
    return { client, seen };
  };

  it('connects to it, and knows what it offers', async () => {
    const server = await start(describing);
    const { client, seen } = look(server.uri);
    expect(client.health).toEqual({ state: 'unknown' });
    const connection = await client.connection();
    await connection.send(samples.ping);
    expect(await connection.read()).toEqual(samples.ping);
    expect(client.health).toEqual({ state: 'up', info: samples.info.data });
    expect(await client.ready()).toEqual(samples.info.data);
    expect(seen).toEqual([{ state: 'up', info: samples.info.data }]);
    await connection.close();
  });

  it('rejects at once while it is down', async () => {
    const uri = await deadEnd();
    const { client } = look(uri, { clock: testClock() });
    await expect(client.connection()).rejects.toMatchObject({ code: 'refused' });
    expect(client.health).toMatchObject({ state: 'down', error: { code: 'refused' } });
    await expect(client.connection()).rejects.toMatchObject({ code: 'refused' });
  });

  it('tries again at growing intervals, and says once that it is down', async () => {
    const clock = testClock();
    const pauses: number[] = [];
    const watched = {
      now: clock.now,
      sleep: (duration: number, signal: AbortSignal) => {
        // A time limit of connecting is 5 s; no pause is.
        if (duration !== 5000) pauses.push(duration);
        return clock.sleep(duration, signal);
      },
    };
    const uri = await deadEnd();
    const { client, seen } = look(uri, { clock: watched, pause: { first: 100, longest: 1000 } });
    await expect(client.connection()).rejects.toMatchObject({ code: 'refused' });
    for (let attempt = 1; attempt < 7; attempt++) {
      await expect.poll(() => pauses.length).toBe(attempt);
      await clock.advance(pauses.at(-1)!);
    }
    expect(pauses.slice(0, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(seen).toHaveLength(1);
  });

  it('finds it again when it is back, and looks at it regularly', async () => {
    const clock = testClock();
    const uri = await deadEnd();
    const { client, seen } = look(uri, { clock, interval: 60_000 });
    await expect(client.connection()).rejects.toMatchObject({ code: 'refused' });
    const ready = client.ready();
    let asked = 0;
    await start(async (connection) => {
      asked++;
      await describing(connection);
    }, uri);
    await clock.advance(500);
    expect(await ready).toEqual(samples.info.data);
    expect(seen.map(({ state }) => state)).toEqual(['down', 'up']);
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(60_000);
    await expect.poll(() => asked).toBe(2);
  });

  it('notices that it is gone when a connection fails, and keeps what it offered', async () => {
    const server = await start(describing);
    const { client } = look(server.uri);
    await client.ready();
    await server.close();
    await expect(client.connection()).rejects.toMatchObject({ code: 'refused' });
    expect(client.health).toMatchObject({ state: 'down', info: samples.info.data });
  });

  it('lets those who wait give up', async () => {
    const { client } = look(await deadEnd(), { clock: testClock() });
    const patience = new AbortController();
    const ready = client.ready(patience.signal);
    patience.abort(new Error('enough'));
    await expect(ready).rejects.toThrow('enough');
    await expect(client.connection(patience.signal)).rejects.toThrow('enough');
  });

  it('lets go of them when it is closed', async () => {
    const { client } = look(await deadEnd(), { clock: testClock() });
    const outcome = expect(client.ready()).rejects.toMatchObject({ code: 'closed' });
    await client.close();
    await outcome;
    await expect(client.connection()).rejects.toMatchObject({ code: 'closed' });
  });
});
