import { describe, expect, it } from 'vitest';
import { feedRing } from '../../src/audio/feed.js';
import { createRing } from '../../src/audio/ring.js';
import type { Audio, Block } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { audioAt, audioOf, join, samplesOf } from './sounds.js';
import { sine } from './wavs.js';

const forever = new AbortController().signal;

describe('a recording fed into the ring', () => {
  it('arrives at its pace, each block when its last sample has been in the room', async () => {
    const clock = testClock(5_000);
    const ring = createRing();
    const controller = new AbortController();
    const feed = feedRing(audioOf(16_000, sine(440, 16_000, 1_000)), ring, {
      paced: true,
      clock,
      signal: controller.signal,
    });
    await clock.advance(19);
    expect(ring.end).toBe(0);
    await clock.advance(1);
    expect(ring.end).toBe(320);
    await clock.advance(45);
    // 65 ms: the recording's last, short block is complete after 62.5 ms.
    expect(ring.end).toBe(1_000);
    expect(await feed.ended).toBe(1_000);
    expect(feed.capture.timeOf(0)).toBe(5_000);
    expect(feed.capture.timeOf(1_000)).toBe(5_062.5);
    // Then silence, until it is given up.
    await clock.advance(1_000);
    expect(ring.end).toBeGreaterThan(16_000);
    controller.abort();
    await feed.stopped;
    const end = ring.end;
    await clock.advance(1_000);
    expect(ring.end).toBe(end);
  });

  it('is resampled to the rate of the ring', async () => {
    const clock = testClock();
    const ring = createRing();
    const reader = ring.read({ signal: forever });
    const feed = feedRing(audioOf(48_000, sine(440, 48_000, 48_000)), ring, {
      paced: true,
      clock,
      signal: forever,
      tail: 0.5,
    });
    await clock.until(feed.stopped);
    ring.close();
    const samples = await samplesOf(reader);
    expect(samples.length).toBe(24_000);
    expect(samples[8_001]).toBeCloseTo(sine(440, 16_000, 8_002)[8_001]!, 3);
    expect(samples.subarray(16_000).every((sample) => sample === 0)).toBe(true);
  });

  it('goes as fast as its readers manage, and none of them loses anything', async () => {
    const ring = createRing({ capacity: 32_000 });
    const tone = sine(440, 16_000, 160_000);
    const readers = [ring.read({ signal: forever }), ring.read({ signal: forever, blockSize: 1_280 })];
    const feed = feedRing(audioOf(16_000, tone), ring, {
      paced: false,
      clock: testClock(),
      signal: forever,
      tail: 0,
    });
    const slowly = async (audio: Audio): Promise<Float32Array> => {
      const parts: Block[] = [];
      for await (const block of audio) {
        parts.push(block);
        if (parts.length % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return join(parts.map((part) => part.samples));
    };
    const heard = readers.map(slowly);
    await feed.stopped;
    ring.close();
    for (const samples of await Promise.all(heard)) expect(samples).toEqual(tone);
    expect(readers.map((reader) => reader.overwritten)).toEqual([0, 0]);
  });

  it('follows another one', async () => {
    const clock = testClock();
    const ring = createRing();
    const options = { paced: true, clock, signal: forever, tail: 0 };
    await clock.until(feedRing(audioOf(16_000, new Float32Array(500)), ring, options).stopped);
    const second = feedRing(audioOf(16_000, new Float32Array(500)), ring, options);
    await clock.until(second.stopped);
    expect(ring.end).toBe(1_000);
    expect(second.capture.timeOf(500)).toBe(31.25);
  });

  it('keeps the time of a gap as silence', async () => {
    const ring = createRing();
    const reader = ring.read({ signal: forever });
    const one = new Float32Array(100).fill(1);
    const gapped = audioAt(16_000, [
      { samples: one, from: 0 },
      { samples: one, from: 400 },
    ]);
    await feedRing(gapped, ring, { paced: false, clock: testClock(), signal: forever, tail: 0 }).ended.then(() =>
      ring.close(),
    );
    const samples = await samplesOf(reader);
    expect(samples.length).toBe(500);
    expect(samples.subarray(100, 400).every((sample) => sample === 0)).toBe(true);
    expect(samples.subarray(400).every((sample) => sample === 1)).toBe(true);
  });

  it('says so when the recording cannot be read', async () => {
    const broken: Audio = {
      rate: 16_000,
      // biome-ignore lint/correctness/useYield: it fails before its first block
      async *[Symbol.asyncIterator]() {
        throw new Error('the disk is gone');
      },
    };
    const feed = feedRing(broken, createRing(), { paced: false, clock: testClock(), signal: forever });
    await expect(feed.stopped).rejects.toThrow('the disk is gone');
    await expect(feed.ended).rejects.toThrow('the disk is gone');
  });
});
