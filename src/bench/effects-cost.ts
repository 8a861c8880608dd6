import { setImmediate as eventLoop } from 'node:timers/promises';
import { resampleAll } from '../audio/resample.js';
import { buildChain, type Profile, type Step } from '../effects/profile.js';
import { CAPTURE_RATE, type Hertz, type Milliseconds, type Seconds, toMilliseconds, toSamples } from '../units.js';
import { joined } from './sound.js';

export interface EffectsDelay {
  readonly sum: Milliseconds;
  /** Of the lowest voice, once for every effect that moves the pitch: a period must be heard before it can be moved. */
  readonly periods: Milliseconds;
}

/** How far a persona's effects lag behind: a property of the chain, not measured. */
export const effectsDelay = (profile: Profile, rate: Hertz): EffectsDelay => ({
  sum: toMilliseconds(buildChain(profile, rate).delay, rate),
  periods: profile.reduce((sum, step) => sum + periodOf(step), 0),
});

const periodOf = (step: Step): Milliseconds =>
  step.type === 'pitch' || step.type === 'layers' ? 1000 / step.lowest : 0;

const BLOCK: Milliseconds = 20;
/** Sound of one measurement. */
const LENGTH: Seconds = 30;
/** Sound before the first one that counts: the effects are compiled by then. */
const WARM_UP: Seconds = 5;

/**
 * CPU time that the effects take of each second of voice, 0…1: one value for each 30 s of the sounds, which are at the
 * capture rate. Nothing else may be going on.
 */
export const measureEffectsCost = async (
  profile: Profile,
  rate: Hertz,
  sounds: readonly Float32Array[],
  signal: AbortSignal,
): Promise<readonly number[]> => {
  const resampled: Float32Array[] = [];
  for (const sound of sounds) {
    resampled.push(resampleAll(sound, CAPTURE_RATE, rate));
    await eventLoop();
  }
  const voice = joined(resampled);
  const chain = buildChain(profile, rate);
  const size = toSamples(LENGTH * 1000, rate);
  const block = toSamples(BLOCK, rate);
  const cost = async (from: number, to: number): Promise<Milliseconds> => {
    const before = process.cpuUsage();
    for (let at = from; at < to; at += block) {
      chain.process(voice.subarray(at, Math.min(to, at + block)));
      if ((at - from) % (50 * block) === 0) await eventLoop();
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  await cost(0, Math.min(voice.length, WARM_UP * rate));
  const factors: number[] = [];
  for (let from = 0; from + size <= voice.length; from += size) {
    signal.throwIfAborted();
    factors.push((await cost(from, from + size)) / (LENGTH * 1000));
  }
  return factors;
};
