import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../../../src/audio/read-wav.js';
import { resample } from '../../../src/audio/resample.js';
import { systemClock } from '../../../src/clock.js';
import { type Loudspeaker, type LoudspeakerOptions, openLoudspeaker } from '../../../src/sound-card/loudspeaker.js';
import { speakerIsInstalled } from '../../../src/sound-card/speaker-library.js';
import type { Audio, Run } from '../../../src/stages.js';
import { audioOf, cutInto, samplesOf } from '../../audio/sounds.js';
import { logLines } from '../../llm/log-lines.js';
import { type PulseRig, startPulse } from '../pulse-rig.js';
import { eventually, findIn, type Listening, listenTo, zombies } from './room.js';

const RATE = 22_050;
const never = new AbortController().signal;

let rig: PulseRig;
let room: Listening;
let speech: Float32Array;
const open: Loudspeaker[] = [];

beforeAll(async () => {
  const path = join(import.meta.dirname, '../../../recordings/turn-on-the-living-room-lamp.wav');
  speech = await samplesOf(resample((await readWav(path, never)).audio, RATE));
  rig = await startPulse();
  await writeFile(join(rig.folder, '.asoundrc'), 'pcm.!default { type pulse }\nctl.!default { type pulse }\n');
  room = await listenTo('vspk');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((loudspeaker) => loudspeaker.close()));
  expect(await zombies()).toEqual([]);
});
afterAll(async () => {
  await room?.stop();
  await rig?.stop();
});

const speaker = async (options: Partial<LoudspeakerOptions> = {}) => {
  const { log, lines } = logLines();
  const loudspeaker = await openLoudspeaker({ log, ...options });
  open.push(loudspeaker);
  return { loudspeaker, lines };
};

/** A tone that is loud from its very first sample on. */
const tone = (ms: number, rate = RATE, amplitude = 0.5): Float32Array =>
  Float32Array.from({ length: Math.round((ms * rate) / 1_000) }, (_, i) =>
    Math.cos((2 * Math.PI * 440 * i) / rate) > 0 ? amplitude : -amplitude,
  );

const blocksOf = (samples: Float32Array, rate = RATE): Audio =>
  audioOf(rate, ...cutInto(samples, [Math.round(rate / 50)]));

const turn = (signal: AbortSignal = never) => {
  const marks: Partial<Record<string, number>> = {};
  const run: Run = {
    signal,
    committed: Promise.resolve(),
    mark: (name) => {
      marks[name] ??= performance.now();
    },
  };
  return { run, marks };
};

/** Lets everything arrive that was on its way. */
const settle = () => systemClock.sleep(300, never);

/** Plays, aborts after a while if wanted, and says what both sides have of it. */
const perform = async (
  loudspeaker: Loudspeaker,
  samples: Float32Array,
  { stopAfter, rate = RATE }: { readonly stopAfter?: number; readonly rate?: number } = {},
) => {
  await settle();
  room.reset();
  const abort = new AbortController();
  const { run, marks } = turn(abort.signal);
  const playing = loudspeaker.play(blocksOf(samples, rate), run);
  let stopped = Number.NaN;
  if (stopAfter !== undefined) {
    await systemClock.sleep(stopAfter, never);
    stopped = performance.now();
    abort.abort();
  }
  const playback = await playing;
  const returned = performance.now();
  await settle();
  const { first, last, samples: sound } = room.sounding();
  return {
    playback,
    sound,
    toFirst: first - marks.firstAudio!,
    toSilence: last - stopped,
    returnedAfterStop: returned - stopped,
    returnedAfterEnd: returned - last,
    sounded: last - first,
  };
};

const figures = (name: string, numbers: Readonly<Record<string, number>>): void => {
  const told = Object.entries(numbers).map(([what, value]) => `${what} ${value.toFixed(1)}`);
  console.info(`${name}: ${told.join(', ')} (ms)`);
};

