/** What can be measured of a voice: pitch, formants, and the errors with which it is read back. */

const median = (values) => quantile(values, 0.5);
export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};

/**
 * The fundamental frequency (Hz) of every voiced frame, 10 ms apart: the first dip of YIN's normalised difference
 * (de Cheveigné & Kawahara 2002) below its usual threshold of 0.15.
 */
export const pitches = (samples, rate) => {
  const [lowest, highest] = [45, 350];
  const longest = Math.floor(rate / lowest);
  const window = Math.round(rate * 0.035);
  const loudest = peak(samples);
  const found = [];
  const normalised = new Float32Array(longest + 1).fill(1);
  for (let start = 0; start + window + longest < samples.length; start += Math.round(rate * 0.01)) {
    if (rms(samples, start, window) < 0.04 * loudest) continue;
    let sum = 0;
    for (let lag = 1; lag <= longest; lag++) {
      let difference = 0;
      for (let i = start; i < start + window; i += 2) difference += (samples[i] - samples[i + lag]) ** 2;
      sum += difference;
      normalised[lag] = sum > 0 ? (difference * lag) / sum : 1;
    }
    let lag = Math.floor(rate / highest);
    while (lag < longest && normalised[lag] >= 0.15) lag++;
    while (lag < longest && normalised[lag + 1] < normalised[lag]) lag++;
    if (lag < longest) found.push(rate / lag);
  }
  return found;
};

/**
 * The medians (Hz) of the first four formants: the peaks of a linear prediction of order 12 at 10 kHz (Levinson and
 * Durbin), over the loud frames that have exactly four.
 */
export const formants = (samples) => {
  const [rate, order, length] = [10_000, 12, 300];
  const loudest = peak(samples);
  const found = [[], [], [], []];
  for (let start = 1; start + length < samples.length; start += 100) {
    if (rms(samples, start, length) < 0.12 * loudest) continue;
    const frame = Float64Array.from({ length }, (_, i) => {
      const hamming = 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (length - 1));
      return (samples[start + i] - 0.97 * samples[start + i - 1]) * hamming;
    });
    const peaks = resonances(prediction(frame, order), rate);
    if (peaks.length === 4) peaks.forEach((frequency, k) => void found[k].push(frequency));
  }
  return found.map(median);
};

const prediction = (frame, order) => {
  const correlation = Float64Array.from({ length: order + 1 }, (_, lag) =>
    frame.reduce((sum, value, i) => (i < lag ? sum : sum + value * frame[i - lag]), 0),
  );
  let coefficients = [1];
  let error = correlation[0] * 1.0001;
  for (let i = 1; i <= order; i++) {
    const reflection = -coefficients.reduce((sum, value, j) => sum + value * correlation[i - j], 0) / error;
    const padded = [...coefficients, 0];
    coefficients = padded.map((value, j) => value + reflection * padded[i - j]);
    error *= 1 - reflection ** 2;
  }
  return coefficients;
};

const resonances = (coefficients, rate) => {
  const frequencies = Array.from({ length: 240 }, (_, k) => 100 + 20 * k);
  const gains = frequencies.map((frequency) => {
    const phase = (2 * Math.PI * frequency) / rate;
    const real = coefficients.reduce((sum, value, j) => sum + value * Math.cos(j * phase), 0);
    const imaginary = coefficients.reduce((sum, value, j) => sum + value * Math.sin(j * phase), 0);
    return 1 / (real ** 2 + imaginary ** 2);
  });
  return frequencies.filter((_, k) => gains[k] > gains[k - 1] && gains[k] > gains[k + 1]);
};

const peak = (samples) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const rms = (samples, start, length) => {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += samples[i] ** 2;
  return Math.sqrt(sum / length);
};

/** Lower-case words. */
export const wordsOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z' ]+/g, ' ')
    .replaceAll("'", '')
    .split(' ')
    .filter(Boolean);

/** Words to be changed, added or left out to make one of the other (Levenshtein). */
export const wordErrors = (said, read) => {
  let row = Array.from({ length: read.length + 1 }, (_, j) => j);
  for (const [i, word] of said.entries()) {
    const next = [i + 1];
    for (const [j, other] of read.entries()) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (word === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1);
};
