import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resampleAll } from '../audio/resample.js';
import { encodeWav } from '../audio/write-wav.js';
import { seededRandom } from '../persona/random.js';
import { CAPTURE_RATE, type Milliseconds, type SampleIndex, toSamples } from '../units.js';
import type { BenchCommand, CommandList } from './command-list.js';
import { openSeededVoice, type SeededVoice } from './seeded-voice.js';

/** One spoken sentence of the bench set. */
export interface Utterance {
  /** Its WAV in the set's folder: 16 kHz, mono. */
  readonly file: string;
  readonly command: BenchCommand;
  readonly kind: 'command' | 'talk';
  readonly speaker: number;
  /** The pause in mid-sentence; 0 where there is none. */
  readonly pause: Milliseconds;
  /** End of the wake word and of the last word: from the samples, before any noise was added. */
  readonly wakeEnd: SampleIndex;
  readonly lastSound: SampleIndex;
}

export interface SpokenSetOptions {
  /** Folder of the Piper voice whose speakers speak. */
  readonly voice: string;
  /** Where the set is kept. */
  readonly folder: string;
  readonly list: CommandList;
  /** How many commands; talk comes on top, a tenth of them. */
  readonly commands: number;
  readonly seed: number;
  /** The persona's own speaker, who does not speak to itself. */
  readonly without: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, of: number) => void;
}

/** Raised when the set would come out differently. */
const FORMAT = 2;
const WAKE_WORD = 'Hey Jarvis';
const LEAD: Milliseconds = 700;
const TAIL: Milliseconds = 400;
/** Below its loudest frame by this a word has ended, as a listener hears it. */
const WORD_END = 10 ** (-35 / 20);

/**
 * The bench set: commands of the list spoken by many voices, wake word and command in one breath, half of them with a
 * pause of 100–700 ms in mid-sentence, at various paces and levels over a little noise. Made once and kept; the same
 * seed makes the same set.
 */
export const openSpokenSet = async (options: SpokenSetOptions): Promise<readonly Utterance[]> => {
  const { folder, list, commands, seed, without, signal, onProgress } = options;
  const labels = join(folder, `labels-${FORMAT}-${seed}-${commands}.json`);
  const made = await readFile(labels, 'utf8').catch(() => undefined);
  if (made !== undefined) {
    const { utterances, of } = JSON.parse(made) as { utterances: Utterance[]; of: string };
    if (of === JSON.stringify([list, without])) return utterances;
  }
  await mkdir(folder, { recursive: true });
  const voice = await openSeededVoice(options.voice, join(folder, `voice-${seed}.onnx`), seed, options.threads);
  const random = seededRandom(seed);
  const speakers = shuffled(
    Array.from({ length: voice.speakers }, (_, speaker) => speaker).filter((speaker) => speaker !== without),
    random,
  );
  const sentences = sentencesOf(list, commands);
  const utterances: Utterance[] = [];
  for (const [i, { command, kind }] of sentences.entries()) {
    signal.throwIfAborted();
    const speaker = speakers[i % speakers.length]!;
    const spoken = await speak(voice, command.say, speaker, random);
    const file = `${seed}-${String(i).padStart(3, '0')}.wav`;
    await write(join(folder, file), encodeWav(spoken.samples, CAPTURE_RATE));
    utterances.push({ file, command, kind, speaker, ...spoken.label });
    onProgress(i + 1, sentences.length);
  }
  await write(labels, JSON.stringify({ of: JSON.stringify([list, without]), utterances }, undefined, 1));
  return utterances;
};

const sentencesOf = (list: CommandList, commands: number) => [
  ...Array.from({ length: commands }, (_, i) => ({
    command: list.commands[i % list.commands.length]!,
    kind: 'command' as const,
  })),
  ...Array.from({ length: list.talk.length === 0 ? 0 : Math.round(commands / 10) }, (_, i) => ({
    command: list.talk[i % list.talk.length]!,
    kind: 'talk' as const,
  })),
];

const speak = async (voice: SeededVoice, say: string, speaker: number, random: () => number) => {
  const speed = 0.85 + 0.35 * random();
  const parts = say.split('|').map((part) => part.trim());
  // At most one pause: a speaker who thinks twice in a short sentence is rare.
  const at = parts.length > 1 && random() < 0.75 ? 1 + Math.floor(random() * (parts.length - 1)) : 0;
  const phrases = at === 0 ? [parts.join(' ')] : [parts.slice(0, at).join(' '), parts.slice(at).join(' ')];
  const pause = at === 0 ? 0 : Math.round(100 + 600 * random());
  const breath = Math.round(60 + 240 * random());
  const peak = 10 ** ((-20 + 14 * random()) / 20);

  const pieces: Float32Array[] = [];
  let length = 0;
  const add = (samples: Float32Array): void => {
    pieces.push(samples);
    length += samples.length;
  };
  const word = async (text: string): Promise<void> => {
    const sound = await voice.speak(text, speaker, speed);
    add(words(resampleAll(sound, voice.rate, CAPTURE_RATE)));
  };

  add(new Float32Array(toSamples(LEAD)));
  await word(`${WAKE_WORD}.`);
  const wakeEnd = length;
  add(new Float32Array(toSamples(breath)));
  for (const [i, phrase] of phrases.entries()) {
    if (i > 0) add(new Float32Array(toSamples(pause)));
    await word(`${phrase}${i === phrases.length - 1 ? '.' : ','}`);
  }
  const lastSound = length;
  add(new Float32Array(toSamples(TAIL)));
  return { samples: mixed(pieces, length, peak, random), label: { pause, wakeEnd, lastSound } };
};

/** The speech without the silence around it. */
const words = (samples: Float32Array): Float32Array => {
  const frame = toSamples(10);
  const levels = Array.from({ length: Math.floor(samples.length / frame) }, (_, k) => {
    let sum = 0;
    for (let i = k * frame; i < (k + 1) * frame; i++) sum += samples[i]! * samples[i]!;
    return Math.sqrt(sum / frame);
  });
  const loudest = Math.max(...levels);
  const heard = (level: number): boolean => level > loudest * WORD_END;
  return samples.slice(Math.max(0, levels.findIndex(heard) - 1) * frame, (levels.findLastIndex(heard) + 1) * frame);
};

/** One signal at the wanted peak, over the noise of a quiet room 50 dB below it. */
const mixed = (pieces: readonly Float32Array[], length: number, peak: number, random: () => number): Float32Array => {
  const out = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  const loudest = out.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const noise = peak * 10 ** (-50 / 20);
  for (let i = 0; i < length; i++) out[i] = (out[i]! * peak) / loudest + noise * (2 * random() - 1);
  return out;
};

const shuffled = <T>(values: readonly T[], random: () => number): T[] => {
  const left = [...values];
  for (let i = left.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [left[i], left[j]] = [left[j]!, left[i]!];
  }
  return left;
};

const write = async (path: string, content: string | Uint8Array): Promise<void> => {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
};
