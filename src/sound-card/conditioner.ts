import { decode } from '../audio/pcm.js';
import { createResampler } from '../audio/resample.js';
import { CAPTURE_RATE, type Decibels, type Seconds } from '../units.js';
import type { RecorderFormat } from './recorders.js';

/** Makes of a recorder's bytes what the ring takes: one channel at the capture rate, without a direct component, at the wanted level. */
export interface Conditioner {
  /** Pieces may end in the middle of a sample. */
  take(pcm: Uint8Array): Float32Array;
}

export interface ConditionerOptions extends RecorderFormat {
  /** From 1; default: all mixed. */
  readonly channel?: number;
  /** Default 0. */
  readonly gain?: Decibels;
}

/** Time constant of the mean that is taken away: a pass band from 0.3 Hz, far below any voice. */
const DC_TIME: Seconds = 0.5;

export const createConditioner = ({ rate, channels, channel, gain = 0 }: ConditionerOptions): Conditioner => {
  const frame = 2 * channels;
  const factor = 10 ** (gain / 20);
  const resampler = createResampler(rate, CAPTURE_RATE);
  let broken: Uint8Array = new Uint8Array(0);
  /** The direct component so far; nothing is known before the first sound. */
  let mean: number | undefined;

  const whole = (pcm: Uint8Array): Uint8Array => {
    const bytes = broken.length === 0 ? pcm : Buffer.concat([broken, pcm]);
    const length = bytes.length - (bytes.length % frame);
    broken = bytes.slice(length);
    return bytes.subarray(0, length);
  };

  /** In place. */
  const level = (samples: Float32Array): Float32Array => {
    if (samples.length === 0) return samples;
    const step = 1 / (DC_TIME * CAPTURE_RATE);
    mean ??= samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      mean += (sample - mean) * step;
      samples[i] = Math.max(-1, Math.min(1, (sample - mean) * factor));
    }
    return samples;
  };

  return {
    take: (pcm) => level(resampler.process(decode(whole(pcm), { encoding: 'signed', bits: 16, channels }, channel))),
  };
};
