import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { type WakeServiceParts, wakeService } from '../../src/services/wake.js';
import type { Detection, WakeDetector } from '../../src/stages.js';
import { message } from '../../src/wyoming/index.js';
import { sent, serveTest } from './peer.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };
const word = (name: string) => ({
  name,
  phrase: name.replaceAll('_', ' '),
  language: 'en',
  attribution,
  installed: true,
  version: '1',
});

/** Hears `hey_one` wherever a sample is above a half, and `hey_two` where one is below minus a half. */
const loudness: WakeDetector = async function* (microphone, signal) {
  for await (const { samples, from } of microphone) {
    if (signal.aborted) return;
    for (const [i, sample] of samples.entries()) {
      const word = sample > 0.5 ? 'hey_one' : sample < -0.5 ? 'hey_two' : undefined;
      if (word) yield { word, score: 1, at: from + i } satisfies Detection;
    }
  }
};

const parts = (changes: Partial<WakeServiceParts> = {}): WakeServiceParts => ({
  program: { name: 'nose', description: 'Hears', version: '1' },
  attribution,
  words: () => [word('hey_one'), word('hey_two')],
  detect: () => loudness,
  ...changes,
});

/** A second of silence with clicks at these milliseconds; a negative one goes down. */
const clicks = (...at: number[]): Float32Array => {
  const sound = new Float32Array(16_000);
  for (const ms of at) sound[Math.abs(ms) * 16] = ms < 0 ? -0.9 : 0.9;
  return sound;
};

describe('the wake word service', () => {
  it('tells what was heard, and when on the clock of the sender', async () => {
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect'), ...sent(clicks(250), { timestamp: 5_000 }));
    expect(await peer.answer('detection')).toEqual({ name: 'hey_one', timestamp: 5_250 });
  });

  it('says so where the audio ends without any of the words', async () => {
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect', { names: ['hey_two'] }), ...sent(clicks(250)));
    expect((await peer.until('not-detected')).map(({ type }) => type)).toEqual(['not-detected']);
    await peer.send(...sent(clicks(250, -500)));
    expect(await peer.answer('detection')).toEqual({ name: 'hey_two', timestamp: 500 });
  });

  it('goes on listening after a detection', async () => {
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect'), ...sent(clicks(100, -300, 700)));
    const heard = [await peer.answer('detection'), await peer.answer('detection'), await peer.answer('detection')];
    expect(heard.map(({ timestamp }) => timestamp)).toEqual([100, 300, 700]);
  });

  it.each([
    { rate: 16_000, width: 1, channels: 1 },
    { rate: 8_000, width: 2, channels: 2 },
    { rate: 48_000, width: 4, channels: 1 },
    { rate: 44_100, width: 3, channels: 2 },
  ])('takes audio of $rate Hz, $width bytes, $channels channels', async (format) => {
    const tone = new Float32Array(format.rate).map((_, i) => (i > format.rate / 2 ? 0.8 : 0));
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect'), ...sent(tone, format));
    const { timestamp } = await peer.answer('detection');
    expect(timestamp).toBeGreaterThan(495);
    expect(timestamp).toBeLessThan(505);
  });

  it('takes audio without a beginning, as some satellites hand it on', async () => {
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect'), ...sent(clicks(250)).slice(1));
    expect(await peer.answer('detection')).toMatchObject({ name: 'hey_one' });
  });

  it('refuses words that nobody has, and says which there are', async () => {
    await using server = await serveTest([wakeService(parts())]);
    const peer = await server.peer();
    await peer.send(message('detect', { names: ['hey_three'] }));
    expect(await peer.answer('error')).toEqual({
      text: 'No wake word is called hey_three. There are: hey_one, hey_two.',
      code: 'unexpected',
    });
    expect(await peer.rest()).toEqual([]);
  });

  it('says that it is not there yet while its models are being fetched', async () => {
    await using server = await serveTest([wakeService(parts({ detect: () => undefined }))]);
    const peer = await server.peer();
    await peer.send(message('describe'));
    expect((await peer.answer('info')).wake?.[0]).toMatchObject({ installed: false });
    await peer.send(message('detect'), message('audio-start', { rate: 16_000, width: 2, channels: 1 }));
    expect((await peer.answer('error')).text).toContain('still being fetched');
  });

  it('tells a client that the detector has failed, and nobody else notices', async () => {
    let failing = true;
    const failsOnce: WakeDetector = async function* (microphone, signal) {
      if (failing) {
        failing = false;
        throw new Fault('engine', 'The detector is broken');
      }
      yield* loudness(microphone, signal);
    };
    await using server = await serveTest([wakeService(parts({ detect: () => failsOnce }))]);
    const one = await server.peer();
    const other = await server.peer();
    await one.send(message('detect'), message('audio-start', { rate: 16_000, width: 2, channels: 1 }));
    expect(await one.answer('error')).toEqual({ text: 'The detector is broken', code: 'engine' });
    await other.send(message('detect'), ...sent(clicks(250)));
    expect(await other.answer('detection')).toMatchObject({ name: 'hey_one' });
    expect(server.warnings).toHaveLength(1);
  });

  it('stops its detector when the client has gone', async () => {
    let open = 0;
    const counting: WakeDetector = async function* (microphone, signal) {
      open++;
      try {
        yield* loudness(microphone, signal);
      } finally {
        open--;
      }
    };
    await using server = await serveTest([wakeService(parts({ detect: () => counting }))]);
    const peer = await server.peer();
    await peer.send(message('detect'), ...sent(clicks(250)).slice(0, -1));
    await peer.until('detection');
    expect(open).toBe(1);
    await peer.connection.close();
    while (open > 0) await turn();
  });
});
