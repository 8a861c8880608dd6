import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nullSpeaker, wavSpeaker } from '../../src/audio/play.js';
import { readWav } from '../../src/audio/read-wav.js';
import type { Clock } from '../../src/clock.js';
import type { Audio, Mark, Run } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { audioOf, cutInto, samplesOf } from './sounds.js';
import { sine } from './wavs.js';

const RATE = 16_000;
let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(path(tmpdir(), 'play-'));
  out = path(folder, 'reply.wav');
});
afterEach(() => rmSync(folder, { recursive: true }));

interface TestRun extends Run {
  readonly marks: [Mark, number][];
  abort(): void;
  commit(): void;
}

const testRun = (clock: Clock, committed = true): TestRun => {
  const controller = new AbortController();
  let commit = (): void => {};
  let giveUp = (_reason: unknown): void => {};
  const gate = new Promise<void>((resolve, reject) => {
    commit = resolve;
    giveUp = reject;
  });
  gate.catch(() => {});
  if (committed) commit();
  const marks: [Mark, number][] = [];
  return {
    signal: controller.signal,
    committed: gate,
    mark: (name) => marks.push([name, clock.now()]),
    marks,
    abort: () => {
      controller.abort(new Error('interrupted'));
      giveUp(controller.signal.reason);
    },
    commit: () => commit(),
  };
};

/** Until the file has been made, which takes the disk's own time. */
const begun = async (run: TestRun): Promise<void> => {
  while (run.marks.length === 0) await new Promise((resolve) => setImmediate(resolve));
};

const tone = sine(440, RATE, RATE);
const reply = audioOf(RATE, ...cutInto(tone, [320]));
const heardIn = async (file: string): Promise<Float32Array> =>
  samplesOf((await readWav(file, new AbortController().signal)).audio);

/** Counts how much has been taken of a sound. */
const counted = (audio: Audio): { audio: Audio; taken: () => number } => {
  let taken = 0;
  return {
    taken: () => taken,
    audio: {
      rate: audio.rate,
      async *[Symbol.asyncIterator]() {
        for await (const block of audio) {
          taken += block.samples.length;
          yield block;
        }
      },
    },
  };
};

describe('a loudspeaker', () => {
  it('takes as long as the sound, and writes all of it', async () => {
    const clock = testClock();
    const run = testRun(clock);
    const playback = await clock.until(wavSpeaker(out, { paced: true, clock })(reply, run));
    expect(playback).toEqual({ heard: 1_000, complete: true });
    expect(clock.now()).toBe(1_000);
    expect(run.marks).toEqual([['firstAudio', 0]]);
    const samples = await heardIn(out);
    expect(samples.length).toBe(RATE);
    expect(samples[1_234]).toBeCloseTo(tone[1_234]!, 4);
  });

  it('knows what was heard when it is cut off, and the file ends there', async () => {
    const clock = testClock();
    const run = testRun(clock);
    const playing = wavSpeaker(out, { paced: true, clock })(reply, run);
    await begun(run);
    await clock.advance(333);
    run.abort();
    expect(await playing).toEqual({ heard: 333, complete: false });
    expect((await heardIn(out)).length).toBe(5_328);
    expect(readdirSync(folder)).toEqual(['reply.wav']);
  });

  it('does not run more than 200 ms and a block ahead of what is heard', async () => {
    const clock = testClock();
    const { audio, taken } = counted(reply);
    const playing = nullSpeaker({ paced: true, clock })(audio, testRun(clock));
    await clock.advance(100);
    expect(taken()).toBeGreaterThanOrEqual(0.3 * RATE);
    expect(taken()).toBeLessThanOrEqual(0.34 * RATE);
    await clock.until(playing);
  });

  it('stutters, as the file shows, where the synthesizer is too slow, and counts only the sound as heard', async () => {
    const clock = testClock();
    const slow: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        yield { samples: tone.slice(0, 1_600), from: 0 };
        await clock.sleep(250, new AbortController().signal);
        yield { samples: tone.slice(0, 1_600), from: 1_600 };
      },
    };
    const playback = await clock.until(wavSpeaker(out, { paced: true, clock })(slow, testRun(clock)));
    expect(playback).toEqual({ heard: 200, complete: true });
    const samples = await heardIn(out);
    expect(samples.length).toBe(1_600 + 2_400 + 1_600);
    expect(samples.subarray(1_600, 4_000).every((sample) => sample === 0)).toBe(true);
  });

  it('lets the synthesizer begin before the commit, and nobody hear it', async () => {
    const clock = testClock();
    const run = testRun(clock, false);
    const { audio, taken } = counted(reply);
    const playing = wavSpeaker(out, { paced: true, clock })(audio, run);
    await clock.advance(500);
    expect(taken()).toBe(320);
    expect(run.marks).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    run.commit();
    await clock.until(playing);
    expect(run.marks).toEqual([['firstAudio', 500]]);
  });

  it('is silent for a turn that is given up before its commit', async () => {
    const clock = testClock();
    const run = testRun(clock, false);
    const playing = wavSpeaker(out, { paced: true, clock })(reply, run);
    await clock.advance(10);
    run.abort();
    expect(await playing).toEqual({ heard: 0, complete: false });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stops at once though the sound hangs', async () => {
    const clock = testClock();
    const run = testRun(clock);
    const hanging: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        yield { samples: tone.slice(0, 320), from: 0 };
        await new Promise(() => {});
      },
    };
    const playing = nullSpeaker({ paced: true, clock })(hanging, run);
    await clock.advance(15);
    run.abort();
    expect(await playing).toEqual({ heard: 15, complete: false });
  });

  it('leaves no file behind when the sound fails', async () => {
    const clock = testClock();
    const failing: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        yield { samples: tone.slice(0, 320), from: 0 };
        throw new Error('the synthesizer died');
      },
    };
    const run = testRun(clock);
    await expect(clock.until(wavSpeaker(out, { paced: true, clock })(failing, run))).rejects.toThrow('died');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('plays nothing as nothing', async () => {
    const clock = testClock();
    const run = testRun(clock);
    const empty = audioOf(RATE, new Float32Array(0));
    expect(await wavSpeaker(out, { paced: true, clock })(empty, run)).toEqual({ heard: 0, complete: true });
    expect(run.marks).toEqual([]);
    expect(existsSync(out)).toBe(false);
  });

  it('unpaced, hears everything at once', async () => {
    const clock = testClock();
    expect(await nullSpeaker({ paced: false, clock })(reply, testRun(clock))).toEqual({ heard: 1_000, complete: true });
    expect(clock.now()).toBe(0);
  });

  it('gives each reply its own file where it is told how', async () => {
    const clock = testClock();
    const speak = wavSpeaker((count) => path(folder, `${count}.wav`), { paced: false, clock });
    await speak(reply, testRun(clock));
    await speak(reply, testRun(clock));
    expect(readdirSync(folder).sort()).toEqual(['1.wav', '2.wav']);
  });
});
