import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  connect,
  encode,
  message,
  type ServerOptions,
  serve,
  unknownEvent,
  type WyomingEvent,
  type WyomingServer,
} from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { encodeAll } from './bytes.js';
import { rawPeer } from './raw-peer.js';
import { samples } from './samples.js';

const HOUR = 3_600_000;
const servers: WyomingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

/** A server whose side of the next connection is handed out, and kept open until the test ends it. */
const open = async (options: Partial<ServerOptions> = {}) => {
  const accepted: ((connection: Connection) => void)[] = [];
  const troubles: unknown[] = [];
  const server = await serve('tcp://127.0.0.1:0', {
    onConnection: (connection) =>
      new Promise((resolve) => {
        connection.signal.addEventListener('abort', () => resolve());
        accepted.shift()?.(connection);
      }),
    onTrouble: (_, error) => troubles.push(error),
    ...options,
  });
  servers.push(server);
  const next = () => new Promise<Connection>((resolve) => accepted.push(resolve));
  return { uri: server.uri, server, troubles, next };
};

const pair = async (options: Partial<ServerOptions> = {}) => {
  const { uri, next, troubles } = await open(options);
  const accepted = next();
  const theirs = await rawPeer(uri);
  return { ours: await accepted, theirs, troubles };
};

const collect = async (events: AsyncIterable<WyomingEvent>): Promise<WyomingEvent[]> => {
  const all: WyomingEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};

const gone = (connection: Connection): Promise<unknown> =>
  connection.signal.aborted ? Promise.resolve() : once(connection.signal, 'abort');

describe('reading', () => {
  it('gives all events, then ends with the peer', async () => {
    const { ours, theirs } = await pair();
    const all = Object.values(samples);
    theirs.write(encodeAll(all));
    theirs.socket.end();
    expect(await collect(ours.events)).toEqual(all);
    expect(await ours.read()).toBeUndefined();
  });

  it('can be left and taken up again', async () => {
    const { ours, theirs } = await pair();
    theirs.write(encodeAll([samples.ping, samples.pong, samples.played]));
    for await (const event of ours.events) {
      expect(event).toEqual(samples.ping);
      break;
    }
    expect(await ours.read()).toEqual(samples.pong);
    for await (const event of ours.events) {
      expect(event).toEqual(samples.played);
      break;
    }
  });

  it('can be given up without losing an event', async () => {
    const { ours, theirs } = await pair();
    const patience = new AbortController();
    const reading = ours.read(patience.signal);
    patience.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    theirs.write(encode(samples.ping));
    expect(await ours.read()).toEqual(samples.ping);
    await expect(ours.read(patience.signal)).rejects.toThrow('enough');
  });

  it('is for one reader at a time', async () => {
    const { ours, theirs } = await pair();
    const first = ours.read();
    await expect(ours.read()).rejects.toThrow('being read already');
    theirs.write(encode(samples.ping));
    expect(await first).toEqual(samples.ping);
  });

  it('throws where the peer breaks the protocol, after what came before; the peer is told', async () => {
    const { ours, theirs, troubles } = await pair();
    theirs.write(Buffer.concat([encode(samples.ping), Buffer.from('nonsense\n')]));
    expect(await ours.read()).toEqual(samples.ping);
    await expect(ours.read()).rejects.toMatchObject({ code: 'invalid-header' });
    expect(await theirs.said).toEqual([
      message('error', { text: 'An event is not valid JSON.', code: 'invalid-header' }),
    ]);
    await gone(ours);
    await expect(ours.read()).rejects.toMatchObject({ code: 'invalid-header' });
    expect(troubles).toMatchObject([{ code: 'invalid-header' }]);
  });

  it('throws where the peer closes in the middle of an event', async () => {
    const { ours, theirs } = await pair();
    theirs.write(encode(samples.transcript).subarray(0, 80));
    theirs.socket.destroy();
    await expect(ours.read()).rejects.toMatchObject({ code: 'truncated' });
  });

  it('holds back a peer that sends faster than is read, and then gets everything', async () => {
    const { ours, theirs } = await pair();
    const count = 5000;
    for (let sent = 0; sent < count; sent++) theirs.write(encode(unknownEvent('x', { sent }, new Uint8Array(4096))));
    // 20 MB are more than the kernel keeps: what is left waits on the peer's side.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(theirs.socket.writableLength).toBeGreaterThan(5_000_000);
    for (let sent = 0; sent < count; sent++) expect((await ours.read())?.data).toEqual({ sent });
    expect(theirs.socket.writableLength).toBe(0);
  });
});

