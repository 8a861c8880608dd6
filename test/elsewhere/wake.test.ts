import { describe, expect, it } from 'vitest';
import { occurrences } from '../../src/elsewhere/occurrences.js';
import { wakeElsewhere } from '../../src/elsewhere/wake-detector.js';
import { wakeWithFallback } from '../../src/elsewhere/wake-fallback.js';
import { Fault } from '../../src/faults.js';
import type { Audio, Block, Detection, WakeDetector } from '../../src/stages.js';
import { message } from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { all, audioOf, type Elsewhere, elsewhere, type Handler, sound, wakeInfo } from './peer.js';

const signal = new AbortController().signal;
const WORDS = ['hey_jarvis', 'alexa'];

const detector = async (there: Elsewhere): Promise<WakeDetector> =>
  wakeElsewhere({ service: await there.open('wake.service'), words: WORDS, refractory: 2_000 });

/** A microphone that gives a block when the test says so. */
const microphone = (from = 0) => {
  const waiting: Block[] = [];
  let at = from;
  let over = false;
  let wake = (): void => {};
  const audio: Audio = {
    rate: 16_000,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const block = waiting.shift();
        if (block) yield block;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
  return {
    audio,
    get at() {
      return at;
    },
    hear(milliseconds: number) {
      const blocks = sound(milliseconds, at);
      at += milliseconds * 16;
      waiting.push(...blocks);
      wake();
    },
    end() {
      over = true;
      wake();
    },
  };
};

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await turns(1);
};

/** Tells a word at the n-th chunk of each connection. */
const sentry = (chunk: number, name = 'hey_jarvis_v0.1', times = 1): Handler => {
  return async (peer) => {
    let seen = 0;
    for await (const event of peer.events) {
      if (event.type === 'audio-stop') await peer.send(message('not-detected'));
      if (event.type !== 'audio-chunk') continue;
      seen += 1;
      if (seen < chunk || seen >= chunk + times) continue;
      await peer.send(message('detection', { name, timestamp: event.data.timestamp ?? null }));
    }
  };
};

describe('wake words heard elsewhere', () => {
  it('are told at their place on the capture clock, under our names', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis_v0.1', 'alexa_v0.1'), sentry(10));
    const detect = await detector(there);
    const found = await all(detect(audioOf(sound(1_000, 48_000)), signal));
    expect(found).toEqual([{ word: 'hey_jarvis', score: 1, at: 48_000 + 3_200 }]);
  });

  it('asks for the words as the service calls them, and sends the sound with times that are never 0', async () => {
    const seen: object[] = [];
    await using there = await elsewhere(wakeInfo('hey_jarvis_v0.1', 'alexa'), async (peer, first) => {
      seen.push(first.data);
      for await (const event of peer.events) {
        if (seen.length < 4) seen.push(event.data);
        if (event.type === 'audio-stop') await peer.send(message('not-detected'));
      }
    });
    expect(await all((await detector(there))(audioOf(sound(60)), signal))).toEqual([]);
    const format = { rate: 16_000, width: 2, channels: 1 };
    expect(seen).toEqual([
      { names: ['hey_jarvis_v0.1', 'alexa'] },
      { ...format, timestamp: 1_000 },
      { ...format, timestamp: 1_000 },
      { ...format, timestamp: 1_020 },
    ]);
  });

  it('are told once, however often a service that is still sure says so', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(10, 'hey_jarvis', 60));
    expect(await all((await detector(there))(audioOf(sound(4_000)), signal))).toHaveLength(1);
  });

  it('are at the newest sound where the time that comes with them is no time of ours', async () => {
    for (const timestamp of [null, 123_456_789_000, -5]) {
      await using there = await elsewhere(wakeInfo('hey_jarvis'), async (peer) => {
        for await (const event of peer.events) {
          if (event.type !== 'audio-chunk') continue;
          await peer.send(message('detection', { name: 'hey_jarvis', timestamp }));
        }
      });
      const mic = microphone();
      const found = (await detector(there))(mic.audio, signal)[Symbol.asyncIterator]();
      const first = found.next();
      mic.hear(20);
      expect((await first).value.at).toBe(320);
      await found.return?.();
    }
  });

  it('are not those that nobody asked for', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(3, 'computer'));
    expect(await all((await detector(there))(audioOf(sound(200)), signal))).toEqual([]);
  });

  it('end with a fault where the service leaves, says so, or is not there', async () => {
    const failures: [Handler, RegExp][] = [
      [async (peer) => void (await peer.read()), /ended/],
      [
        (peer) =>
          peer
            .send(message('error', { text: 'no such model' }))
            .then(() => peer.read())
            .then(() => {}),
        /says: no such model/,
      ],
    ];
    for (const [handler, why] of failures) {
      await using there = await elsewhere(wakeInfo('hey_jarvis'), handler);
      const mic = microphone();
      mic.hear(100);
      const error = await all((await detector(there))(mic.audio, signal)).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Fault);
      expect((error as Fault).message).toMatch(why);
    }
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(1));
    const detect = await detector(there);
    await there.stop();
    await expect(all(detect(audioOf(sound(100)), signal))).rejects.toMatchObject({ code: 'network' });
  });

  it('end with the signal, also where no sound comes', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(1_000));
    const over = new AbortController();
    const listening = all((await detector(there))(microphone().audio, over.signal));
    await until(() => there.asked === 1);
    over.abort(new DOMException('over', 'AbortError'));
    await expect(listening).rejects.toThrow('over');
  });
});

