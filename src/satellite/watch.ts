import type { Clock } from '../clock.js';
import type { Milliseconds } from '../units.js';
import { type Connection, message } from '../wyoming/index.js';

/** Core pings every 2 s while it listens to us. Who has said nothing for so long is asked whether he lives … */
const ASK_AFTER: Milliseconds = 8_000;
/** … and given up after as much again: a dead connection takes a place. */
const GIVE_UP_AFTER: Milliseconds = 16_000;

interface Watch {
  readonly clock: Clock;
  /** When the peer last said anything. */
  readonly heard: () => Milliseconds;
  /** Whether it should be saying anything: Core neither pings nor reads while it is muted. */
  readonly expected: () => boolean;
}

/** Closes a connection whose peer has fallen silent. Resolves when the connection is gone; true where this closed it. */
export const watchSilence = async (connection: Connection, { clock, heard, expected }: Watch): Promise<boolean> => {
  let since = clock.now();
  /** The silence for which it has been asked. */
  let asked: Milliseconds | undefined;
  while (!connection.signal.aborted) {
    since = expected() ? Math.max(since, heard()) : clock.now();
    const silent = clock.now() - since;
    if (silent >= GIVE_UP_AFTER) {
      await connection.close();
      return true;
    }
    if (silent >= ASK_AFTER && asked !== since) {
      asked = since;
      connection.send(message('ping')).catch(() => {});
    }
    await clock.sleep((silent < ASK_AFTER ? ASK_AFTER : GIVE_UP_AFTER) - silent, connection.signal).catch(() => {});
  }
  return false;
};
