import { feedRing } from '../audio/feed.js';
import { createRing } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import { stripWakeWord } from '../phonetics/wake-word.js';
import type { Endpointer, Transcriber } from '../stages.js';
import { readSound, soundOf } from './sound.js';
import type { Utterance } from './spoken-set.js';

/** What a recogniser makes of a whole utterance, without the wake word: the text of its finals. Not in real time. */
export const textOf = async (
  utterance: Utterance,
  { endpoint, transcribe, wakeWord }: { endpoint: Endpointer; transcribe: Transcriber; wakeWord: string },
  outer: AbortSignal,
): Promise<string> => {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  try {
    const ring = createRing();
    const listener = ring.read({ from: 0, signal });
    const samples = await readSound(utterance.file, signal);
    const feed = feedRing(soundOf(samples), ring, { paced: false, clock: systemClock, signal, tail: 0 });
    const fed = feed.stopped.finally(() => ring.close());
    const texts: string[] = [];
    for await (const { kind, text } of transcribe(endpoint(listener, signal), signal)) {
      if (kind === 'final' && text !== '') texts.push(text);
    }
    await fed;
    return stripWakeWord(texts.join(' '), wakeWord);
  } finally {
    over.abort();
  }
};
