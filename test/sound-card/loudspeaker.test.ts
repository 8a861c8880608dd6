import { afterEach, describe, expect, it } from 'vitest';
import { noDucking } from '../../src/sound-card/ducking.js';
import { createLoudspeaker, type Loudspeaker, type LoudspeakerOptions } from '../../src/sound-card/loudspeaker.js';
import type { Audio, Run } from '../../src/stages.js';
import { audioOf, cutInto } from '../audio/sounds.js';
import { type TestClock, testClock } from '../fakes/clock.js';
import { logLines } from '../llm/log-lines.js';
import { fakePlayers } from './players.js';

const RATE = 16_000;

const loudspeakers: { readonly loudspeaker: Loudspeaker; readonly clock: TestClock }[] = [];
afterEach(async () => {
  for (const { loudspeaker, clock } of loudspeakers.splice(0)) await clock.until(loudspeaker.close());
});

const open = (options: Partial<LoudspeakerOptions> = {}) => {
  const clock = testClock(1_000);
  const { log, lines } = logLines();
  const fakes = fakePlayers(clock);
  const ducked: boolean[] = [];
  const loudspeaker = createLoudspeaker({ log, clock, ...options }, fakes.open, {
    ...noDucking,
    lower() {
      ducked.push(true);
      return () => void ducked.push(false);
    },
  });
  loudspeakers.push({ loudspeaker, clock });
  return { clock, lines, ducked, loudspeaker, ...fakes };
};

const turn = (committed: Promise<void> = Promise.resolve()) => {
  const control = new AbortController();
  const marks: string[] = [];
  const run: Run = { signal: control.signal, committed, mark: (name) => void marks.push(name) };
  return { run, marks, control };
};

/** Samples that count up, in blocks of 20 ms. */
const counting = (ms: number): Float32Array => Float32Array.from({ length: ms * 16 }, (_, i) => (i % 30_000) / 32_768);
const blocks = (ms: number): Audio => audioOf(RATE, ...cutInto(counting(ms), [320]));
const counted = (ms: number): number[] => Array.from({ length: ms * 16 }, (_, i) => i % 30_000);