describe('a loudspeaker at a real sound server', () => {
  it('plays to the end, clips nothing at the beginning, and says when it was heard', async () => {
    const { loudspeaker } = await speaker();
    loudspeaker.prepare();
    const { playback, toFirst, returnedAfterEnd, sounded } = await perform(loudspeaker, tone(800));
    figures('whole', { toFirst, returnedAfterEnd, sounded, heard: playback.heard });
    expect(playback.complete).toBe(true);
    expect(playback.heard).toBeCloseTo(800, 0);
    expect(Math.abs(sounded - 800)).toBeLessThan(15);
    expect(returnedAfterEnd).toBeGreaterThan(-30);
    expect(returnedAfterEnd).toBeLessThan(150);
  });

  it('sounds what it was given, sample for sample', async () => {
    const { loudspeaker } = await speaker();
    const { sound } = await perform(loudspeaker, speech);
    const expected = await samplesOf(resample(audioOf(RATE, speech), 48_000));
    const { likeness } = findIn(sound, expected.subarray(24_000, 72_000));
    console.info(`likeness ${likeness.toFixed(4)}`);
    expect(likeness).toBeGreaterThan(0.98);
  });

  it('is silent soon after an abort, and knows what was heard of it', async () => {
    const { loudspeaker } = await speaker();
    const all: { toFirst: number; toSilence: number; error: number }[] = [];
    for (const stopAfter of [150, 333, 500, 707, 1_000]) {
      const { playback, toFirst, toSilence, returnedAfterStop, sounded } = await perform(loudspeaker, tone(3_000), {
        stopAfter,
      });
      expect(playback.complete).toBe(false);
      all.push({ toFirst, toSilence, error: playback.heard - sounded });
      expect(Math.abs(playback.heard - sounded)).toBeLessThan(30);
      expect(returnedAfterStop).toBeLessThan(50);
    }
    figures('stopped', {
      'first sound, worst': Math.max(...all.map(({ toFirst }) => toFirst)),
      'silence, worst': Math.max(...all.map(({ toSilence }) => toSilence)),
      'account, worst': Math.max(...all.map(({ error }) => Math.abs(error))),
    });
  });

  it('counts what was heard of a sound that comes slower than it is spoken', async () => {
    const { loudspeaker } = await speaker();
    await settle();
    room.reset();
    const abort = new AbortController();
    const { run } = turn(abort.signal);
    const slow: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        yield { samples: tone(200), from: 0 };
        await systemClock.sleep(500, never);
        yield { samples: tone(2_000), from: tone(200).length };
      },
    };
    const playing = loudspeaker.play(slow, run);
    await systemClock.sleep(1_000, never);
    abort.abort();
    const { heard } = await playing;
    await settle();
    // Of the time since the first sound, the silence in between does not count.
    const { samples } = room.sounding();
    const loud = samples.filter((sample) => Math.abs(sample) > 0.1).length / 48;
    figures('stutter', { heard, loud });
    expect(Math.abs(heard - loud)).toBeLessThan(30);
  });

  it('goes on with a sound when the server dies in the middle and comes back', async () => {
    const { loudspeaker, lines } = await speaker();
    const { run } = turn();
    const playing = loudspeaker.play(blocksOf(tone(2_500)), run);
    await systemClock.sleep(700, never);
    await rig.kill();
    await rig.start();
    const playback = await playing;
    expect(playback).toEqual({ heard: 2_500, complete: true });
    expect(lines.join('')).toMatch(/it is opened again/);
    await room.stop();
    room = await listenTo('vspk');
  });

  it('gives up on a server that stays away, and says so', async () => {
    const { loudspeaker } = await speaker({ device: 'nowhere' });
    const { run } = turn();
    await expect(loudspeaker.play(blocksOf(tone(500)), run)).rejects.toThrow(/Nothing can be played/);
  });

  it('keeps the device awake where that is wanted, also over a restart', async () => {
    const { loudspeaker } = await speaker({ keepAlive: true });
    const streams = async () => (await rig.pactl('list', 'short', 'sink-inputs')).split('\n').filter(Boolean).length;
    await eventually(async () => (await streams()) === 1);
    expect(await rig.pactl('list', 'short', 'sinks')).toMatch(/vspk.*RUNNING/);
    await rig.kill();
    await rig.start();
    await room.stop();
    room = await listenTo('vspk');
    await eventually(async () => (await streams()) === 1);
    await loudspeaker.close();
    await eventually(async () => (await streams()) === 0);
  });

  it('is as loud as it is told to be', async () => {
    const { loudspeaker } = await speaker({ volume: 0.5 });
    const { sound } = await perform(loudspeaker, tone(300, RATE, 0.8));
    expect(Math.max(...sound)).toBeGreaterThan(0.08);
    expect(Math.max(...sound)).toBeLessThan(0.13);
  });

  it('turns others down while it speaks or listens, and gives them back what they had', async () => {
    const music = spawn('pacat', ['--raw', '--channels=2', '--volume=50000', '--device=vspk'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    music.stdin.on('error', () => {});
    music.stdin.write(Buffer.alloc(2_000_000));
    const volume = async () => {
      const list = JSON.parse(await rig.pactl('-f', 'json', 'list', 'sink-inputs')) as {
        properties: Record<string, string>;
        volume: Record<string, { value: number }>;
      }[];
      const stream = list.find(({ properties }) => properties['application.process.id'] === String(music.pid));
      return stream && Object.values(stream.volume).map(({ value }) => value);
    };
    await eventually(async () => (await volume())?.[0] === 50_000);
    const { loudspeaker } = await speaker({ duck: 20 });
    const release = loudspeaker.duck();
    const quiet = Math.round(50_000 * 10 ** (-20 / 60));
    await eventually(async () => (await volume())?.join() === `${quiet},${quiet}`);
    const spoken = loudspeaker.play(blocksOf(tone(1_500)), turn().run);
    release();
    await systemClock.sleep(100, never);
    expect(await volume()).toEqual([quiet, quiet]);
    await spoken;
    await eventually(async () => (await volume())?.join() === '50000,50000');
    music.kill('SIGKILL');
  });

  it('gives others their volume back where it ends without a word', async () => {
    const music = spawn('pacat', ['--raw', '--volume=50000', '--device=vspk'], { stdio: ['pipe', 'ignore', 'ignore'] });
    music.stdin.on('error', () => {});
    music.stdin.write(Buffer.alloc(2_000_000));
    const volumes = async () => (await rig.pactl('list', 'sink-inputs')).match(/Volume: front-left: (\d+)/)?.[1];
    await eventually(async () => (await volumes()) === '50000');
    const ducking = new URL('../../../dist/sound-card/ducking.js', import.meta.url).href;
    const script = `const { createDucking } = await import('${ducking}');
      createDucking(20, { debug() {} }).lower();
      setInterval(() => {}, 1000);`;
    const program = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await eventually(async () => (await volumes()) === String(Math.round(50_000 * 10 ** (-20 / 60))));
    program.kill('SIGKILL');
    await eventually(async () => (await volumes()) === '50000');
    music.kill('SIGKILL');
  });

  it('plays on another device where its own is unplugged in the middle, and on its own again afterwards', async () => {
    const plug = () => rig.pactl('load-module', 'module-null-sink', 'sink_name=usb', 'rate=48000', 'channels=1');
    const first = await plug();
    const { loudspeaker } = await speaker({ device: 'usb' });
    const playing = loudspeaker.play(blocksOf(tone(1_500)), turn().run);
    await systemClock.sleep(500, never);
    await rig.pactl('unload-module', first);
    expect(await playing).toEqual({ heard: 1_500, complete: true });
    const second = await plug();
    const ear = await listenTo('usb');
    expect(await loudspeaker.play(blocksOf(tone(500)), turn().run)).toEqual({ heard: 500, complete: true });
    await settle();
    const { first: begun, last } = ear.sounding();
    expect(Math.abs(last - begun - 500)).toBeLessThan(15);
    await ear.stop();
    await rig.pactl('unload-module', second);
  });

  it('begins a sound that comes as slowly as it is spoken when a cushion of it is there', async () => {
    const { loudspeaker } = await speaker();
    loudspeaker.prepare();
    await settle();
    room.reset();
    const slow: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        const pieces = cutInto(tone(600), [441]);
        for (const [i, samples] of pieces.entries()) {
          yield { samples, from: i * 441 };
          await systemClock.sleep(20, never);
        }
      },
    };
    const { run, marks } = turn();
    await loudspeaker.play(slow, run);
    await settle();
    const { first } = room.sounding();
    figures('at the pace of speech', { toFirst: first - marks.firstAudio! });
    expect(first - marks.firstAudio!).toBeLessThan(250);
  });

  it.each(['aplay', 'speaker'] as const)('plays and stops with %s as well', async (player) => {
    if (player === 'speaker' && !speakerIsInstalled()) {
      process.stderr.write('The package speaker is not installed: its test was skipped.\n');
      return;
    }
    const { loudspeaker } = await speaker({ player });
    const whole = await perform(loudspeaker, tone(600));
    expect(whole.playback.complete).toBe(true);
    expect(Math.abs(whole.sounded - 600)).toBeLessThan(30);
    const cut = await perform(loudspeaker, tone(3_000), { stopAfter: 700 });
    figures(player, {
      toFirst: whole.toFirst,
      toSilence: cut.toSilence,
      heard: cut.playback.heard,
      sounded: cut.sounded,
    });
    expect(cut.playback.complete).toBe(false);
    expect(cut.toSilence).toBeLessThan(200);
  });
});
