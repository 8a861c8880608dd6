import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseProfile } from '../../src/effects/profile.js';
import type { Say } from '../../src/stages.js';
import type { Sounding } from '../../src/tts/sentences-in-work.js';
import { openSynthesizer, type SynthesizerOptions, type Voices } from '../../src/tts/synthesizer.js';
import type { Voice } from '../../src/tts/voice.js';
import { modelFolder } from '../models.js';
import { heard, says, testRun } from './heard.js';

const log = { debug: () => {}, info: () => {}, warn: vi.fn(), error: vi.fn() };
const signal = new AbortController().signal;
const effects = parseProfile([{ pitch: { shift: -6, formants: -2 } }, { distortion: {} }, { reverb: {} }], 'the test');
const base: SynthesizerOptions = { model: modelFolder('piper-libritts_r-medium'), threads: 1, log };
const demon: Sounding = { speaker: 186, speed: 1, effects };
const speak = (voice: Voice, ...all: (string | Say)[]) => heard(voice.synthesize(says(...all), testRun()));
const seconds = (sound: Float32Array, { rate }: Voice) => sound.length / rate;
const rms = (sound: Float32Array) => 10 * Math.log10(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

let folder: string;
let voices: Voices;
let voice: Voice;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voice-'));
  voices = await openSynthesizer({ ...base, cache: { folder, maxBytes: 10_000_000 } });
  voice = voices.voice(demon);
});
afterAll(async () => {
  await voices?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a voice', () => {
  // Begins with a vowel, since a soft consonant is hard to tell from silence.
  const SENTENCE = 'Every lamp in your living room burns because I allow it, mortal.';

  it('speaks a sentence in about the time a person takes, loud enough, at once, and marks the first sound', async () => {
    const run = testRun();
    const sound = await heard(voice.synthesize(says(SENTENCE), run));
    expect(voice.rate).toBe(22_050);
    expect(seconds(sound, voice)).toBeGreaterThan(2);
    expect(seconds(sound, voice)).toBeLessThan(5);
    expect(rms(sound)).toBeGreaterThan(-26);
    expect(sound.every((x) => Math.abs(x) <= 0.9)).toBe(true);
    expect(sound.findIndex((x) => Math.abs(x) > 0.01) / voice.rate).toBeLessThan(0.045);
    expect(run.marks).toEqual(['firstSynthesized']);
  });

  it('says the same again with the same samples', async () => {
    const before = voice.stats();
    const [first, again] = [await speak(voice, 'Once more.'), await speak(voice, 'Once more.')];
    expect(again).toEqual(first);
    expect(voice.stats()).toMatchObject({ fresh: before.fresh + 1, memory: before.memory + 1 });
  });

  it('speaks plainly without the effects, and keeps the two apart', async () => {
    const text = 'There is smoke in the kitchen.';
    const demonic = await speak(voice, text);
    const plain = await speak(voice, { text, kind: 'talk', plain: true });
    expect(plain).not.toEqual(demonic);
    // A pitch of 90 Hz becomes one of 64 Hz.
    expect(shareAround(64, demonic)).toBeGreaterThan(4 * shareAround(64, plain));
  });

  it('keeps the order of says although a later one is in the cache', async () => {
    const cached = await speak(voice, 'Second.');
    const both = await speak(voice, 'This one is first, and it has to be made.', 'Second.');
    expect(both.subarray(both.length - cached.length)).toEqual(cached);
    expect(both.length).toBeGreaterThan(cached.length + voice.rate);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n\t '],
    ['only marks', '?!... — ()'],
    ['only emoji', '😈🔥'],
    ['only letters it does not know', '你好'],
  ])('is silent for %s', async (_, text) => {
    expect(await speak(voice, text)).toHaveLength(0);
  });

  it.each([
    ['control characters', 'Kneel\u0000 be\u0007fore\u001b me.'],
    ['foreign letters', 'Ärger im Café, señor Łukasz.'],
    ['markup', '<speak>[[Kneel]] **now**</speak>'],
    ['half a surrogate pair', 'Kneel \ud83d now.'],
    ['one letter', 'a'],
  ])('speaks text with %s', async (_, text) => {
    const sound = await speak(voice, text);
    expect(seconds(sound, voice)).toBeGreaterThan(0.1);
    expect(seconds(sound, voice)).toBeLessThan(10);
    expect(sound.every(Number.isFinite)).toBe(true);
  });

  it('begins 5,000 characters as soon as one sentence, and can be stopped', async () => {
    for (const text of ['never ending '.repeat(385), 'x'.repeat(5000)]) {
      const run = testRun();
      const audio = voice.synthesize(says(text), run)[Symbol.asyncIterator]();
      expect((await audio.next()).done).toBe(false);
      run.abort();
      await expect(audio.next()).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(seconds(await speak(voice, 'Still here.'), voice)).toBeLessThan(3);
  });

  it('returns at once when it is aborted in the middle of a synthesis, and can be used again', async () => {
    const run = testRun();
    const next = voice
      .synthesize(says('A sentence that nobody will ever hear to its end.'), run)
      [Symbol.asyncIterator]();
    const first = next.next();
    setImmediate(run.abort);
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(seconds(await speak(voice, 'Still here, I am.'), voice)).toBeGreaterThan(0.3);
  });

  it('reads to two listeners at once', async () => {
    const texts = ['The first of two listeners hears this.', 'And this is for the other one.'];
    const alone = await Promise.all(texts.map((text) => speak(voice, text)));
    const together = await Promise.all(texts.map((text) => speak(voice, text)));
    expect(together).toEqual(alone);
  });
});

describe('what a voice has ready', () => {
  it('has what was prepared, in memory only', async () => {
    const files = await readdir(folder);
    await voice.prepare({ text: 'The cellar door is open. Beware.', kind: 'claim' }, signal);
    const before = voice.stats();
    await speak(voice, 'The cellar door is open. Beware.');
    expect(voice.stats()).toMatchObject({ memory: before.memory + 2, fresh: before.fresh });
    expect(await readdir(folder)).toEqual(files);
  });

  it("keeps the persona's lines on disk for the next start, without their text", async () => {
    await voice.prefill(['Yes, mortal? I listen.', { text: 'Leave the house.', plain: true }], signal);
    const names = readdirSync(folder);
    expect(names).toHaveLength(3);
    for (const name of names)
      expect(name + readFileSync(join(folder, name)).toString('latin1')).not.toMatch(/mortal|house/);
    const next = await openSynthesizer({ ...base, preload: false, cache: { folder, maxBytes: 10_000_000 } });
    const again = next.voice(demon);
    expect(await speak(again, 'Yes, mortal?')).toEqual(await speak(voice, 'Yes, mortal?'));
    await speak(again, { text: 'Leave the house.', kind: 'talk', plain: true });
    expect(next.stats()).toMatchObject({ disk: 2, fresh: 0 });
    expect(await next.memory()).toEqual({ model: 0, effects: 0, cache: next.stats().cachedBytes });
    await next.close();
  });

  it.each<[string, Partial<Sounding>]>([
    ['speaker', { speaker: 187 }],
    ['speed', { speed: 1.1 }],
    ['effects', { effects: effects.slice(1) }],
  ])('makes lines anew for another %s', async (_, change) => {
    const other = voices.voice({ ...demon, ...change });
    await speak(other, 'Yes, mortal?');
    expect(other.stats()).toEqual({ memory: 0, disk: 0, fresh: 1 });
  });

  it('prefills nothing during a turn', async () => {
    const release = voice.hold();
    let filled = false;
    const filling = voice.prefill(['A line for later.'], signal).then(() => {
      filled = true;
    });
    await speak(voice, 'But this is said now.');
    expect(filled).toBe(false);
    release();
    await filling;
  });

  it('gives up what is prefilled or prepared when asked to', async () => {
    const abort = new AbortController();
    const waiting = [
      voice.prefill(['A line that is never rendered.'], abort.signal),
      voice.prepare({ text: 'Something that is never said.', kind: 'talk' }, abort.signal),
    ];
    const given = Promise.allSettled(waiting);
    abort.abort();
    for (const each of await given) {
      expect(each).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    }
  });
});

describe('a voice that cannot be', () => {
  it.each<[string, Partial<Sounding>, object]>([
    ['has no such speaker', { speaker: 904 }, { code: 'usage', hint: expect.stringContaining('903') }],
    ['is too fast', { speed: 9 }, { code: 'usage' }],
    ['has no speed', { speed: Number.NaN }, { code: 'usage' }],
  ])('%s', (_, change, fault) => {
    expect(() => voices.voice({ ...demon, ...change })).toThrow(expect.objectContaining(fault));
  });

  it('is not there', async () => {
    const opening = openSynthesizer({ ...base, model: '/nowhere' });
    await expect(opening).rejects.toMatchObject({ code: 'model', hint: expect.stringContaining('models verify') });
  });
});

describe('a damaged model', () => {
  const whole = base.model;
  let damaged: string;
  beforeEach(async () => {
    damaged = await mkdtemp(join(tmpdir(), 'voice-'));
    for (const name of await readdir(whole)) await symlink(join(whole, name), join(damaged, name));
  });
  afterEach(async () => {
    await rm(damaged, { recursive: true, force: true });
  });

  it.each<[string, string, (file: Buffer) => Buffer]>([
    ['truncated weights', 'model.onnx', (file) => file.subarray(0, 1_000_000)],
    ['destroyed weights', 'model.onnx', (file) => file.fill(0xff, 30_000, 40_000)],
    ['a table of phonemes that is none', 'tokens.txt', () => Buffer.from('<html>')],
    ['no phonemes', 'espeak-ng-data', () => Buffer.alloc(0)],
  ])('with %s is named, with what to do about it', async (_, name, damage) => {
    const file = name === 'espeak-ng-data' ? Buffer.alloc(0) : await readFile(join(whole, name));
    await rm(join(damaged, name));
    await writeFile(join(damaged, name), damage(file));
    await expect(openSynthesizer({ ...base, model: damaged })).rejects.toMatchObject({
      code: 'model',
      message: expect.stringContaining(damaged),
      hint: expect.stringContaining('models verify'),
    });
  });
});

describe('a voice whose process dies', () => {
  let mortal: Voices | undefined;
  afterEach(async () => {
    await mortal?.close();
  });

  it('fails the sentence with a fault that may be tried again, and is loaded anew', async () => {
    mortal = await openSynthesizer({ ...base, carrier: 'process' });
    const dead = mortal.voice(demon);
    await speak(dead, 'I live.');
    const [child] = childrenOf(process.pid);
    const dying = speak(dead, 'This sentence is the last that this process ever tries to say.');
    process.kill(child!, 'SIGKILL');
    await expect(dying).rejects.toMatchObject({ code: 'engine', retry: true });
    await vi.waitFor(async () => expect(await speak(dead, 'I live again.')).not.toHaveLength(0), {
      timeout: 10_000,
    });
  });
});

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((child) => child !== '')
    .map(Number);

/** Share of the power within ±10 Hz: Fourier's sums at 1 Hz apart. */
const shareAround = (frequency: number, sound: Float32Array): number => {
  let power = 0;
  for (let f = frequency - 10; f <= frequency + 10; f++) {
    const step = (2 * Math.PI * f) / 22_050;
    const real = sound.reduce((sum, x, i) => sum + x * Math.cos(step * i), 0);
    const imaginary = sound.reduce((sum, x, i) => sum + x * Math.sin(step * i), 0);
    power += real ** 2 + imaginary ** 2;
  }
  return power / sound.reduce((sum, x) => sum + x * x, 0) / sound.length;
};
