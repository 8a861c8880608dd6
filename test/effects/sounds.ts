/** Made sounds whose pitch, formants and level are known. */

export const sine = (frequency: number, seconds: number, rate: number, level = 0.5): Float32Array =>
  Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => level * Math.sin((2 * Math.PI * frequency * i) / rate),
  );

/** White noise from a seed (a linear congruential generator with the constants of Numerical Recipes). */
export const noise = (seconds: number, rate: number, level = 0.3, seed = 1): Float32Array => {
  let state = seed >>> 0;
  return Float32Array.from({ length: Math.round(seconds * rate) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return level * (state / 2 ** 31 - 1);
  });
};

export interface Formant {
  readonly frequency: number;
  readonly bandwidth: number;
}
export const VOWEL: readonly Formant[] = [
  { frequency: 700, bandwidth: 90 },
  { frequency: 1_250, bandwidth: 110 },
  { frequency: 2_600, bandwidth: 170 },
];

/** A vowel: pulses at `pitch(t)` Hz, softened like those of a glottis, through resonances in a row. Peak 0.5. */
export const vowel = (
  pitch: (seconds: number) => number,
  seconds: number,
  rate: number,
  formants: readonly Formant[] = VOWEL,
): Float32Array => {
  const sound = new Float64Array(Math.round(seconds * rate));
  let phase = 0;
  let soft = 0;
  for (let i = 0; i < sound.length; i++) {
    phase += pitch(i / rate) / rate;
    let pulse = 0;
    if (phase >= 1) {
      phase -= 1;
      pulse = 1;
    }
    soft += 0.35 * (pulse - soft);
    sound[i] = soft;
  }
  for (const { frequency, bandwidth } of formants) {
    const radius = Math.exp((-Math.PI * bandwidth) / rate);
    const turn = 2 * radius * Math.cos((2 * Math.PI * frequency) / rate);
    let [y1, y2] = [0, 0];
    for (let i = 0; i < sound.length; i++) {
      const y = sound[i]! + turn * y1 - radius * radius * y2;
      [y2, y1] = [y1, y];
      sound[i] = y;
    }
  }
  const peak = sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return Float32Array.from(sound, (x) => (0.5 * x) / peak);
};

export const joined = (...parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export const loudest = (sound: Float32Array): number => sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

export const rms = (sound: Float32Array): number =>
  Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / Math.max(1, sound.length));

export const decibels = (ratio: number): number => 20 * Math.log10(ratio);
