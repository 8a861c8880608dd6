import type { Clock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { Hertz, Milliseconds } from '../units.js';
import { restartPauses } from './pauses.js';
import type { OpenPlayer, Player } from './player.js';

/** One player ahead of the next sound: started, connected, and without anything to play. */
export interface Standby {
  /** The one that is ready, or a new one. */
  readonly take: OpenPlayer;
  /** Gets one ready, at the rate of the last sound unless another is given. */
  prepare(rate?: Hertz): void;
  close(): Promise<void>;
}

export interface StandbyOptions {
  readonly rate: Hertz;
  /** A connected player keeps its device awake: the server gives that silence. Replaced for ever where it dies. */
  readonly keepAlive: boolean;
  readonly log: Log;
  readonly clock: Clock;
}

/** So long one is ready that nobody takes: a device may sleep when nobody talks. */
const IDLE: Milliseconds = 60_000;

export const createStandby = (open: OpenPlayer, { rate, keepAlive, log, clock }: StandbyOptions): Standby => {
  let wanted = rate;
  let ready: Player | undefined;
  /** Ends the wait of whoever keeps the player that is ready. */
  let keeping: { readonly over: AbortController; readonly done: Promise<void> } | undefined;
  let closed = false;

  const usable = (player: Player): boolean => !player.gone.aborted && !player.moved && player.rate === wanted;

  const keep = async (signal: AbortSignal): Promise<void> => {
    const pauses = restartPauses(clock);
    while (!signal.aborted) {
      pauses.begin();
      const player = await open(wanted).catch((error: unknown) => {
        log.debug({ error: messageOf(error) }, 'no player could be got ready');
        return undefined;
      });
      if (signal.aborted) {
        player?.kill();
        return;
      }
      ready = player;
      if (player) await untilUseless(player, signal);
      if (signal.aborted) return;
      ready?.kill();
      ready = undefined;
      if (!keepAlive) return;
      await clock.sleep(pauses.next(), signal).catch(() => {});
    }
  };

  /** Until it is gone, has been moved to another device, or nobody has wanted it for long. */
  const untilUseless = async (player: Player, signal: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const stop = (): void => over.abort();
    player.gone.addEventListener('abort', stop, { once: true });
    signal.addEventListener('abort', stop, { once: true });
    if (player.gone.aborted || signal.aborted) stop();
    // A player that was moved says so within its next lines; nobody needs to know it earlier.
    const limit = clock.now() + (keepAlive ? Number.POSITIVE_INFINITY : IDLE);
    while (!over.signal.aborted && !player.moved && clock.now() < limit) {
      await clock.sleep(Math.min(1_000, limit - clock.now()), over.signal).catch(() => {});
    }
    player.gone.removeEventListener('abort', stop);
    signal.removeEventListener('abort', stop);
  };

  const letGo = (): void => {
    keeping?.over.abort();
    keeping = undefined;
    ready = undefined;
  };

  const prepare = (next = wanted): void => {
    if (closed || (keeping && next === wanted && (ready === undefined || usable(ready)))) return;
    wanted = next;
    ready?.kill();
    letGo();
    const over = new AbortController();
    const mine = { over, done: keep(over.signal) };
    keeping = mine;
    void mine.done.finally(() => {
      if (keeping === mine) keeping = undefined;
    });
  };

  if (keepAlive) prepare();
  return {
    async take(asked) {
      const player = ready;
      if (!player || !usable(player) || player.rate !== asked) return open(asked);
      letGo();
      return player;
    },
    prepare,
    async close() {
      closed = true;
      const last = keeping?.done;
      ready?.kill();
      letGo();
      await last;
    },
  };
};