describe('an event that was begun', () => {
  it.each([
    ['a line', 20],
    ['data', 90],
    ['a payload', encode(samples['audio-chunk']).length - 1],
  ])('and is not completed in time loses the connection: %s', async (_, length) => {
    const clock = testClock();
    const { ours, theirs, troubles } = await pair({ clock });
    const outcome = expect(ours.read()).rejects.toMatchObject({ code: 'too-slow' });
    theirs.write(encode(samples['audio-chunk']).subarray(0, length));
    while (clock.sleeping === 0) await new Promise(setImmediate);
    await clock.advance(9999);
    expect(troubles).toEqual([]);
    await clock.advance(1);
    await outcome;
    expect(await theirs.said).toMatchObject([{ type: 'error', data: { code: 'too-slow' } }]);
    expect(troubles).toMatchObject([{ code: 'too-slow' }]);
  });

  it('has its time even if it comes byte by byte, and no more', async () => {
    const clock = testClock();
    const { ours, theirs } = await pair({ clock });
    const reading = ours.read();
    reading.catch(() => undefined);
    const bytes = encode(samples.info);
    for (let sent = 0; sent < 9; sent++) {
      theirs.write(bytes.subarray(sent, sent + 1));
      while (clock.sleeping === 0) await new Promise(setImmediate);
      await clock.advance(1000);
    }
    expect(ours.signal.aborted).toBe(false);
    await clock.advance(1000);
    await expect(reading).rejects.toMatchObject({ code: 'too-slow' });
  });

  it('may take as long as nobody reads', async () => {
    const clock = testClock();
    const { ours, theirs } = await pair({ clock });
    const bytes = encode(samples.ping);
    const patience = new AbortController();
    const reading = ours.read(patience.signal);
    theirs.write(bytes.subarray(0, 10));
    while (clock.sleeping === 0) await new Promise(setImmediate);
    patience.abort();
    await expect(reading).rejects.toThrow();
    await clock.advance(HOUR);
    expect(ours.signal.aborted).toBe(false);
    theirs.write(bytes.subarray(10));
    expect(await ours.read()).toEqual(samples.ping);
  });

  it('is not what an idle peer has: it may stay for ever', async () => {
    const clock = testClock();
    const { ours, theirs } = await pair({ clock });
    const reading = ours.read();
    theirs.write(encode(samples.ping));
    expect(await reading).toEqual(samples.ping);
    const idle = ours.read();
    expect(clock.sleeping).toBe(0);
    await clock.advance(24 * HOUR);
    theirs.write(encode(samples.pong));
    expect(await idle).toEqual(samples.pong);
  });
});

