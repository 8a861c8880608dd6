import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { parseProfile } from '../../src/effects/profile.js';
import type { Sounding } from '../../src/tts/sentences-in-work.js';
import { openSynthesizer, type Voices } from '../../src/tts/synthesizer.js';
import type { Voice } from '../../src/tts/voice.js';
import { DEMON } from '../effects/demon.js';
import { modelFolder } from '../models.js';
import { heard, says, testRun } from './heard.js';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const signal = new AbortController().signal;
const demon: Sounding = { speaker: 186, speed: 1, effects: parseProfile(DEMON, 'the test') };
const ghost: Sounding = { speaker: 811, speed: 0.9, effects: parseProfile(['chorus', 'reverb'], 'the test') };
const dry: Sounding = { speaker: 0, speed: 1, effects: [] };
const speak = (voice: Voice, text: string) => heard(voice.synthesize(says(text), testRun()));

/** Six pieces: more than twenty seconds of speech. */
const LONG =
  'The gates of the garage stand wide open tonight, and the cold wind of the north comes in through every one of them, ' +
  'while the lamps of the cellar burn on and on, although nobody in this house has been down there since the autumn. ' +
  'There is more that I could tell you about the cellar, about the garden behind it and about the old well, but I will ' +
  'not, because you did not ask me, and because nobody ever asks me anything but to switch the lamps of this house.';

let folder: string;
let voices: Voices;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synthesizer-'));
  // A process, so that it can be counted.
  voices = await openSynthesizer({
    model: modelFolder('piper-libritts_r-medium'),
    threads: 1,
    log,
    carrier: 'process',
    cache: { folder, maxBytes: 10_000_000 },
  });
});
afterAll(async () => {
  await voices?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the voices of one synthesizer', () => {
  it('share one host, and each sounds like itself', async () => {
    const three = [demon, ghost, dry].map((as) => voices.voice(as));
    const text = 'Every lamp in this house burns because I allow it.';
    const sounds = await Promise.all(three.map((voice) => speak(voice, text)));
    expect(childrenOf(process.pid)).toHaveLength(1);
    for (const sound of sounds) expect(sound.length).toBeGreaterThan(1.5 * voices.rate);
    expect(new Set(sounds.map(({ length }) => length)).size).toBe(3);
    expect(voices.stats()).toMatchObject({ fresh: 3 });
    expect(three.map((voice) => voice.stats().fresh)).toEqual([1, 1, 1]);
  });

  it('are as many as the model has speakers, and as many as are wanted', async () => {
    expect(voices.speakers).toBe(904);
    const all = Array.from({ length: 904 }, (_, speaker) => voices.voice({ ...dry, speaker }));
    expect((await speak(all[903]!, 'The last of all.')).length).toBeGreaterThan(voices.rate / 2);
  });

  it('find what another one of the same sound has rendered', async () => {
    const sound = await speak(voices.voice(demon), 'Once for all of us.');
    const twin = voices.voice({ ...demon });
    expect(await speak(twin, 'Once for all of us.')).toEqual(sound);
    expect(twin.stats()).toEqual({ memory: 1, disk: 0, fresh: 0 });
    await voices.voice(ghost).prefill(['A line of the ghost.'], signal);
    await speak(voices.voice({ ...ghost }), 'A line of the ghost.');
    expect(voices.stats()).toMatchObject({ disk: 1 });
  });

  it('plain says of any effects are the dry voice', async () => {
    const plain = await heard(
      voices.voice(demon).synthesize(says({ text: 'There is smoke.', kind: 'talk', plain: true }), testRun()),
    );
    expect(await speak(voices.voice({ ...demon, effects: [] }), 'There is smoke.')).toEqual(plain);
  });

  it('do not wait for the end of what another one says', async () => {
    const order: string[] = [];
    let begun = () => {};
    const first = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const long = heard(voices.voice(demon).synthesize(says(LONG), testRun()), () => begun());
    const longEnd = long.then(() => order.push('long'));
    await first;
    const short = await heard(voices.voice(ghost).synthesize(says('I am short, and here already.'), testRun()));
    order.push('short');
    await longEnd;
    expect(order).toEqual(['short', 'long']);
    expect(short.length).toBeGreaterThan(voices.rate);
    // Nothing of it was lost between the pieces: read aloud it is about 25 s.
    expect((await long).length / voices.rate).toBeGreaterThan(15);
  });

  it('can be given up in the middle without harm to the others', async () => {
    const run = testRun();
    const given = heard(voices.voice(demon).synthesize(says(LONG), run), () => run.abort());
    const other = speak(voices.voice(ghost), 'Nobody gives me up, and I speak on to the end of it.');
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    expect((await other).length).toBeGreaterThan(2 * voices.rate);
    for (let i = 0; i < 8; i++) {
      const short = testRun();
      await heard(voices.voice(demon).synthesize(says(`${i}. ${LONG}`), short), short.abort).catch(() => {});
    }
    expect((await speak(voices.voice(demon), 'Still here.')).length).toBeGreaterThan(voices.rate / 3);
  });

  it('say what they take in memory', async () => {
    const { model, effects, cache } = await voices.memory();
    expect(model).toBeGreaterThan(100_000_000);
    expect(effects).toBeGreaterThan(0);
    expect(effects).toBeLessThan(20_000_000);
    expect(cache).toBe(voices.stats().cachedBytes);
    expect(cache).toBeGreaterThan(100_000);
  });
});

describe('a synthesizer in idle time', () => {
  it('rests after a line as long as it took, whichever voice the next one is for', async () => {
    let [time, step] = [0, 100];
    const rests: number[] = [];
    const clock: Clock = {
      now: () => (time += step),
      sleep: async (duration) => {
        rests.push(duration);
        time += duration;
      },
    };
    const idle = await openSynthesizer({ model: modelFolder('piper-libritts_r-medium'), threads: 1, log, clock });
    try {
      await idle.voice(demon).prefill(['One line.'], signal);
      expect(rests).toEqual([]);
      step = 0;
      await idle.voice(ghost).prefill(['Another line.'], signal);
      expect(rests).toEqual([100]);
    } finally {
      await idle.close();
    }
  });
});

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((child) => child !== '')
    .map(Number);
