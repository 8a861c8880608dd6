import type { Clock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import { limited } from './limited.js';
import type { Link } from './link.js';

const LOOK_AGAIN: Milliseconds = 500;
/** One slow integration can hold back a Core's start for minutes while all others work already. */
const LONGEST_START: Milliseconds = 60_000;
const TIMEOUT: Milliseconds = 10_000;

/**
 * Makes sure that the token is an administrator's, and waits until Core has started.
 * Rejects with a `Fault`: 'usage' for anybody else's token, 'network' with `retry` for trouble that may pass.
 */
export const admit = async (link: Link, log: Log, clock: Clock): Promise<void> => {
  const ask = async <T>(type: string): Promise<T> => {
    try {
      return await limited(link.request<T>({ type }), type, TIMEOUT, clock);
    } catch (error) {
      // In its first moments Core does not know all its commands.
      throw new Fault('network', messageOf(error), { retry: true });
    }
  };

  const user = await ask<{ readonly is_admin?: unknown } | null>('auth/current_user');
  if (user?.is_admin !== true)
    throw new Fault('usage', "The token of Home Assistant is not an administrator's", {
      hint: 'Only administrators are told which entities are exposed to Assist. Create the token in the profile of one.',
    });

  const began = clock.now();
  for (let told = false; clock.now() - began < LONGEST_START; told = true) {
    const { state } = await ask<{ readonly state?: string }>('get_config');
    if (state === 'RUNNING') return;
    if (!told) log.info({ state }, 'Home Assistant is starting');
    await clock.sleep(LOOK_AGAIN, link.lost);
  }
};