describe('an occurrence of a word', () => {
  it('is one for the refractory time, whoever tells it first', () => {
    const isNew = occurrences(32_000);
    expect([100_000, 95_000, 120_000, 132_000, 140_000].map((at) => isNew({ at }))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});

describe('our own ears behind those elsewhere', () => {
  /** Hears a word every time it has heard so many milliseconds; notes what it heard. */
  const ours = (after: number, heard: [from: number, to: number][] = []): WakeDetector =>
    async function* (audio): AsyncGenerator<Detection> {
      let span: [number, number] | undefined;
      let length = 0;
      for await (const { samples, from } of audio) {
        if (!span) {
          span = [from, from];
          heard.push(span);
        }
        span[1] = from + samples.length;
        length += samples.length;
        if (length === after * 16) yield { word: 'hey_jarvis', score: 0.9, at: span[1] };
      }
    };

  const warned = ({ logged }: Elsewhere) => logged.filter(({ text }) => text.startsWith('Our own ears'));

  it('rest while the service listens', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(50));
    const heard: [number, number][] = [];
    const detect = wakeWithFallback({
      elsewhere: await detector(there),
      local: ours(100, heard),
      ready: async () => {},
      refractory: 2_000,
      log: there.log,
    });
    expect(await all(detect(audioOf(sound(2_000)), signal))).toMatchObject([{ at: 16_000, score: 1 }]);
    expect(heard).toEqual([]);
  });

  it('take over with the last two seconds, and rest again when the service has listened for as long', async () => {
    const clock = testClock();
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(200));
    const service = await there.open('wake.service');
    const heard: [number, number][] = [];
    let up = (): void => {};
    const detect = wakeWithFallback({
      elsewhere: wakeElsewhere({ service, words: WORDS, refractory: 2_000 }),
      local: ours(60_000, heard),
      ready: () => new Promise<void>((resolve) => (up = resolve)).then(() => service.client.ready()),
      refractory: 2_000,
      log: there.log,
      clock,
    });
    const mic = microphone();
    const found: Detection[] = [];
    const listening = (async () => {
      for await (const detection of detect(mic.audio, signal)) found.push(detection);
    })();
    mic.hear(3_000);
    await until(() => there.asked === 1);
    await turns();
    await there.stop();
    await until(() => warned(there).length === 1);
    mic.hear(1_000);
    await until(() => heard[0]?.[1] === mic.at);
    // From one second on: two seconds before it took over.
    expect(heard).toEqual([[16_000, 64_000]]);

    await there.start();
    await clock.advance(500);
    up();
    await until(() => there.asked === 2);
    mic.hear(1_900);
    await until(() => heard[0]?.[1] === mic.at);
    mic.hear(1_000);
    await turns();
    mic.hear(3_000);
    await until(() => found.length === 1);
    mic.end();
    await listening;
    expect(heard).toHaveLength(1);
    expect(heard[0]![1]).toBeLessThan(mic.at - 3_000 * 16 + 1);
    expect(warned(there)).toHaveLength(1);
  });

  it('tell a word that both hear only once', async () => {
    const both: WakeDetector = async function* (audio) {
      for await (const { from, samples } of audio) {
        if (from + samples.length === 32_000) yield { word: 'hey_jarvis', score: 1, at: 32_000 };
        if (from + samples.length === 40_000) throw new Fault('network', 'gone');
      }
    };
    await using there = await elsewhere(wakeInfo(), async () => {});
    const detect = wakeWithFallback({
      elsewhere: both,
      local: ours(1_000),
      ready: () => new Promise(() => {}),
      refractory: 0,
      log: there.log,
    });
    const mic = microphone();
    const found: Detection[] = [];
    const listening = (async () => {
      for await (const detection of detect(mic.audio, signal)) found.push(detection);
    })();
    mic.hear(4_000);
    await until(() => warned(there).length === 1);
    await turns();
    mic.end();
    await listening;
    // Ours heard the same again in what it was given of the past.
    expect(found).toHaveLength(1);
  });

  it('are what it ends with: their fault is the fault', async () => {
    await using there = await elsewhere(wakeInfo(), async () => {});
    const gone: WakeDetector = async function* () {
      yield* [];
      throw new Fault('network', 'gone');
    };
    const broken: WakeDetector = async function* () {
      yield* [];
      throw new Fault('engine', 'broken');
    };
    const detect = wakeWithFallback({
      elsewhere: gone,
      local: broken,
      ready: () => new Promise(() => {}),
      refractory: 0,
      log: there.log,
    });
    await expect(all(detect(microphone().audio, signal))).rejects.toThrow('broken');
  });

  it('leave the microphone alone when nobody listens any more', async () => {
    await using there = await elsewhere(wakeInfo('hey_jarvis'), sentry(1));
    const mic = microphone();
    const detect = wakeWithFallback({
      elsewhere: await detector(there),
      local: ours(1),
      ready: async () => {},
      refractory: 0,
      log: there.log,
    });
    const found = detect(mic.audio, signal)[Symbol.asyncIterator]();
    const first = found.next();
    mic.hear(20);
    expect((await first).value).toMatchObject({ word: 'hey_jarvis', at: 320 });
    await found.return?.();
    const over = new AbortController();
    const again = all(detect(microphone().audio, over.signal));
    over.abort(new DOMException('over', 'AbortError'));
    await expect(again).rejects.toThrow('over');
  });
});
