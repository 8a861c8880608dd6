import { through } from '../effects/lift.js';
import type { Profile } from '../effects/profile.js';
import type { Audio } from '../stages.js';
import { limitedChain } from './chains.js';

/**
 * Effects in front of any voice, while it speaks: those of a profile, and the limiter behind them. Blocks of at most
 * 20 ms, without the effects' delay; a tail after the end. An empty profile leaves the sound as it is.
 *
 * On the caller's thread: the whole demon is 5 (8 kHz), 11 (22 kHz) or 19 ms (48 kHz) of work for a second of sound, never
 * more than 5 ms in a row, so a worker with its copies and its hop before the first sound is not worth it.
 *
 * @param voice read once, 8 to 192 kHz.
 * @throws Fault('input') for another rate.
 */
export const disguise = (voice: Audio, profile: Profile, signal: AbortSignal): Audio =>
  profile.length === 0 ? voice : through(limitedChain(profile, voice.rate), voice, signal);
