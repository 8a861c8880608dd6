import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  connect,
  describe as describeServer,
  encode,
  message,
  serve,
  type WyomingServer,
} from '../../src/wyoming/index.js';
import { encodeAll, raw } from './bytes.js';
import { rawPeer } from './raw-peer.js';
import { samples } from './samples.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const MEGABYTE = 1024 * 1024;

const memory = async (): Promise<number> => {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(setImmediate);
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Answers everything, as a service does. */
const answer = async (connection: Connection): Promise<void> => {
  let chunks = 0;
  for await (const event of connection.events) {
    switch (event.type) {
      case 'describe':
        await connection.send(samples.info);
        break;
      case 'ping':
        await connection.send(message('pong', event.data));
        break;
      case 'audio-chunk':
        chunks += event.payload.length;
        break;
      case 'audio-stop':
        await connection.send(message('transcript', { text: `${chunks} bytes` }));
        chunks = 0;
        break;
    }
  }
};

/** A peer that exchanges audio for a transcript, again and again, and checks every answer. */
const goodClient = async (uri: string) => {
  const connection = await connect(uri);
  let exchanges = 0;
  let leaving = false;
  const work = (async () => {
    while (!leaving) {
      await connection.send(samples['audio-start']);
      for (let chunk = 0; chunk < 10; chunk++) await connection.send(samples['audio-chunk']);
      await connection.send(samples['audio-stop']);
      expect(await connection.read()).toEqual(message('transcript', { text: '60 bytes' }));
      exchanges++;
      await new Promise(setImmediate);
    }
    await connection.close();
  })();
  return {
    /** How many exchanges it completes while the work is done. */
    async during(attack: Promise<unknown>): Promise<number> {
      const before = exchanges;
      await Promise.race([attack, work]);
      return exchanges - before;
    },
    /** Resolves when it has completed some more. */
    async more(count = 3): Promise<void> {
      const target = exchanges + count;
      while (exchanges < target && !leaving)
        await Promise.race([new Promise(setImmediate), work.then(() => undefined)]);
    },
    async leave(): Promise<void> {
      leaving = true;
      await work;
    },
  };
};

describe('while a good client goes on, a peer that', () => {
  const troubles: string[] = [];
  let server: WyomingServer;
  let good: Awaited<ReturnType<typeof goodClient>>;
  let level: number;

  beforeAll(async () => {
    server = await serve('tcp://127.0.0.1:0', {
      onConnection: answer,
      onTrouble: (_, error) => troubles.push((error as { code?: string }).code ?? String(error)),
      // Short, as the tests of single connections prove the times themselves.
      limits: { eventTime: 1000, sendTime: 500, linger: 500 },
    });
    good = await goodClient(server.uri);
    await good.more(50);
    level = await memory();
  });
  afterEach(async () => {
    await good.more();
    await expect.poll(() => server.connections, { timeout: 10_000 }).toBe(1);
    expect((await memory()) - level).toBeLessThan(20 * MEGABYTE);
    troubles.length = 0;
  });
  afterAll(async () => {
    await good.leave();
    await server.close();
  });

  it.each<[string, Uint8Array, string]>([
    ['sends a negative length', raw({ type: 'x', payload_length: -1 }), 'invalid-header'],
    ['sends a fraction of a byte', raw({ type: 'x', data_length: 0.5 }), 'invalid-header'],
    ['sends a length as text', raw({ type: 'x', data_length: '10' }), 'invalid-header'],
    ['claims a gigabyte and sends a byte', raw({ type: 'x', payload_length: 2 ** 30 }, 'A'), 'too-large'],
    [
      'contradicts itself about a length',
      raw('{"type":"x","data_length":40,"data_length":2}', '{"a":1}'),
      'invalid-data',
    ],
    ['sends no JSON', raw('GET / HTTP/1.1\r'), 'invalid-header'],
    ['speaks TLS', Buffer.from('16030100c8010000c40303000a', 'hex'), 'invalid-header'],
    ['sends no UTF-8', Buffer.from('{"type":"\xff"}\n', 'latin1'), 'invalid-header'],
    ['nests a thousand deep', raw({ type: 'x', data_length: 2000 }, '['.repeat(2000)), 'invalid-data'],
    ['never ends its line', new Uint8Array(MEGABYTE).fill(0x61), 'too-large'],
    [
      'lies about its rate',
      raw({ type: 'audio-start', data: { rate: 'x', width: 2, channels: 1 } }),
      'invalid-message',
    ],
    [
      'has a sample of no width',
      raw({ type: 'audio-chunk', data: { rate: 1, width: 0, channels: 1 } }),
      'invalid-message',
    ],
  ])('%s', async (_, bytes, code) => {
    const peer = await rawPeer(server.uri);
    peer.write(bytes);
    const said = await peer.said;
    expect(said.at(-1)).toMatchObject({ type: 'error', data: { code } });
    await peer.gone;
    expect(troubles).toEqual([code]);
  });

  it('begins an event and does not go on', async () => {
    const peers = await Promise.all(Array.from({ length: 50 }, () => rawPeer(server.uri)));
    for (const [index, peer] of peers.entries()) peer.write(encode(samples['audio-chunk']).subarray(0, 1 + index * 2));
    const done = Promise.all(peers.map((peer) => peer.said));
    expect(await good.during(done)).toBeGreaterThan(10);
    for (const said of await done) expect(said).toMatchObject([{ type: 'error', data: { code: 'too-slow' } }]);
    expect(troubles).toEqual(Array(50).fill('too-slow'));
  });

  it('sends a million tiny events', async () => {
    const peer = await rawPeer(server.uri);
    const attack = (async () => {
      const thousand = Buffer.alloc(13_000, '{"type":"a"}\n');
      for (let sent = 0; sent < 1000; sent++) {
        if (!peer.socket.write(thousand)) await new Promise((resolve) => peer.socket.once('drain', resolve));
      }
      peer.write(encode(samples.ping));
      peer.socket.end();
      return peer.said;
    })();
    // It has its turn after every 64 of them.
    expect(await good.during(attack)).toBeGreaterThan(1000);
    expect(await attack).toEqual([samples.pong]);
  });

  it('asks a hundred thousand times and reads no answer', async () => {
    const peer = await rawPeer(server.uri, { deaf: true });
    const many = Buffer.concat(Array.from({ length: 1000 }, () => encode(samples.describe)));
    for (let sent = 0; sent < 100; sent++) peer.write(many);
    expect(await good.during(expect.poll(() => troubles, { timeout: 20_000 }).toEqual(['too-slow']))).toBeGreaterThan(
      3,
    );
    peer.socket.destroy();
  });

  it('sends large data, again and again', async () => {
    const json = `{"a":[${'[],'.repeat(40_000)}[]]}`;
    const bytes = raw({ type: 'x', data_length: json.length }, json);
    const peers = await Promise.all(Array.from({ length: 8 }, () => rawPeer(server.uri)));
    const attack = Promise.all(
      peers.map((peer) => {
        for (let sent = 0; sent < 20; sent++) peer.write(bytes);
        peer.write(encode(samples.ping));
        peer.socket.end();
        return peer.said;
      }),
    );
    expect(await good.during(attack)).toBeGreaterThan(10);
    expect(await attack).toEqual(Array(8).fill([samples.pong]));
  });

  it('begins large payloads with many others, until all of them hold too much', async () => {
    const peers = await Promise.all(Array.from({ length: 40 }, () => rawPeer(server.uri)));
    const begun = raw({ type: 'x', payload_length: 4 * MEGABYTE }, new Uint8Array(3 * MEGABYTE));
    for (const peer of peers) peer.write(begun);
    const done = Promise.all(peers.map((peer) => peer.gone));
    expect(await good.during(done)).toBeGreaterThan(3);
    // 64 MiB are allowed: of 40 × 3 MiB, at least 19 have to go at once, the others when their time is over.
    expect(troubles.filter((code) => code === 'busy').length).toBeGreaterThanOrEqual(19);
    expect(troubles).toHaveLength(40);
  });

  it('leaves at any byte of an exchange, in good order or not', async () => {
    const exchange = encodeAll([
      samples.describe,
      samples.transcribe,
      samples['audio-start'],
      samples['audio-chunk'],
      samples['audio-stop'],
      samples.ping,
    ]);
    const attack = (async () => {
      for (let length = 0; length <= exchange.length; length++) {
        const peer = await rawPeer(server.uri);
        peer.write(exchange.subarray(0, length));
        if (length % 3 === 0) peer.socket.end();
        else if (length % 3 === 1) peer.socket.destroySoon();
        else setImmediate(() => peer.socket.resetAndDestroy());
        if (length % 3 !== 0) await peer.gone;
        else await peer.said;
      }
    })();
    expect(await good.during(attack)).toBeGreaterThan(exchange.length / 10);
    expect(new Set(troubles)).toEqual(new Set(['truncated']));
  });

  it('is one of 500 who only stay', async () => {
    const peers = await Promise.all(Array.from({ length: 500 }, () => rawPeer(server.uri)));
    await expect.poll(() => server.connections).toBe(501);
    expect(await describeServer(server.uri)).toEqual(samples.info.data);
    await good.more();
    for (const peer of peers) peer.socket.end();
    await Promise.all(peers.map((peer) => peer.gone));
    expect(troubles).toEqual([]);
  });
});
