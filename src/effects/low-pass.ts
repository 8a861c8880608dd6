import type { Hertz } from '../units.js';
import { settle } from './kernel.js';

export interface LowPass {
  pass(sample: number): number;
  clear(): void;
}

/**
 * A low-pass of second order without overshoot in its response (Q = 1/√2).
 * Coefficients: R. Bristow-Johnson, "Audio EQ Cookbook" (W3C Note, 2021), LPF.
 */
export const lowPass = (corner: Hertz, rate: Hertz): LowPass => {
  const angle = (2 * Math.PI * corner) / rate;
  const cosine = Math.cos(angle);
  const alpha = Math.sin(angle) / Math.SQRT2;
  const a0 = 1 + alpha;
  const b0 = (1 - cosine) / 2 / a0;
  const b1 = 2 * b0;
  const a1 = (-2 * cosine) / a0;
  const a2 = (1 - alpha) / a0;
  let z1 = 0;
  let z2 = 0;
  return {
    pass(x) {
      const y = b0 * x + z1;
      z1 = settle(b1 * x - a1 * y + z2);
      z2 = settle(b0 * x - a2 * y);
      return y;
    },
    clear() {
      z1 = 0;
      z2 = 0;
    },
  };
};
