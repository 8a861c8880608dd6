import { describe, expect, it } from 'vitest';
import { levels, toInt16 } from '../../src/audio/pcm.js';
import { type Voice, voiceElsewhere } from '../../src/elsewhere/voice.js';
import type { Audio, Block, Run, Say } from '../../src/stages.js';
import { type Connection, message, type Synthesize } from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { all, committedRun, type Elsewhere, elsewhere, type Handler, readTo, ttsInfo } from './peer.js';

const RATE = 8_000;
const FORMAT = { rate: RATE, width: 2, channels: 1 };

const pcm = (level: number, milliseconds: number, rate: number = RATE): Uint8Array =>
  new Uint8Array(toInt16(new Float32Array((milliseconds * rate) / 1000).fill(level)).buffer);

/** Speaks each text as 100 ms of a level, and notes what it was asked. */
const speaker = (asked: Synthesize[], level = 0.25): Handler => {
  return async (peer, first) => {
    if (first.type !== 'synthesize') throw new Error(`asked with ${first.type}`);
    asked.push(first.data);
    await peer.send(message('audio-start', FORMAT));
    for (let chunk = 0; chunk < 5; chunk++) await peer.send(message('audio-chunk', FORMAT, pcm(level, 20)));
    await peer.send(message('audio-stop'));
    await peer.read();
  };
};

/** Our own voice: a sentence is 60 ms at −0.5. */
const own = (spoken: string[] = []): Voice & { readonly prepared: string[] } => {
  const prepared: string[] = [];
  return {
    rate: RATE,
    prepared,
    synthesize: (says) => ({
      rate: RATE,
      async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
        let from = 0;
        for await (const { text } of says) {
          spoken.push(text);
          for (let block = 0; block < 3; block++, from += 160)
            yield { samples: new Float32Array(160).fill(-0.5), from };
        }
      },
    }),
    prepare: async ({ text }) => void prepared.push(text),
    prefill: async () => {},
    hold: () => () => {},
    stats: () => ({ memory: 0, disk: 0, fresh: 0 }),
  };
};

/** Effects that can be told from the sound: they turn it round. */
const upsideDown = (voice: Audio): Audio => ({
  rate: voice.rate,
  async *[Symbol.asyncIterator]() {
    for await (const { samples, from } of voice) yield { samples: samples.map((sample) => -sample), from };
  },
});

const voiceAt = async (there: Elsewhere, query = '', more: Partial<Parameters<typeof voiceElsewhere>[0]> = {}) =>
  voiceElsewhere({
    service: await there.open('voice.service', query),
    behind: own(),
    sentences: (text) => text.match(/[^.!?]+[.!?]/g)?.map((sentence) => sentence.trim()) ?? [],
    disguise: upsideDown,
    log: there.log,
    ...more,
  });

async function* saying(...says: readonly (string | Say)[]): AsyncGenerator<Say> {
  for (const say of says) yield typeof say === 'string' ? { text: say, kind: 'talk' } : say;
}

/** Sound as stretches of one level with their length in milliseconds. */
const stretches = (blocks: readonly Block[]): [level: number, milliseconds: number][] => {
  const found: [number, number][] = [];
  let expected = 0;
  for (const { samples, from } of blocks) {
    expect(from).toBe(expected);
    expected += samples.length;
    expect(samples.length).toBeLessThanOrEqual(RATE / 50);
    for (const sample of samples) {
      const level = Math.round(sample * 100) / 100;
      if (found.at(-1)?.[0] !== level) found.push([level, 0]);
      found.at(-1)![1] += 1000 / RATE;
    }
  }
  return found.map(([level, length]) => [level + 0, Math.round(length)]);
};

const speak = async (voice: Voice, run: Run, ...says: readonly (string | Say)[]) =>
  stretches(await all(voice.synthesize(saying(...says), run)));

