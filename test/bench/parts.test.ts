import { describe, expect, test } from 'vitest';
import { readWav } from '../../src/audio/read-wav.js';
import { effectsDelay, measureEffectsCost } from '../../src/bench/effects-cost.js';
import { watchEventLoop } from '../../src/bench/event-loop.js';
import { isBusy, thisMachine } from '../../src/bench/machine.js';
import { progressLine } from '../../src/bench/progress.js';
import { readRecordings } from '../../src/bench/recordings.js';
import { residentMemory } from '../../src/bench/resident-memory.js';
import { soundOf } from '../../src/bench/sound.js';
import { pick, type Utterance } from '../../src/bench/spoken-set.js';
import { sentenceOfTwelve } from '../../src/bench/synthesis.js';
import { parseProfile } from '../../src/effects/profile.js';

const { signal } = new AbortController();

describe('a part of the bench set', () => {
  const utterances = Array.from({ length: 110 }, (_, i) => ({
    file: `${i}.wav`,
    kind: i < 100 ? 'command' : 'talk',
  })) as Utterance[];

  test('is spread over all of it, with a tenth of talk', () => {
    const files = pick(utterances, 4).map(({ file }) => file);
    expect(files).toEqual(['0.wav', '25.wav', '50.wav', '75.wav', '100.wav']);
  });
  test('is all of it where more is wanted than there is', () => {
    expect(pick(utterances, Number.POSITIVE_INFINITY)).toEqual(utterances);
  });
});

test('the sentences for the voice have twelve words, and none is there twice', () => {
  const sentences = Array.from({ length: 36 }, (_, i) => sentenceOfTwelve(i));
  expect(new Set(sentences).size).toBe(36);
  for (const sentence of sentences) expect(sentence.split(' '), sentence).toHaveLength(12);
});

test('labels of real recordings lie within them, in their order', async () => {
  const folder = new URL('../../recordings/', import.meta.url).pathname;
  const recordings = await readRecordings(new URL('../../bench/recordings.yaml', import.meta.url), folder);
  expect(recordings.length).toBeGreaterThanOrEqual(1);
  for (const { file, wakeEnd, lastSound } of recordings) {
    const { duration } = await readWav(file, signal);
    expect(wakeEnd).toBeGreaterThan(0);
    expect(lastSound).toBeGreaterThan(wakeEnd);
    expect(lastSound / 16_000).toBeLessThan(duration);
  }
});

describe('the effects’ cost', () => {
  const profile = parseProfile([{ pitch: { lowest: 80 } }, { limiter: {} }], 'test');

  test('their delay has one period of the lowest voice in it', () => {
    const { sum, periods } = effectsDelay(profile, 22_050);
    expect(periods).toBe(12.5);
    expect(sum).toBeGreaterThan(periods);
  });
  test('is one figure for each 30 s of sound', async () => {
    const sounds = [new Float32Array(35 * 16_000), new Float32Array(30 * 16_000)];
    const factors = await measureEffectsCost(profile, 22_050, sounds, signal);
    expect(factors).toHaveLength(2);
    for (const factor of factors) expect(factor).toBeGreaterThan(0);
  });
});

describe('the watch on the event loop', () => {
  test('sees a loop that is held up, and nothing while it rests', async () => {
    const loop = watchEventLoop();
    const hold = (): void => {
      const until = performance.now() + 60;
      while (performance.now() < until);
    };
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
    hold();
    await turn();
    expect(loop.delays).toEqual([]);
    loop.watch();
    hold();
    await turn();
    loop.rest();
    const seen = loop.delays.length;
    expect(Math.max(...loop.delays)).toBeGreaterThan(40);
    await turn();
    expect(loop.delays).toHaveLength(seen);
  });
});

test('sound that is listened to is all there, in order', async () => {
  const samples = Float32Array.from({ length: 2_000 }, (_, i) => i);
  const heard: number[] = [];
  for await (const block of soundOf(samples)) {
    expect(block.from).toBe(heard.length);
    heard.push(...block.samples);
  }
  expect(heard).toEqual([...samples]);
});

test.runIf(process.platform === 'linux')('resident memory is that of this process at least', () => {
  const memory = residentMemory();
  expect(memory?.resident).toBeGreaterThan(20e6);
  expect(memory?.processes).toBeGreaterThanOrEqual(1);
});

describe('the machine', () => {
  test('is described', () => {
    const { cores, memory, node } = thisMachine();
    expect(cores).toBeGreaterThanOrEqual(1);
    expect(memory).toBeGreaterThan(100e6);
    expect(node).toBe(process.version);
  });
  test('is busy where more than half of its cores are', () => {
    expect(isBusy({ cores: 4, loadAverage: 2.1 })).toBe(true);
    expect(isBusy({ cores: 4, loadAverage: 2 })).toBe(false);
  });
});

describe('progress', () => {
  test('is one line on a terminal, which goes away', () => {
    const written: string[] = [];
    const progress = progressLine({ isTTY: true, columns: 10, write: (text) => written.push(text) });
    progress.show('a line that is too long');
    progress.clear();
    expect(written).toEqual(['\r\x1b[Ka line th', '\r\x1b[K']);
  });
  test('is a line now and then elsewhere', () => {
    const written: string[] = [];
    let now = 0;
    const progress = progressLine({ write: (text) => written.push(text) }, () => now);
    for (; now < 25_000; now += 1_000) progress.show(`${now}`);
    progress.clear();
    expect(written).toEqual(['0\n', '10000\n', '20000\n']);
  });
});
