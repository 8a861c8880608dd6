/** Speech events out of recordings, as an endpointer would give them. */
import { readFileSync } from 'node:fs';
import type { SpeechEvent, Transcriber, Transcript } from '../../src/stages.js';
import { toSamples } from '../../src/units.js';

/** A mono 16-bit recording of this repository, at 16 kHz. */
export const recording = (name: string): Float32Array => {
  const bytes = readFileSync(new URL(`../../recordings/${name}.wav`, import.meta.url));
  const start = bytes.indexOf('data') + 8;
  return Float32Array.from(
    { length: (bytes.length - start) >> 1 },
    (_, i) => bytes.readInt16LE(start + 2 * i) / 32_768,
  );
};

/** Repeatable noise of a deviation of `level`. */
export const noise = (milliseconds: number, level: number, seed = 1): Float32Array => {
  let state = seed;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: toSamples(milliseconds) }, () => normal() * level);
};

/** How long a voice detector takes to notice a silence. */
const NOTICED = toSamples(80);

export type Step = Float32Array | 'paused' | 'resumed' | 'ended' | 'max_command' | (() => Promise<unknown> | undefined);

export interface SpeakOptions {
  /** Samples an `audio` event carries. */
  readonly block?: number;
  readonly segment?: number;
  /** Position of the first sample on the capture clock. */
  readonly from?: number;
}

/** One segment out of pieces of sound and what happens between them. Lets everything else run after each event. */
export async function* speak(steps: readonly Step[], options: SpeakOptions = {}): AsyncGenerator<SpeechEvent> {
  const { block = 640, from = 48_000, segment = 1 } = options;
  let at = from;
  let pause = 0;
  let lastSound = from;
  yield { kind: 'started', segment, at };
  for (const step of steps) {
    if (step instanceof Float32Array) {
      for (let i = 0; i < step.length; i += block) {
        const samples = step.subarray(i, i + block);
        yield { kind: 'audio', segment, block: { samples, from: at } };
        at += samples.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } else if (step === 'paused') {
      pause += 1;
      lastSound = at - NOTICED;
      yield { kind: 'paused', segment, pause, lastSound };
    } else if (step === 'resumed') yield { kind: 'resumed', segment, pause, at };
    else if (step === 'ended') yield { kind: 'ended', segment, lastSound, reason: 'silence' };
    else if (step === 'max_command') yield { kind: 'ended', segment, lastSound: at, reason: 'max_command' };
    else await step();
  }
}

/** @param heard receives the transcripts as they come, for a step that waits for one. */
export const collect = async (
  transcribe: Transcriber,
  speech: AsyncIterable<SpeechEvent>,
  signal: AbortSignal = new AbortController().signal,
  heard: Transcript[] = [],
): Promise<Transcript[]> => {
  for await (const transcript of transcribe(speech, signal)) heard.push(transcript);
  return heard;
};

/** Says the steps; a text among them is waited for: a partial or draft that begins so. */
export const listen = async (
  transcribe: Transcriber,
  steps: readonly (Step | { readonly until: string })[],
  options: SpeakOptions = {},
): Promise<Transcript[]> => {
  const heard: Transcript[] = [];
  const wait = (text: string) => async () => {
    const found = () => heard.some((transcript) => transcript.text.startsWith(text));
    while (!found()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const waited = steps.map((step) => (typeof step === 'object' && 'until' in step ? wait(step.until) : step));
  return collect(transcribe, speak(waited, options), undefined, heard);
};

/** What was said at a pause or in the end: `draft 1: turn on`, `final: turn on the lamp`. */
export const said = (transcripts: readonly Transcript[]): string[] =>
  transcripts
    .filter(({ kind }) => kind !== 'partial')
    .map(({ kind, pause, text }) => (kind === 'draft' ? `draft ${pause}: ${text}` : `${kind}: ${text}`));

export const finalText = (transcripts: readonly Transcript[]): string | undefined =>
  transcripts.find(({ kind }) => kind === 'final')?.text;