describe('sending', () => {
  it('reaches the other end, in order, and the event may be changed at once', async () => {
    const { uri, next } = await open();
    const accepted = next();
    const connection = await connect(uri);
    const ours = await accepted;
    const payload = new Uint8Array(2000);
    for (let count = 0; count < 200; count++) {
      payload.fill(count);
      await connection.send(unknownEvent('x', {}, payload));
    }
    for (let count = 0; count < 200; count++) {
      expect((await ours.read())?.payload?.every((byte) => byte === count)).toBe(true);
    }
    await connection.close();
    expect(await ours.read()).toBeUndefined();
  });

  it('waits for a peer that does not read, and drops it in the end', async () => {
    const clock = testClock();
    const { uri, next, troubles } = await open({ clock });
    const accepted = next();
    const deaf = await rawPeer(uri, { deaf: true });
    const ours = await accepted;
    let sent = 0;
    const sending = (async () => {
      for (; ; sent++) await ours.send(unknownEvent('x', {}, new Uint8Array(100_000)));
    })();
    sending.catch(() => undefined);
    while (clock.sleeping === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = sent;
    await clock.advance(29_999);
    expect(ours.signal.aborted).toBe(false);
    expect(sent).toBe(before);
    await clock.advance(1);
    await expect(sending).rejects.toMatchObject({ code: 'too-slow' });
    expect(ours.signal.reason).toMatchObject({ code: 'too-slow' });
    expect(troubles).toMatchObject([{ code: 'too-slow' }]);
    deaf.socket.destroy();
  });

  it('drops a peer at once for whom too much waits, where the sender does not', async () => {
    const { uri, next } = await open({ limits: { unsent: 1_000_000 } });
    const accepted = next();
    const deaf = await rawPeer(uri, { deaf: true });
    const ours = await accepted;
    const sends = Array.from({ length: 200 }, () => ours.send(unknownEvent('x', {}, new Uint8Array(100_000))));
    const outcomes = await Promise.allSettled(sends);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'too-slow' } });
    expect(ours.signal.aborted).toBe(true);
    deaf.socket.destroy();
  });

  it('goes on when the peer reads again', async () => {
    const clock = testClock();
    const { uri, next } = await open({ clock });
    const accepted = next();
    const theirs = await rawPeer(uri, { deaf: true });
    const ours = await accepted;
    const sending = Promise.all(
      Array.from({ length: 100 }, () => ours.send(unknownEvent('x', {}, new Uint8Array(100_000)))),
    );
    while (clock.sleeping === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    theirs.socket.resume();
    await sending;
    await clock.advance(HOUR);
    expect(ours.signal.aborted).toBe(false);
  });

  it('rejects when the connection is gone, or being closed', async () => {
    const { ours, theirs } = await pair();
    theirs.socket.resetAndDestroy();
    await gone(ours);
    await expect(ours.send(samples.ping)).rejects.toMatchObject({ code: 'closed' });
    const other = await pair();
    const closing = other.ours.close();
    await expect(other.ours.send(samples.ping)).rejects.toMatchObject({ code: 'closed' });
    await closing;
  });
});

describe('the end', () => {
  it('by us lets the peer have all that was sent, and ends our reading', async () => {
    const { ours, theirs } = await pair();
    const reading = ours.read();
    await ours.send(message('audio-chunk', { rate: 1, width: 1, channels: 1 }, new Uint8Array(100_000)));
    await ours.send(samples.played);
    await ours.close();
    expect(await reading).toBeUndefined();
    expect((await theirs.said).map(({ type }) => type)).toEqual(['audio-chunk', 'played']);
    await ours.close();
  });

  it('by us is forced upon a peer that does not close', async () => {
    const clock = testClock();
    const { uri, next } = await open({ clock });
    const accepted = next();
    const deaf = await rawPeer(uri, { deaf: true });
    const ours = await accepted;
    const closing = ours.close();
    await clock.advance(1999);
    expect(ours.signal.aborted).toBe(false);
    await clock.advance(1);
    await closing;
    expect(ours.signal.aborted).toBe(true);
    deaf.socket.destroy();
  });

  it('by a peer that still listens, as nc does, leaves time to answer it', async () => {
    const clock = testClock();
    const { ours, theirs } = await pair({ clock });
    theirs.write(encode(samples.describe));
    theirs.socket.end();
    expect(await ours.read()).toEqual(samples.describe);
    expect(await ours.read()).toBeUndefined();
    await clock.advance(1500);
    await ours.send(samples.info);
    await clock.advance(1500);
    await ours.send(samples.played);
    await clock.advance(2000);
    expect(ours.signal.reason).toMatchObject({ code: 'closed' });
    expect((await theirs.said).map(({ type }) => type)).toEqual(['info', 'played']);
  });

  it('by the network is an end like any other, with its reason at the signal', async () => {
    const { ours, theirs } = await pair();
    const reading = ours.read();
    theirs.socket.resetAndDestroy();
    expect(await reading).toBeUndefined();
    await gone(ours);
    expect(ours.signal.reason.message).toBe('The connection broke (ECONNRESET).');
  });
});
