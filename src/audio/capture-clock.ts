import { CAPTURE_RATE, type Hertz, type Milliseconds, type SampleIndex, toMilliseconds } from '../units.js';

/** When on the wall clock a sample of the capture clock was in the room. */
export interface CaptureClock {
  /** The moment at which the sample at this position began; fractions are allowed. */
  timeOf(position: SampleIndex): Milliseconds;
}

/** A capture clock on which the sample `at` began at `time`, and the others at their rate. */
export const captureClock = (time: Milliseconds, at: SampleIndex = 0, rate: Hertz = CAPTURE_RATE): CaptureClock => ({
  timeOf: (position) => time + toMilliseconds(position - at, rate),
});
