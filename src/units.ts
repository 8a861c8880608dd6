/**
 * Numbers that carry their unit in the type. A plain literal fits every unit; a value that already has one
 * does not fit another, so a position never ends up where a duration is wanted.
 */
type Unit<Name extends string> = number & { readonly unit?: Name };

/** A position on a clock of samples: the capture clock (16 kHz from the first microphone sample) unless said otherwise. */
export type SampleIndex = Unit<'sample index'>;
/** A number of samples. */
export type Samples = Unit<'samples'>;
/** Samples a second, or a frequency. */
export type Hertz = Unit<'Hz'>;
export type Milliseconds = Unit<'ms'>;
export type Seconds = Unit<'s'>;
export type Bytes = Unit<'bytes'>;
export type Decibels = Unit<'dB'>;
export type Semitones = Unit<'semitones'>;

/** The rate of everything that listens: wake word, voice detector, recognition. */
export const CAPTURE_RATE: Hertz = 16_000;

/** `samples` at `rate` as a duration. */
export const toMilliseconds = (samples: number, rate: Hertz = CAPTURE_RATE): Milliseconds => (samples * 1000) / rate;

/** A duration as a whole number of samples at `rate`. */
export const toSamples = (duration: Milliseconds, rate: Hertz = CAPTURE_RATE): Samples =>
  Math.round((duration * rate) / 1000);
