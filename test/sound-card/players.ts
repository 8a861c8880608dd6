import { timeMeter } from '../../src/sound-card/meters.js';
import type { OpenPlayer, Player } from '../../src/sound-card/player.js';
import { PLAYED } from '../../src/sound-card/player.js';
import { toMilliseconds } from '../../src/units.js';
import type { TestClock } from '../fakes/clock.js';

/** A player on a test's clock that plays at the right speed, and what became of it. */
export interface FakePlayer extends Player {
  /** All that was written to it. */
  readonly written: readonly number[];
  readonly killed: boolean;
  /** Ends as if its server had died. */
  die(reason?: string): void;
  move(): void;
}

/** Players that are kept for the test to look at. */
export const fakePlayers = (clock: TestClock) => {
  const players: FakePlayer[] = [];
  let refuse: string | undefined;
  const open: OpenPlayer = async (rate) => {
    const player = fakePlayer(clock, rate);
    players.push(player);
    if (refuse !== undefined) player.die(refuse);
    return player;
  };
  return {
    open,
    players,
    /** From now on every player dies at once. */
    refuse(reason: string | undefined) {
      refuse = reason;
    },
  };
};

const fakePlayer = (clock: TestClock, rate: number): FakePlayer => {
  const meter = timeMeter(rate, 0);
  const gone = new AbortController();
  const written: number[] = [];
  let total: number | undefined;
  let killed = false;
  let moved = false;
  const leave = (reason: string): void => {
    total ??= meter.heard(clock.now());
    gone.abort(reason);
  };
  return {
    pid: undefined,
    rate,
    written,
    get killed() {
      return killed;
    },
    cushion: 0,
    get moved() {
      return moved;
    },
    gone: gone.signal,
    write(samples) {
      if (gone.signal.aborted) return;
      written.push(...samples);
      meter.wrote(samples.length, clock.now());
    },
    end() {
      meter.ended(clock.now());
      const rest = toMilliseconds(written.length - meter.heard(clock.now()), rate);
      void clock.sleep(rest, gone.signal).then(
        () => leave(PLAYED),
        () => {},
      );
    },
    kill() {
      killed = true;
      leave('SIGKILL');
    },
    heard: () => total ?? meter.heard(clock.now()),
    die: (reason = 'exit code 1: Connection terminated') => leave(reason),
    move() {
      moved = true;
    },
  };
};