describe('a loudspeaker', () => {
  it('plays a sound to its end, and then says that all of it was heard', async () => {
    const { loudspeaker, clock, players, ducked } = open();
    const { run, marks } = turn();
    const begun = clock.now();
    const playback = await clock.until(loudspeaker.play(blocks(1_000), run));
    expect(playback).toEqual({ heard: 1_000, complete: true });
    expect(clock.now() - begun).toBeCloseTo(1_000, 0);
    expect(players[0]!.written).toEqual(counted(1_000));
    expect(marks).toEqual(['firstAudio']);
    expect(ducked).toEqual([true, false]);
  });

  it('is never more than a fifth of a second ahead of what is heard', async () => {
    const { loudspeaker, clock, players } = open();
    const playing = loudspeaker.play(blocks(2_000), turn().run);
    for (let i = 0; i < 20; i++) {
      await clock.advance(50);
      const [player] = players;
      expect(player!.written.length - player!.heard()).toBeLessThanOrEqual(220 * 16);
    }
    await clock.until(playing);
  });

  it('is silent at once when the turn is given up, and says how much was heard', async () => {
    const { loudspeaker, clock, players, ducked } = open();
    const { run, control } = turn();
    const playing = loudspeaker.play(blocks(3_000), run);
    await clock.advance(700);
    control.abort();
    expect(await clock.until(playing)).toEqual({ heard: 700, complete: false });
    expect(players[0]!.killed).toBe(true);
    expect(ducked).toEqual([true, false]);
  });

  it('is silent until the turn has decided to act, and wants the sound ready by then', async () => {
    const { loudspeaker, clock, players } = open();
    let commit: () => void = () => {};
    const { run } = turn(
      new Promise<void>((resolve) => {
        commit = resolve;
      }),
    );
    let asked = 0;
    const audio: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        asked++;
        yield { samples: counting(20), from: 0 };
      },
    };
    const playing = loudspeaker.play(audio, run);
    await clock.advance(1_000);
    expect(asked).toBe(1);
    expect(players).toHaveLength(0);
    commit();
    await clock.until(playing);
    expect(players[0]!.written).toEqual(counted(20));
  });

  it('has heard nothing of a turn that is given up before', async () => {
    const { loudspeaker, clock, players } = open();
    const control = new AbortController();
    const committed = new Promise<void>((_, reject) =>
      control.signal.addEventListener('abort', () => reject(control.signal.reason)),
    );
    const playing = loudspeaker.play(blocks(100), { signal: control.signal, committed, mark: () => {} });
    control.abort();
    expect(await clock.until(playing)).toEqual({ heard: 0, complete: false });
    expect(players).toHaveLength(0);
  });

  it('goes on where it was heard last when its player dies', async () => {
    const { loudspeaker, clock, players, lines } = open();
    const playing = loudspeaker.play(blocks(1_000), turn().run);
    await clock.advance(400);
    players[0]!.die();
    expect(await clock.until(playing)).toEqual({ heard: 1_000, complete: true });
    expect(players[1]!.written).toEqual(counted(1_000).slice(400 * 16));
    expect(lines.filter((line) => line.includes('it is opened again'))).toHaveLength(1);
  });

  it('gives up what cannot be played for three seconds, and says what is wrong', async () => {
    const { loudspeaker, clock, refuse } = open();
    refuse('exit code 1: Connection refused');
    const playing = loudspeaker.play(blocks(1_000), turn().run);
    const begun = clock.now();
    await expect(clock.until(playing)).rejects.toMatchObject({
      code: 'engine',
      message: 'Nothing can be played: exit code 1: Connection refused.',
    });
    expect(clock.now() - begun).toBeGreaterThanOrEqual(3_000);
    expect(clock.now() - begun).toBeLessThan(5_000);
  });

  it('has the next player ready after a sound, and lets it go when nobody speaks for a minute', async () => {
    const { loudspeaker, clock, players } = open();
    await clock.until(loudspeaker.play(blocks(100), turn().run));
    await clock.advance(0);
    expect(players).toHaveLength(2);
    await clock.until(loudspeaker.play(blocks(100), turn().run));
    expect(players[1]!.written).toEqual(counted(100));
    await clock.advance(59_000);
    expect(players[2]!.killed).toBe(false);
    await clock.advance(2_000);
    expect(players[2]!.killed).toBe(true);
    await clock.advance(600_000);
    expect(players).toHaveLength(3);
  });

  it('gets a player ready when it is told that one will be wanted', async () => {
    const { loudspeaker, clock, players } = open();
    loudspeaker.prepare();
    loudspeaker.prepare();
    await clock.advance(0);
    expect(players.map(({ rate }) => rate)).toEqual([22_050]);
    // A sound of another rate cannot use it.
    await clock.until(loudspeaker.play(blocks(100), turn().run));
    expect(players[0]!.written).toEqual([]);
    expect(players[1]!.rate).toBe(RATE);
  });

  it('uses no player that was moved to another device while it waited', async () => {
    const { loudspeaker, clock, players } = open();
    await clock.until(loudspeaker.play(blocks(100), turn().run));
    await clock.advance(0);
    players[1]!.move();
    await clock.until(loudspeaker.play(blocks(100), turn().run));
    expect(players[1]!.written).toEqual([]);
    expect(players[2]!.written).toEqual(counted(100));
  });

  it('keeps a player for ever where the device must not sleep, whatever becomes of it', async () => {
    const { clock, players, refuse } = open({ keepAlive: true });
    await clock.advance(3_600_000);
    expect(players).toHaveLength(1);
    refuse('exit code 1: Connection refused');
    players[0]!.die();
    await clock.advance(60_000);
    refuse(undefined);
    await clock.advance(1_100);
    expect(players.at(-1)!.gone.aborted).toBe(false);
    // Not more than one a second.
    expect(players.length).toBeLessThan(70);
  });

  it('is as loud as it is told to be, as the sliders of a sound server have it', async () => {
    const { loudspeaker, clock, players } = open({ volume: 0.5 });
    const loud = audioOf(RATE, new Float32Array(320).fill(0.8));
    await clock.until(loudspeaker.play(loud, turn().run));
    expect(players[0]!.written[0]).toBe(Math.round(0.8 * 0.125 * 32_768));
    loudspeaker.volume = 3;
    expect(loudspeaker.volume).toBe(1);
  });

  it('silences everything when it is closed', async () => {
    const { loudspeaker, clock, players } = open();
    const playing = loudspeaker.play(blocks(3_000), turn().run);
    await clock.advance(300);
    await clock.until(loudspeaker.close());
    expect(await playing).toEqual({ heard: 300, complete: false });
    expect(players.every(({ gone }) => gone.aborted)).toBe(true);
  });
});
