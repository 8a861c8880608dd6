import { toInt16 } from '../audio/pcm.js';
import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import type { Block, Speaker } from '../stages.js';
import { type Decibels, type Hertz, type Milliseconds, type Samples, toMilliseconds } from '../units.js';
import { abortable } from './abortable.js';
import { createDucking, type Ducking, noDucking } from './ducking.js';
import { createOutlet } from './outlet.js';
import { type OpenPlayer, type Player, waitFor } from './player.js';
import { choosePlayer, type PlayerName, playerOpener } from './players.js';
import { createStandby } from './standby.js';

export interface LoudspeakerOptions {
  /** Default `auto`: pacat where a sound server answers, else aplay, else the package speaker. */
  readonly player?: 'auto' | PlayerName;
  /** A sink of PulseAudio by its name or a part of its name or description; a PCM of ALSA. Default: the system's own choice. */
  readonly device?: string;
  /** 0…1 as on a sound server's sliders, 0.5 being half as loud. Default 1. */
  readonly volume?: number;
  /** Keeps the device awake with silence, so that it does not swallow the first syllable. Default false. */
  readonly keepAlive?: boolean;
  /** By how much other programs are turned down while we speak, where the sound server lets us; 0 is off. Default 0. */
  readonly duck?: Decibels;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface Loudspeaker {
  readonly play: Speaker;
  /** 0…1, from the next block on. */
  volume: number;
  /** Something will soon be played: a player is got ready. */
  prepare(): void;
  /** Turns other programs down until the returned function is called: while somebody is listened to. */
  duck(): () => void;
  /** Silences everything and gives others their volume back. */
  close(): Promise<void>;
}

/** A killed process is gone by then. */
const GONE_WITHIN: Milliseconds = 1_000;
const NEVER = new AbortController().signal;
/** Of Piper's voices: what is got ready before the first sound has told its own. */
const USUAL_RATE: Hertz = 22_050;

/**
 * Opens the loudspeaker. A player that dies is replaced in the middle of a sound, which goes on where it was last heard.
 *
 * @throws Fault `usage` where no player is installed.
 */
export const openLoudspeaker = async (options: LoudspeakerOptions): Promise<Loudspeaker> => {
  const { device, duck = 0, log, clock = systemClock } = options;
  const player = await choosePlayer(options.player ?? 'auto');
  const ducking = duck > 0 && player === 'pacat' ? createDucking(duck, log) : noDucking;
  return createLoudspeaker(options, playerOpener(player, device, clock), ducking);
};

/** For tests: with players of their own. */
export const createLoudspeaker = (
  options: LoudspeakerOptions,
  openPlayer: OpenPlayer,
  ducking: Ducking,
): Loudspeaker => {
  const { log, clock = systemClock, keepAlive = false } = options;
  const players = new Set<Player>();
  const open: OpenPlayer = async (rate) => {
    const player = await openPlayer(rate);
    players.add(player);
    player.gone.addEventListener('abort', () => players.delete(player), { once: true });
    if (player.gone.aborted) players.delete(player);
    return player;
  };
  const standby = createStandby(open, { rate: USUAL_RATE, keepAlive, log, clock });
  const sounding = new Set<AbortController>();
  let closed = false;
  const playing = new Set<Promise<unknown>>();
  let volume = options.volume ?? 1;

  const play: Speaker = async (audio, run) => {
    const over = new AbortController();
    const { signal } = over;
    const stop = (): void => over.abort(run.signal.reason);
    if (run.signal.aborted || closed) over.abort();
    run.signal.addEventListener('abort', stop, { once: true });
    sounding.add(over);
    const blocks = audio[Symbol.asyncIterator]();
    // Asked for before the commit: the synthesizer may get ready, it only must not be heard.
    let next = guarded(blocks, signal);
    const outlet = createOutlet(audio.rate, { open: standby.take, log, clock });
    let restore: (() => void) | undefined;
    let complete = false;
    let begun = false;
    let heard: Samples = 0;
    try {
      await abortable(run.committed, signal);
      for (let step = await next; !step.done; step = await next) {
        const { samples } = step.value;
        if (samples.length > 0) {
          restore ??= ducking.lower();
          const pushed = outlet.push(toInt16(amplified(samples, volume)), signal);
          if (!begun) run.mark('firstAudio');
          begun = true;
          await pushed;
        }
        next = guarded(blocks, signal);
      }
      await outlet.finish(signal);
      complete = true;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      heard = outlet.stop();
      run.signal.removeEventListener('abort', stop);
      sounding.delete(over);
      restore?.();
      // The next reply does not wait for a program to start.
      if (begun && !closed) standby.prepare(audio.rate);
      // Not awaited: a generator that is parked in a wait of its own would hold us up.
      if (!complete) void blocks.return?.()?.catch(() => {});
    }
    return { heard: toMilliseconds(heard, audio.rate), complete };
  };

  return {
    play(audio, run) {
      const played = play(audio, run);
      const settled = played.catch(() => {}).finally(() => playing.delete(settled));
      playing.add(settled);
      return played;
    },
    get volume() {
      return volume;
    },
    set volume(wanted) {
      volume = Math.min(1, Math.max(0, wanted));
    },
    prepare: () => standby.prepare(),
    duck: () => ducking.lower(),
    async close() {
      closed = true;
      for (const over of sounding) over.abort();
      await Promise.all(playing);
      await Promise.all([standby.close(), ducking.close()]);
      await Promise.all([...players].map((player) => waitFor(player, GONE_WITHIN, NEVER, clock)));
    },
  };
};

const guarded = (blocks: AsyncIterator<Block>, signal: AbortSignal): Promise<IteratorResult<Block>> => {
  const step = abortable(blocks.next(), signal);
  // It may fail before anybody looks at it.
  step.catch(() => {});
  return step;
};

/** A slider's place is the cube root of its amplitude, as in PulseAudio: pulse/volume.h. */
const amplified = (samples: Float32Array, volume: number): Float32Array =>
  volume === 1 ? samples : samples.map((sample) => sample * volume ** 3);
