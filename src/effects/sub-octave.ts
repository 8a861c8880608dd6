import type { Effect } from '../stages.js';
import type { Hertz } from '../units.js';
import { effectOf, settle, tame } from './kernel.js';
import { lowPass } from './low-pass.js';

export interface SubOctaveParams {
  /** Level of the octave below, relative to the voice: 0 none … 1 as loud as the lows it is made of. */
  readonly mix: number;
}

/** The fundamental is looked for below this: the lowered voice's own, with little of its second partial. */
const FUNDAMENTAL: Hertz = 110;
/** What is turned an octave down: enough partials above the fundamental to be heard on a small loudspeaker. */
const LOWS: Hertz = 420;
/** A change of sign takes this long: a jump would click. */
const TURN_SECONDS = 0.0015;
/** Between two rises the fundamental must have gone this part of its own swing below zero; what little else is left of
 * the voice there, and noise, do not. */
const SWING = 0.4;
/** The least swing that counts, −50 dB. */
const LEAST_SWING = 0.003;
/** Time constant with which the swing is forgotten. */
const SWING_SECONDS = 0.06;

/**
 * Adds an octave below by turning the sign of the voice's lows at every second rise of the fundamental through zero,
 * as the analogue octave pedals divide: all partials come to lie at odd multiples of half the pitch. No delay.
 */
export const subOctave = ({ mix }: SubOctaveParams, rate: Hertz): Effect => {
  const fundamental = [lowPass(FUNDAMENTAL, rate), lowPass(FUNDAMENTAL, rate)] as const;
  const forget = Math.exp(-1 / (SWING_SECONDS * rate));
  const lows = lowPass(LOWS, rate);
  const step = 2 / (TURN_SECONDS * rate);
  let [sign, turned, armed, swing] = [1, 1, false, LEAST_SWING];
  return effectOf({
    delay: 0,
    tail: Math.ceil(rate * 0.05),
    render(input, output) {
      for (let i = 0; i < input.length; i++) {
        const x = tame(input[i]!);
        const base = fundamental[1].pass(fundamental[0].pass(x));
        swing = Math.max(LEAST_SWING, -base, swing * forget);
        if (base < -SWING * swing) armed = true;
        else if (armed && base > 0) {
          sign = -sign;
          armed = false;
        }
        turned = sign > 0 ? Math.min(1, turned + step) : Math.max(-1, turned - step);
        output[i] = settle(x + mix * turned * lows.pass(x));
      }
    },
    reset() {
      for (const filter of fundamental) filter.clear();
      lows.clear();
      [sign, turned, armed, swing] = [1, 1, false, LEAST_SWING];
    },
  });
};
