import { describe, expect, it } from 'vitest';
import { createRing, type Ring } from '../../src/audio/ring.js';
import { micService } from '../../src/services/mic.js';
import { isEvent, message, type WyomingEvent } from '../../src/wyoming/index.js';
import { serveTest } from './peer.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };
const program = { name: 'ear', description: 'Hears', version: '1' };
const FORMAT = { rate: 16_000, width: 2, channels: 1 };

const service = (ring: Ring) =>
  micService({
    program,
    attribution,
    microphone: {
      get now() {
        return ring.end;
      },
      read: (from, signal) => ring.read({ from, signal }),
    },
  });

const block = (value: number): Float32Array => new Float32Array(320).fill(value);
const samplesIn = (event: WyomingEvent | undefined): number[] =>
  isEvent(event, 'audio-chunk') ? [...new Int16Array(event.payload.slice().buffer)] : [];

describe('the microphone service', () => {
  it('sends sound to whoever connects, without being asked', async () => {
    const ring = createRing();
    ring.write(block(0.9));
    await using server = await serveTest([service(ring)]);
    const peer = await server.peer();
    expect(await peer.answer('audio-start')).toEqual({ ...FORMAT, timestamp: 0 });
    ring.write(block(0.5));
    const [first] = (await peer.until('audio-chunk')).slice(-1);
    // From now on, and nothing of what was said before.
    expect(samplesIn(first)).toEqual(new Array(320).fill(16_384));
    expect(first?.data).toEqual({ ...FORMAT, timestamp: 0 });
    ring.write(block(0.25));
    expect((await peer.until('audio-chunk')).at(-1)?.data).toEqual({ ...FORMAT, timestamp: 20 });
  });

  it('describes itself in the middle of its sound', async () => {
    await using server = await serveTest([service(createRing())]);
    const peer = await server.peer();
    await peer.send(message('describe'));
    const { mic } = await peer.answer('info');
    expect(mic).toEqual([{ ...program, attribution, installed: true, mic_format: FORMAT }]);
  });

  it('sends the same to several at once', async () => {
    const ring = createRing();
    await using server = await serveTest([service(ring)]);
    const peers = await Promise.all([server.peer(), server.peer()]);
    for (const peer of peers) await peer.until('audio-start');
    ring.write(block(0.5));
    for (const peer of peers) expect(samplesIn((await peer.until('audio-chunk')).at(-1))).toHaveLength(320);
  });

  it('tells where sound is missing by its time', async () => {
    const ring = createRing();
    await using server = await serveTest([service(ring)]);
    const peer = await server.peer();
    await peer.until('audio-start');
    // More at once than the ring holds: what was overwritten is lost, and the rest is where it belongs.
    ring.write(new Float32Array(40 * 16_000));
    const [chunk] = (await peer.until('audio-chunk')).slice(-1);
    expect(chunk?.data).toMatchObject({ timestamp: 10_000 });
  });

  it('ends its sound when the microphone is closed', async () => {
    const ring = createRing();
    await using server = await serveTest([service(ring)]);
    const peer = await server.peer();
    await peer.until('audio-start');
    ring.write(block(0.5));
    ring.close();
    expect((await peer.until('audio-stop')).map(({ type }) => type)).toEqual(['audio-chunk', 'audio-stop']);
  });

  it('lets go of who has left', async () => {
    const ring = createRing();
    const server = await serveTest([service(ring)]);
    const peer = await server.peer();
    await peer.until('audio-start');
    await peer.connection.close();
    await server[Symbol.asyncDispose]();
    expect(server.warnings).toEqual([]);
  });
});
