import type { Effect } from '../stages.js';
import type { Decibels, Hertz } from '../units.js';
import { effectOf, gainOf, settle, tame } from './kernel.js';

export interface LevellerParams {
  /** Where speech is brought to: its level while somebody speaks, RMS, in dB below full scale. */
  readonly loudness: Decibels;
  /** The gain stays within ± this. */
  readonly range: Decibels;
}

/** Speech is measured over about a word: shorter would follow the syllables, which is pumping. */
const MEASURE_SECONDS = 0.4;
/** The gain moves no faster than this, in dB a second: between words nothing is heard of it. */
const RISE = 3;
const FALL = 9;
/** What is more than this below the speech's own level is a pause: it is neither measured nor does the gain move. */
const PAUSE_DB = -26;
/** Below this, in dB below full scale, there is no speech at all. */
const SILENCE_DB = -55;

/**
 * What "normalisation" is for a stream: brings speech slowly to one loudness, never within a word, and holds its gain
 * in pauses, so that breath, noise and silence are not pulled up. No delay.
 */
export const leveller = ({ loudness, range }: LevellerParams, rate: Hertz): Effect => {
  const wanted = gainOf(loudness);
  const [least, most] = [gainOf(-range), gainOf(range)];
  const [rise, fall] = [gainOf(RISE / rate), gainOf(-FALL / rate)];
  const [fast, slow] = [1 - Math.exp(-1 / (0.02 * rate)), 1 - Math.exp(-1 / (MEASURE_SECONDS * rate))];
  const silence = gainOf(SILENCE_DB) ** 2;
  const pause = gainOf(PAUSE_DB) ** 2;
  // Powers: of the last 20 ms, and of the speech.
  let [now, speech, gain] = [0, 0, 1];
  return effectOf({
    delay: 0,
    tail: 0,
    render(input, output) {
      for (let i = 0; i < input.length; i++) {
        const x = tame(input[i]!);
        now = settle(now + (x * x - now) * fast);
        if (now > silence && now > speech * pause) {
          // The first word is taken as it is: an average that starts at nothing would turn it up.
          speech = speech === 0 || now > speech * 4 ? now : speech + (now - speech) * slow;
          const target = Math.min(most, Math.max(least, wanted / Math.sqrt(speech)));
          if (target > gain) gain = Math.min(target, gain * rise);
          else gain = Math.max(target, gain * fall);
        }
        output[i] = x * gain;
      }
    },
    reset() {
      [now, speech, gain] = [0, 0, 1];
    },
  });
};
