import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Log } from '../log.js';
import { type Hertz, type Milliseconds, type Samples, toMilliseconds, toSamples } from '../units.js';
import { abortable } from './abortable.js';
import { restartPauses } from './pauses.js';
import { type OpenPlayer, PLAYED, type Player, waitFor } from './player.js';

/** How far what is written runs ahead of what is heard. */
const AHEAD: Milliseconds = 200;
/** A player that cannot be opened, or plays nothing of what it has, is given up after this. */
const GIVE_UP: Milliseconds = 3_000;

/** Plays one sound through as many players as it takes: where one dies, the next goes on with what was not heard. */
export interface Outlet {
  /** Waits while there is enough ahead. Throws the signal's reason, or a Fault where nothing can be played any more. */
  push(samples: Int16Array, signal: AbortSignal): Promise<void>;
  /** Until everything has been heard. */
  finish(signal: AbortSignal): Promise<void>;
  /** Silence, if it still sounds; how much has been heard. */
  stop(): Samples;
}

export const createOutlet = (
  rate: Hertz,
  { open, log, clock }: { readonly open: OpenPlayer; readonly log: Log; readonly clock: Clock },
): Outlet => {
  /** What has been written and not been heard, and where its first sample is in the whole sound. */
  let kept: Int16Array[] = [];
  let keptFrom: Samples = 0;
  let written: Samples = 0;
  let player: Player | undefined;
  /** Where in the whole sound the player's own begins. */
  let base: Samples = 0;
  let stopped: Samples | undefined;
  let finishing = false;

  const heard = (): Samples => stopped ?? Math.min(written, base + (player?.heard() ?? 0));

  const forgetHeard = (): void => {
    const until = heard();
    while (kept[0] && keptFrom + kept[0].length <= until) keptFrom += kept.shift()!.length;
  };

  /** Opens the first player, or the next one, which is given all that was not heard. */
  const reopen = async (signal: AbortSignal): Promise<void> => {
    base = heard();
    player = undefined;
    const opening = open(rate);
    // One that comes when nobody waits for it any more.
    opening.then((late) => stopped !== undefined && late.kill()).catch(() => {});
    const opened = await abortable(opening, signal);
    player = opened;
    let at = keptFrom;
    for (const samples of kept) {
      if (at + samples.length > base) opened.write(samples.subarray(Math.max(0, base - at)));
      at += samples.length;
    }
    if (finishing) opened.end();
  };

  /** A device that works in large steps begins with more than that. */
  const enough = (of: Player): Samples => Math.max(toSamples(AHEAD, rate), of.cushion * 2);

  /** Until no more than enough is ahead; when it is finishing, until everything has been heard. */
  const run = async (signal: AbortSignal): Promise<void> => {
    const pauses = restartPauses(clock);
    let progress = heard();
    let progressAt = clock.now();
    for (;;) {
      signal.throwIfAborted();
      forgetHeard();
      const now = heard();
      if (now > progress) {
        progress = now;
        progressAt = clock.now();
      }
      const ahead = written - now;
      if (player?.gone.aborted === false) {
        const left = finishing ? 0 : enough(player);
        if (!finishing && ahead <= left) return;
        if (clock.now() - progressAt > GIVE_UP) player.kill();
        const rest = toMilliseconds(ahead - left, rate);
        await waitFor(player, Math.max(5, Math.min(rest, 50)), signal, clock);
        continue;
      }
      if (player?.gone.reason === PLAYED) return;
      if (player) {
        if (clock.now() - progressAt > GIVE_UP) throw silent(player);
        log.warn({ reason: String(player.gone.reason) }, 'the loudspeaker has failed; it is opened again');
        await clock.sleep(pauses.next(), signal);
      }
      pauses.begin();
      await reopen(signal);
    }
  };

  return {
    async push(samples, signal) {
      kept.push(samples);
      written += samples.length;
      if (player) player.write(samples);
      await run(signal);
    },
    async finish(signal) {
      if (written === 0) return;
      finishing = true;
      player?.end();
      await run(signal);
    },
    stop() {
      stopped ??= heard();
      player?.kill();
      kept = [];
      return stopped;
    },
  };
};

const silent = (player: Player): Fault =>
  new Fault('engine', `Nothing can be played: ${String(player.gone.reason)}.`, {
    hint: 'Look whether the sound server runs (pactl info) and whether loudspeaker.device is there (pactl list short sinks).',
    retry: true,
  });
