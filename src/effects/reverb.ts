import type { Effect } from '../stages.js';
import type { Hertz, Seconds } from '../units.js';
import { effectOf, settle, tame } from './kernel.js';

export interface ReverbParams {
  /** Level of the room relative to the voice: 0.1 is −20 dB. Much above, it costs words. */
  readonly mix: number;
  /** The room's reverberation time: until an echo has fallen by 60 dB. */
  readonly room: Seconds;
}

/** Delays in samples at 44.1 kHz, from Freeverb (Jezar at Dreampoint, 2000, public domain). */
const COMBS = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617] as const;
const ALL_PASSES = [556, 441, 341, 225] as const;
/** Share of the highs that the walls take at every reflection. */
const DAMPING = 0.35;
const DIFFUSION = 0.5;
/** The tail is played until it is this far below the voice. */
const INAUDIBLE_DB = 60;

interface Line {
  readonly samples: Float32Array;
  at: number;
  feedback: number;
  damped: number;
}

/**
 * A small room after Freeverb: eight damped combs side by side, four all-passes (Schroeder's, which are true ones) in a row. The feedback of each comb is
 * 10^(−3·delay/room), so that all of them die together (M. R. Schroeder, "Natural sounding artificial reverberation",
 * 1962). The voice itself passes at once: no delay.
 */
export const reverb = ({ mix, room }: ReverbParams, rate: Hertz): Effect => {
  const lineOf = (delay: number): Line => {
    const length = Math.max(1, Math.round((delay * rate) / 44_100));
    return { samples: new Float32Array(length), at: 0, feedback: 10 ** ((-3 * length) / (rate * room)), damped: 0 };
  };
  const combs = COMBS.map(lineOf);
  const allPasses = ALL_PASSES.map(lineOf);
  // At mix 1 noise comes back about as loud as it went in: the powers 1/(1 − g²) of the combs add up, and all-passes
  // leave the power as it is.
  const power = combs.reduce((sum, comb) => sum + 1 / (1 - comb.feedback ** 2), 0);
  const wet = mix / Math.sqrt(power);
  const loudness = INAUDIBLE_DB + 20 * Math.log10(Math.max(mix, 1e-3));
  let echoes = new Float32Array(1024);

  return effectOf({
    delay: 0,
    tail: Math.ceil(rate * Math.max(0.05, (room * loudness) / 60)),
    render(input, output) {
      const { length } = input;
      if (echoes.length < length) echoes = new Float32Array(length);
      echoes.fill(0, 0, length);
      for (const comb of combs) echo(comb, input, echoes);
      for (const allPass of allPasses) diffuse(allPass, echoes, length);
      for (let i = 0; i < length; i++) output[i] = tame(input[i]!) + wet * echoes[i]!;
    },
    reset() {
      for (const line of [...combs, ...allPasses]) {
        line.samples.fill(0);
        line.at = 0;
        line.damped = 0;
      }
    },
  });
};

const echo = (line: Line, input: Float32Array, sum: Float32Array): void => {
  const { samples, feedback } = line;
  let { at, damped } = line;
  for (let i = 0; i < input.length; i++) {
    const back = samples[at]!;
    damped = settle(back * (1 - DAMPING) + damped * DAMPING);
    samples[at] = settle(tame(input[i]!) + damped * feedback);
    if (++at === samples.length) at = 0;
    sum[i] = sum[i]! + back;
  }
  line.at = at;
  line.damped = damped;
};

const diffuse = (line: Line, sound: Float32Array, length: number): void => {
  const { samples } = line;
  let { at } = line;
  for (let i = 0; i < length; i++) {
    const back = samples[at]!;
    const x = sound[i]!;
    const sum = settle(x + back * DIFFUSION);
    samples[at] = sum;
    sound[i] = back - sum * DIFFUSION;
    if (++at === samples.length) at = 0;
  }
  line.at = at;
};
