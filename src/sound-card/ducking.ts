import { type ChildProcess, spawn } from 'node:child_process';
import type { Log } from '../log.js';
import type { Decibels } from '../units.js';
import { OWN_APPLICATION } from './own.js';
import { outputOf, plainLocale } from './tools.js';

/** Turns other programs down. */
export interface Ducking {
  /** Until the returned function is called; as long as one of several wants it. */
  lower(): () => void;
  /** Gives everybody back what they had. */
  close(): Promise<void>;
}

export const noDucking: Ducking = { lower: () => () => {}, close: async () => {} };

/** Another program's stream, its volume in PulseAudio's steps (65536 is 100 %), one a channel. */
export interface OtherStream {
  readonly index: number;
  readonly volume: readonly number[];
}

/** More streams than this are a server gone wild; the rest stays as loud as it is. */
const MOST = 32;

/**
 * Whoever gives the volumes back is there before they are taken: a shell that waits for us to say "done", and does it
 * itself where we end without a word. It survives what ends a whole group of processes.
 */
const GUARDIAN = `trap '' INT TERM HUP
read -r word
[ "$word" = done ] && exit 0
while [ $# -gt 1 ]; do pactl set-sink-input-volume "$1" $2; shift 2; done`;

/** Ducks all streams of others that play when it begins, through pactl. Where that is not allowed, nothing happens. */
export const createDucking = (by: Decibels, log: Log): Ducking => {
  let holders = 0;
  let lowered: { readonly streams: readonly OtherStream[]; readonly guardian: ChildProcess } | undefined;
  /** One thing after the other. */
  let work: Promise<void> = Promise.resolve();

  const lowerAll = async (): Promise<void> => {
    if (lowered || holders === 0) return;
    const streams = otherStreams((await listStreams()) ?? '').slice(0, MOST);
    if (streams.length === 0) return;
    const originals = streams.flatMap(({ index, volume }) => [String(index), volume.join(' ')]);
    const guardian = spawn('sh', ['-c', GUARDIAN, 'evil-assistant-duck', ...originals], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: plainLocale(),
      detached: true,
    });
    guardian.on('error', (error) => log.debug({ error: error.message }, 'others cannot be turned down'));
    guardian.stdin.on('error', () => {});
    if (guardian.pid === undefined) return;
    lowered = { streams, guardian };
    await Promise.all(streams.map(({ index, volume }) => setVolume(index, duckedBy(by, volume))));
  };

  const restoreAll = async (): Promise<void> => {
    if (!lowered || holders > 0) return;
    const { streams, guardian } = lowered;
    lowered = undefined;
    const now = new Map(otherStreams((await listStreams()) ?? '').map((stream) => [stream.index, stream.volume]));
    await Promise.all(
      streams.map(async ({ index, volume }) => {
        // Whoever was given another volume meanwhile was given it by somebody.
        if (same(now.get(index), duckedBy(by, volume))) await setVolume(index, volume);
      }),
    );
    guardian.stdin?.end('done\n');
  };

  const then = (task: () => Promise<void>): void => {
    work = work.then(task).catch((error: unknown) => log.debug({ error }, 'others cannot be turned down'));
  };

  return {
    lower() {
      holders++;
      then(lowerAll);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        holders--;
        then(restoreAll);
      };
    },
    async close() {
      holders = 0;
      then(restoreAll);
      await work;
    },
  };
};

const listStreams = (): Promise<string | undefined> => outputOf('pactl', ['-f', 'json', 'list', 'sink-inputs']);

const setVolume = (index: number, volume: readonly number[]): Promise<unknown> =>
  outputOf('pactl', ['set-sink-input-volume', String(index), ...volume.map(String)]);

/** A slider's step is the cube root of its amplitude: pulse/volume.h. */
export const duckedBy = (by: Decibels, volume: readonly number[]): number[] =>
  volume.map((step) => Math.round(step * 10 ** (-by / 60)));

const same = (one: readonly number[] | undefined, other: readonly number[]): boolean =>
  one?.length === other.length && one.every((step, i) => step === other[i]);

/** The streams of `pactl -f json list sink-inputs` that are not ours and can be turned down. */
export const otherStreams = (json: string): OtherStream[] => {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { index, volume, properties, mute } = entry as Record<string, unknown>;
    const owner = (properties as Record<string, unknown> | undefined)?.['application.id'];
    if (owner === OWN_APPLICATION || mute === true || !Number.isInteger(index)) return [];
    const steps = Object.values((volume ?? {}) as Record<string, { readonly value?: unknown }>).map(
      ({ value }) => value,
    );
    if (steps.length === 0 || !steps.every((step) => Number.isInteger(step))) return [];
    return [{ index: index as number, volume: steps as number[] }];
  });
};
