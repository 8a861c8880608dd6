/** What a test wants to know of a sound, and the sounds that it hands to the program. */
import { readWav } from '../../src/audio/read-wav.js';
import { resample } from '../../src/audio/resample.js';
import { ours } from './program.js';

export const RECORDINGS = {
  command: ours('recordings/hey-jarvis-turn-on-the-living-room-lamp.wav'),
  withoutWakeWord: ours('recordings/turn-on-the-living-room-lamp.wav'),
} as const;

export interface Sound {
  readonly rate: number;
  readonly samples: Float32Array;
}

/** A WAV as the program reads it; at another rate where one is given. */
export const soundOf = async (path: string, rate?: number): Promise<Sound> => {
  const { audio } = await readWav(path, new AbortController().signal);
  const parts: number[] = [];
  const wanted = rate ?? audio.rate;
  for await (const { samples } of wanted === audio.rate ? audio : resample(audio, wanted)) parts.push(...samples);
  return { rate: wanted, samples: Float32Array.from(parts) };
};

export const seconds = ({ samples, rate }: Sound): number => samples.length / rate;
export const loudest = ({ samples }: Sound): number => samples.reduce((most, it) => Math.max(most, Math.abs(it)), 0);
export const level = ({ samples }: Sound): number =>
  Math.sqrt(samples.reduce((sum, it) => sum + it * it, 0) / samples.length);
/** How many samples in a row stand at full scale: clipping makes long rows. */
export const longestClip = ({ samples }: Sound): number => {
  let longest = 0;
  let row = 0;
  for (const it of samples) {
    row = Math.abs(it) > 0.999 ? row + 1 : 0;
    longest = Math.max(longest, row);
  }
  return longest;
};

/** Changes and lost words, of those of the longer text: 0 for the same, 1 for nothing in common. */
export const wordErrors = (heard: string, said: string): number => {
  const words = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? [];
  const [a, b] = [words(heard), words(said)];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  a.forEach((word, i) => {
    const next = [i + 1];
    b.forEach((other, j) => {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (word === other ? 0 : 1)));
    });
    row = next;
  });
  return row[b.length]! / Math.max(1, a.length, b.length);
};

/** Repeatable white noise. */
export const whiteNoise = (length: number, amplitude: number): Float32Array => {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * amplitude;
  });
};
