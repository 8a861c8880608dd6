import { spawn } from 'node:child_process';
import type { Clock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { Hertz, Milliseconds, Samples } from '../units.js';
import type { Meter } from './meters.js';
import { lineReader } from './recording.js';

/** Something that plays one sound: a program, or a process that holds a library. */
export interface Player {
  readonly pid: number | undefined;
  readonly rate: Hertz;
  /** 16-bit mono. Never waits: who writes looks at `heard`. */
  write(samples: Int16Array): void;
  /** No more comes: it plays what it has, and is gone. */
  end(): void;
  /** Silence, at once. */
  kill(): void;
  /** Samples of what was written that have become sound by now. */
  heard(): Samples;
  /** It does not begin before it has so much. */
  readonly cushion: Samples;
  /** Whether its device was taken away and another given in its place. */
  readonly moved: boolean;
  /** Aborted when it is gone. The reason is a string, and `PLAYED` where it has played all it was given. */
  readonly gone: AbortSignal;
}

export const PLAYED = 'played';

/** @throws Fault where the sound cannot be played at all; anything that may pass ends the player instead. */
export type OpenPlayer = (rate: Hertz) => Promise<Player>;

export interface PlayerCommand {
  readonly cmd: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly meter: Meter;
}

/** A program that plays what is written to it. */
export const startPlayer = ({ cmd, args, env, meter }: PlayerCommand, rate: Hertz, clock: Clock): Player => {
  const child = spawn(cmd, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  const gone = new AbortController();
  let last = '';
  let ended = false;
  let moved = false;
  /** Of a player that is gone. */
  let total: Samples | undefined;

  const leave = (reason: string): void => {
    if (gone.signal.aborted) return;
    total ??= meter.heard(clock.now());
    gone.abort(reason);
  };
  child.on('error', (error) => leave(messageOf(error)));
  child.on('exit', (code, signal) => {
    if (code === 0 && ended) meter.drained();
    leave(code === 0 && ended ? PLAYED : `${signal ?? `exit code ${code}`}${last === '' ? '' : `: ${last}`}`);
  });
  // A program that is gone takes no more, which its exit says better.
  child.stdin.on('error', () => {});
  const lines = lineReader((line) => {
    meter.note(line, clock.now());
    if (!/^Time: /.test(line)) last = line;
    if (/^Stream moved to device /.test(line)) moved = true;
  });
  child.stderr.on('data', (bytes: Buffer) => lines(bytes.toString()));

  return {
    pid: child.pid,
    rate,
    write(samples) {
      if (gone.signal.aborted) return;
      meter.wrote(samples.length, clock.now());
      child.stdin.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    },
    end() {
      ended = true;
      meter.ended(clock.now());
      child.stdin.end();
    },
    kill() {
      total ??= meter.heard(clock.now());
      child.kill('SIGKILL');
    },
    heard: () => total ?? meter.heard(clock.now()),
    get cushion() {
      return meter.cushion;
    },
    get moved() {
      return moved;
    },
    gone: gone.signal,
  };
};

/** Until the player is gone, or for `duration`. Throws only the signal's reason. */
export const waitFor = async (
  player: Player,
  duration: Milliseconds,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> => {
  const either = new AbortController();
  const wake = (): void => either.abort();
  player.gone.addEventListener('abort', wake, { once: true });
  signal.addEventListener('abort', wake, { once: true });
  if (player.gone.aborted || signal.aborted) wake();
  await clock.sleep(duration, either.signal).catch(() => {});
  player.gone.removeEventListener('abort', wake);
  signal.removeEventListener('abort', wake);
  signal.throwIfAborted();
};