describe('a voice elsewhere', () => {
  it('speaks sentence by sentence behind our effects, and plain ones without', async () => {
    const asked: Synthesize[] = [];
    await using there = await elsewhere(ttsInfo(), speaker(asked));
    const voice = await voiceAt(there, '?voice=amy&speaker=3&language=en');
    const run = committedRun();
    const heard = await speak(voice, run, 'I am. You are not.', { text: 'Fire!', kind: 'talk', plain: true });
    expect(heard).toEqual([
      [-0.25, 100],
      [0, 280],
      [-0.25, 100],
      [0, 280],
      [0.25, 100],
    ]);
    expect(asked.map(({ text }) => text)).toEqual(['I am.', 'You are not.', 'Fire!']);
    expect(asked[0]!.voice).toEqual({ name: 'amy', speaker: '3', language: 'en' });
    expect(run.marks).toContain('firstSynthesized');
  });

  it('asks for the next sentence while the first is heard', async () => {
    const asked: Synthesize[] = [];
    await using there = await elsewhere(ttsInfo(), speaker(asked));
    const voice = await voiceAt(there);
    const blocks = voice.synthesize(saying('One.', 'Two.', 'Three.'), committedRun())[Symbol.asyncIterator]();
    await blocks.next();
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.map(({ text }) => text)).toEqual(['One.', 'Two.']);
    await blocks.return?.();
  });

  it('lets out the first sound as soon as it has come', async () => {
    const wait = new AbortController();
    await using there = await elsewhere(ttsInfo(), async (peer) => {
      await peer.send(message('audio-start', FORMAT));
      await peer.send(message('audio-chunk', FORMAT, pcm(0.25, 20)));
      await new Promise((resolve) => wait.signal.addEventListener('abort', resolve));
      await peer.send(message('audio-stop'));
    });
    const voice = await voiceAt(there);
    const blocks = voice.synthesize(saying('One.'), committedRun())[Symbol.asyncIterator]();
    expect((await blocks.next()).value.samples).toHaveLength(160);
    wait.abort();
    expect((await blocks.next()).done).toBe(true);
  });

  it('streams where the service does, through sentences that are a sound each', async () => {
    const asked: string[] = [];
    await using there = await elsewhere(ttsInfo(true), async (peer, first) => {
      asked.push(first.type, ...(await readTo(peer, 'synthesize-stop')).map(({ type }) => type));
      for (const level of [0.25, 0.5]) {
        await peer.send(message('audio-start', FORMAT));
        await peer.send(message('audio-chunk', FORMAT, pcm(level, 40)));
        await peer.send(message('audio-stop'));
      }
      await peer.send(message('synthesize-stopped'));
      await peer.read();
    });
    const voice = await voiceAt(there);
    expect(await speak(voice, committedRun(), 'One; two.')).toEqual([
      [-0.25, 40],
      [-0.5, 40],
    ]);
    expect(asked).toEqual(['synthesize-start', 'synthesize-chunk', 'synthesize', 'synthesize-stop']);
  });

  it('brings every rate, width and number of channels to one, also within a sentence', async () => {
    await using there = await elsewhere(ttsInfo(), async (peer) => {
      await peer.send(message('audio-start', { rate: 48_000, width: 2, channels: 1 }));
      await peer.send(message('audio-chunk', { rate: 48_000, width: 2, channels: 1 }, pcm(0.25, 200, 48_000)));
      // Bytes that end within a sample.
      const stereo = new Uint8Array(32_000).fill(192);
      await peer.send(message('audio-chunk', { rate: 16_000, width: 1, channels: 2 }, stereo.subarray(0, 6_399)));
      await peer.send(message('audio-chunk', { rate: 16_000, width: 1, channels: 2 }, stereo.subarray(6_399, 6_400)));
      await peer.send(message('audio-stop'));
      await peer.read();
    });
    const voice = await voiceAt(there, '', { disguise: (audio) => audio });
    const blocks = await all(voice.synthesize(saying('One.'), committedRun()));
    const whole = blocks.flatMap(({ samples }) => [...samples]);
    expect(whole).toHaveLength(3_200);
    expect(whole[800]).toBeCloseTo(0.25, 2);
    expect(whole[2_400]).toBeCloseTo(0.5, 2);
  });

  it('leaves out the silence before and behind the words', async () => {
    await using there = await elsewhere(ttsInfo(), async (peer) => {
      await peer.send(message('audio-start', FORMAT));
      for (const level of [0, 0, 0, 0.25, 0, 0.25, 0, 0, 0]) {
        await peer.send(message('audio-chunk', FORMAT, pcm(level, 100)));
      }
      await peer.send(message('audio-stop'));
      await peer.read();
    });
    expect(await speak(await voiceAt(there), committedRun(), 'One.')).toEqual([
      [0, 10],
      [-0.25, 100],
      [0, 100],
      [-0.25, 100],
    ]);
  });

  it('has in memory what was prepared, and asks only once for what is being made', async () => {
    const asked: Synthesize[] = [];
    await using there = await elsewhere(ttsInfo(), speaker(asked));
    const voice = await voiceAt(there);
    const signal = new AbortController().signal;
    await voice.prepare({ text: 'Ready.', kind: 'talk' }, signal);
    const preparing = voice.prepare({ text: 'Soon.', kind: 'talk' }, signal);
    expect(await speak(voice, committedRun(), 'Ready.', 'Soon.')).toHaveLength(3);
    await preparing;
    expect(asked.map(({ text }) => text)).toEqual(['Ready.', 'Soon.']);
    expect(voice.stats()).toEqual({ memory: 1, disk: 0, fresh: 1 });
  });

  it('lets the service stop where what was prepared is no longer wanted', async () => {
    let gone: Promise<void> | undefined;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await using there = await elsewhere(ttsInfo(), async (peer) => {
      gone = new Promise((resolve) => peer.signal.addEventListener('abort', () => resolve()));
      begin();
      await peer.read();
    });
    // Time stands still: only we can end it.
    const voice = await voiceAt(there, '', { clock: testClock() });
    const attempt = new AbortController();
    const preparing = voice.prepare({ text: 'Never.', kind: 'talk' }, attempt.signal);
    await begun;
    attempt.abort(new DOMException('speech went on', 'AbortError'));
    await expect(preparing).rejects.toThrow('speech went on');
    await gone;
  });

  describe('where the service fails', () => {
    /** Speaks the first sentence well and does something else with the second. */
    const thenFailing = (fail: (peer: Connection) => Promise<unknown>): Handler => {
      const good = speaker([]);
      return async (peer, first, count) => {
        if (count === 0) return good(peer, first, count);
        await fail(peer);
      };
    };

    const rest = [
      [-0.25, 100],
      [0, 280],
      [-0.5, 120],
    ];

    it.each<[string, (peer: Connection) => Promise<unknown>]>([
      ['leaves', async () => {}],
      ['says so', (peer) => peer.send(message('error', { text: 'No such voice', code: 'VoiceNotFoundError' }))],
      ['gives a sentence without sound', (peer) => peer.send(message('audio-stop')).then(() => peer.read())],
      [
        'sends a rate that is none',
        (peer) =>
          peer.send(message('audio-chunk', { rate: -1, width: 2, channels: 1 }, pcm(0.2, 20))).then(() => peer.read()),
      ],
    ])('our own voice speaks the rest of the reply: it %s', async (_, fail) => {
      await using there = await elsewhere(ttsInfo(), thenFailing(fail));
      const spoken: string[] = [];
      const voice = await voiceAt(there, '', { behind: own(spoken) });
      expect(await speak(voice, committedRun(), 'One.', 'Two. Three.')).toEqual(rest);
      expect(spoken).toEqual(['Two.', 'Three.']);
      expect(there.asked).toBe(2);
      expect(there.logged.filter(({ level }) => level === 'warn')).toEqual([
        { level: 'warn', text: 'Our own voice speaks on' },
      ]);
    });

    it('does not say twice what was begun', async () => {
      await using there = await elsewhere(
        ttsInfo(),
        thenFailing(async (peer) => {
          await peer.send(message('audio-start', FORMAT));
          await peer.send(message('audio-chunk', FORMAT, pcm(0.25, 40)));
        }),
      );
      const spoken: string[] = [];
      const voice = await voiceAt(there, '', { behind: own(spoken) });
      expect(await speak(voice, committedRun(), 'One. Two. Three.')).toEqual([
        [-0.25, 100],
        [0, 280],
        [-0.25, 40],
        [0, 280],
        [-0.5, 60],
      ]);
      expect(spoken).toEqual(['Three.']);
    });

    it('waits for a silent one no longer than it may take', async () => {
      const clock = testClock();
      await using there = await elsewhere(
        ttsInfo(),
        thenFailing((peer) => peer.read()),
      );
      const voice = await voiceAt(there, '', { clock });
      expect(await clock.until(speak(voice, committedRun(), 'One. Two. Three.'))).toEqual(rest);
    });

    it('speaks and prepares by itself at once where nothing listens', async () => {
      await using there = await elsewhere(ttsInfo(), speaker([]));
      const behind = own();
      const voice = await voiceAt(there, '', { behind });
      await there.stop();
      expect(await speak(voice, committedRun(), 'One.')).toEqual([[-0.5, 60]]);
      await voice.prepare({ text: 'Two.', kind: 'talk' }, new AbortController().signal);
      expect(behind.prepared).toEqual(['Two.']);
    });

    it('uses the service again with the next reply', async () => {
      await using there = await elsewhere(ttsInfo(), async (peer, first, count) => {
        if (count > 0) await speaker([])(peer, first, count);
      });
      const voice = await voiceAt(there);
      expect(await speak(voice, committedRun(), 'One.')).toEqual([[-0.5, 60]]);
      expect(await speak(voice, committedRun(), 'One.')).toEqual([[-0.25, 100]]);
    });
  });

  it('ends with the turn, whatever it waits for', async () => {
    await using there = await elsewhere(ttsInfo(), (peer) => peer.read().then(() => {}));
    const voice = await voiceAt(there);
    const turn = new AbortController();
    const speaking = all(voice.synthesize(saying('One.'), committedRun(turn.signal)));
    while (there.asked === 0) await new Promise((resolve) => setImmediate(resolve));
    turn.abort(new DOMException('over', 'AbortError'));
    await expect(speaking).rejects.toThrow('over');
  });

  it('is as loud as it came', async () => {
    await using there = await elsewhere(ttsInfo(), speaker([]));
    const voice = await voiceAt(there);
    const blocks = await all(voice.synthesize(saying('One.'), committedRun()));
    expect(levels(blocks[0]!.samples).peak).toBeCloseTo(-12, 0);
  });
});
