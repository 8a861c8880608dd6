import type { WakeDetector } from '../stages.js';
import { type Milliseconds, toSamples } from '../units.js';
import { joined, soundOf } from './sound.js';

const FRAME: Milliseconds = 80;
/** Frames before the first that counts: models are compiled and caches filled by then. */
const WARM_UP = 50;
/** Frames of a measurement: 20 s of sound. */
const FRAMES = 250;

/**
 * CPU time of all threads of this process for a frame of 80 ms, with sound that comes as fast as the detector takes
 * it. One value for each 20 s of sound; nothing else may be going on.
 */
export const measureWakeCost = async (
  detect: WakeDetector,
  sounds: readonly Float32Array[],
  signal: AbortSignal,
): Promise<readonly Milliseconds[]> => {
  const whole = joined(sounds);
  const size = toSamples(FRAME) * FRAMES;
  await through(detect, whole.subarray(0, toSamples(FRAME) * WARM_UP), signal);
  const costs: Milliseconds[] = [];
  for (let from = 0; from + size <= whole.length; from += size) {
    const before = process.cpuUsage();
    await through(detect, whole.subarray(from, from + size), signal);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000 / FRAMES);
  }
  return costs;
};

const through = async (detect: WakeDetector, samples: Float32Array, signal: AbortSignal): Promise<void> => {
  for await (const _ of detect(soundOf(samples), signal)) signal.throwIfAborted();
};
