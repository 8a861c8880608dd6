import { setMaxListeners } from 'node:events';
import type { Ears } from '../ears.js';
import { stripWakeWord } from '../phonetics/wake-word.js';
import type { Transcript } from '../stages.js';
import type { SampleIndex } from '../units.js';
import { findWordEnd, wordEndFrom } from '../wake/word-end.js';
import { soundOf } from './sound.js';

/**
 * What a recogniser makes of a whole utterance after its wake word, as fast as it can: its finals in one. Undefined
 * where the wake word was missed or no words were heard.
 */
export const finalOf = async (
  samples: Float32Array,
  ears: Ears,
  outer: AbortSignal,
): Promise<Transcript | undefined> => {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  setMaxListeners(0, signal);
  const from = (position: SampleIndex) => soundOf(samples.subarray(position));
  try {
    for await (const detection of ears.wake.detect(soundOf(samples), signal)) {
      const stretch = wordEndFrom(detection);
      const relative = { ...detection, at: detection.at - stretch };
      const end = stretch + (await findWordEnd(from(stretch), relative));
      const finals: Transcript[] = [];
      for await (const transcript of ears.transcribe(ears.endpoint(from(end), signal), signal)) {
        if (transcript.kind === 'final' && transcript.text !== '') finals.push(transcript);
      }
      return inOne(finals, detection.word);
    }
    return undefined;
  } finally {
    over.abort();
  }
};

/** All segments in one, as a turn that is reopened joins them. */
const inOne = (finals: readonly Transcript[], wakeWord: string): Transcript | undefined => {
  const last = finals.at(-1);
  if (!last) return undefined;
  const whole = (readings: readonly string[]): string => stripWakeWord(readings.join(' '), wakeWord);
  const { asCommand: _, ...rest } = last;
  const commands = finals.flatMap(({ asCommand }) => (asCommand === undefined ? [] : [asCommand]));
  return {
    ...rest,
    text: whole(finals.map(({ text }) => text)),
    ...(commands.length === finals.length && { asCommand: whole(commands) }),
  };
};
