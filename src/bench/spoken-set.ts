import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resampleAll } from '../audio/resample.js';
import { encodeWav } from '../audio/write-wav.js';
import { seededRandom } from '../random.js';
import { CAPTURE_RATE, type Milliseconds, type SampleIndex, toSamples } from '../units.js';
import type { BenchCommand, CommandList } from './command-list.js';
import { openSeededVoice, type SeededVoice } from './seeded-voice.js';

/** One spoken sentence of the bench set. */
export interface Utterance {
  /** Path of its WAV: 16 kHz, mono. */
  readonly file: string;
  readonly command: BenchCommand;
  readonly kind: 'command' | 'talk';
  /** By number; undefined of a real person. */
  readonly speaker: number | undefined;
  /** The pause in mid-sentence; 0 where there is none. */
  readonly pause: Milliseconds;
  /** End of the wake word and of the last word: from the samples, before any noise was added. */
  readonly wakeEnd: SampleIndex;
  readonly lastSound: SampleIndex;
}

export interface SpokenSetOptions {
  /** Folder of the Piper voice whose speakers speak. */
  readonly voice: string;
  /** Where sets are kept, each in a folder of its own. */
  readonly folder: string;
  readonly list: CommandList;
  readonly seed: number;
  /** The persona's own speaker, who does not speak to itself. */
  readonly without: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, of: number) => void;
}

/** Raised when the set would come out differently. */
const FORMAT = 3;
/** Always all of them: the voice's chance goes on from sentence to sentence, so a set cannot be made in parts. */
const COMMANDS = 330;
const TALK = 33;
const WAKE_WORD = 'Hey Jarvis';
/** Of the sentences that have a place for a pause, so that half of all have one. */
const MAY_PAUSE = 0.9;
const LEAD: Milliseconds = 700;
/** As long as a turn may still reopen: the room does not fall silent when the last word is spoken. */
const TAIL: Milliseconds = 2_000;
/** Below its loudest frame by this a word has ended, as a listener hears it. */
const WORD_END = 10 ** (-35 / 20);

/**
 * The bench set: commands of the list spoken by many voices, wake word and command in one breath, half of them with a
 * pause of 100–700 ms in mid-sentence, at various paces and levels over a little noise. Made once and kept; the same
 * seed makes the same set.
 */
export const openSpokenSet = async (options: SpokenSetOptions): Promise<readonly Utterance[]> => {
  const { list, seed, without, signal, onProgress } = options;
  const made = createHash('sha256')
    .update(JSON.stringify([FORMAT, seed, without, list]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(options.folder, made);
  const labels = join(folder, 'labels.json');
  const at = (utterance: Utterance): Utterance => ({ ...utterance, file: join(folder, utterance.file) });
  const kept = await readFile(labels, 'utf8').catch(() => undefined);
  if (kept !== undefined) return (JSON.parse(kept) as Utterance[]).map(at);
  await mkdir(folder, { recursive: true });
  const copy = join(folder, 'voice.onnx');
  const voice = await openSeededVoice(options.voice, copy, seed, options.threads);
  const random = seededRandom(seed);
  const speakers = shuffled(
    Array.from({ length: voice.speakers }, (_, speaker) => speaker).filter((speaker) => speaker !== without),
    random,
  );
  const sentences = [...times(list.commands, COMMANDS, 'command'), ...times(list.talk, TALK, 'talk')];
  const utterances: Utterance[] = [];
  for (const [i, { command, kind }] of sentences.entries()) {
    signal.throwIfAborted();
    const speaker = speakers[i % speakers.length]!;
    const spoken = await speak(voice, command.say, speaker, random);
    const file = `${String(i).padStart(3, '0')}.wav`;
    await write(join(folder, file), encodeWav(spoken.samples, CAPTURE_RATE));
    utterances.push({ file, command, kind, speaker, ...spoken.label });
    onProgress(i + 1, sentences.length);
  }
  // Last: a set without labels was not finished.
  await write(labels, JSON.stringify(utterances, undefined, 1));
  await rm(copy, { force: true });
  return utterances.map(at);
};

/** So many of a kind, spread evenly over the set, always the same. */
export const pick = (utterances: readonly Utterance[], commands: number): readonly Utterance[] => {
  const of = (kind: Utterance['kind']): readonly Utterance[] => utterances.filter((one) => one.kind === kind);
  const spread = (all: readonly Utterance[], wanted: number): readonly Utterance[] => {
    const count = Math.min(wanted, all.length);
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  };
  return [...spread(of('command'), commands), ...spread(of('talk'), Math.ceil(commands / 10))];
};

const times = (commands: readonly BenchCommand[], count: number, kind: Utterance['kind']) =>
  Array.from({ length: commands.length === 0 ? 0 : count }, (_, i) => ({
    command: commands[i % commands.length]!,
    kind,
  }));

/** Wake word and sentence in one breath, at a pace, a level and with pauses that chance decides; and its labels. */
export const speak = async (
  voice: Pick<SeededVoice, 'rate' | 'speak'>,
  say: string,
  speaker: number,
  random: () => number,
) => {
  const speed = 0.85 + 0.35 * random();
  const parts = say.split('|').map((part) => part.trim());
  // At most one pause: a speaker who thinks twice in a short sentence is rare.
  const at = parts.length > 1 && random() < MAY_PAUSE ? 1 + Math.floor(random() * (parts.length - 1)) : 0;
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

/** In an order that chance decides. */
export const shuffled = <T>(values: readonly T[], random: () => number): T[] => {
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
