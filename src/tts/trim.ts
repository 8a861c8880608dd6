import type { Decibels, Hertz, Milliseconds } from '../units.js';
import { toSamples } from '../units.js';

/** Silence is measured in frames of this length. */
const FRAME: Milliseconds = 5;
/**
 * Levels below the loudest frame. Every utterance of Piper's libritts_r begins with a click (−30 dB, 10 to 25 ms in) and
 * then 30 to 60 ms of breath (−38 to −50 dB): speech begins where it is louder than the click, and with it whatever soft
 * consonant (−38 dB and more) leads up to that without a gap.
 */
const SPEECH: Decibels = -26;
const SOFT: Decibels = -38;
/** The burst of a last "t" comes after a gap and is soft; there is no click at the end. */
const LAST_BURST: Decibels = -36;
/** What is kept around the speech, faded. */
const LEAD: Milliseconds = 8;
const TRAIL: Milliseconds = 30;
/** Speech is brought to this level before the effects, so that the distortion bites every sentence alike. */
const LOUDNESS: Decibels = -20;
/** Frames that are this far below the loudest are gaps and do not count for the level. */
const GAP: Decibels = -20;
const MOST_GAIN: Decibels = 18;

/**
 * The speech alone: without the silence that the synthesizer puts before it (up to 100 ms, which a listener would
 * wait) and after it, faded at both ends, at an even loudness. Empty where there is no sound.
 */
export const trim = (samples: Float32Array, rate: Hertz): Float32Array => {
  const frame = toSamples(FRAME, rate);
  const powers = framePowers(samples, frame);
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  if (!(loudest > 1e-8)) return new Float32Array(0);
  const above = (level: Decibels) => (power: number) => power > loudest * 10 ** (level / 10);
  const first = 1 + powers.subarray(0, powers.findIndex(above(SPEECH))).findLastIndex((power) => !above(SOFT)(power));
  const last = powers.findLastIndex(above(LAST_BURST));
  const from = Math.max(0, first * frame - toSamples(LEAD, rate));
  const to = Math.min(samples.length, (last + 1) * frame + toSamples(TRAIL, rate));
  const speech = samples.slice(from, to);
  const gain = gainFor(powers, loudest);
  for (let i = 0; i < speech.length; i++) speech[i] = speech[i]! * gain;
  fade(speech, toSamples(FRAME, rate), toSamples(TRAIL / 2, rate));
  return speech;
};

const framePowers = (samples: Float32Array, frame: number): Float64Array => {
  const powers = new Float64Array(Math.floor(samples.length / frame));
  for (let k = 0; k < powers.length; k++) {
    let sum = 0;
    for (let i = k * frame; i < (k + 1) * frame; i++) sum += samples[i]! * samples[i]!;
    powers[k] = Number.isFinite(sum) ? sum / frame : 0;
  }
  return powers;
};

const gainFor = (powers: Float64Array, loudest: number): number => {
  const gap = loudest * 10 ** (GAP / 10);
  const speech = powers.filter((power) => power > gap);
  const mean = speech.reduce((sum, power) => sum + power, 0) / speech.length;
  return Math.min(10 ** (MOST_GAIN / 20), 10 ** (LOUDNESS / 20) / Math.sqrt(mean));
};

const fade = (samples: Float32Array, rise: number, fall: number): void => {
  const { length } = samples;
  for (let i = 0; i < Math.min(rise, length); i++) samples[i] = samples[i]! * (i / rise);
  for (let i = 0; i < Math.min(fall, length); i++) samples[length - 1 - i] = samples[length - 1 - i]! * (i / fall);
};
