import { nullSpeaker } from '../audio/play.js';
import { systemClock } from '../clock.js';
import type { Run, Say } from '../stages.js';
import type { Voice } from '../tts/voice.js';
import type { Milliseconds } from '../units.js';

const SUBJECTS = ['old clock', 'tall gardener', 'grey heron', 'last train', 'young baker', 'quiet river'];
const VERBS = ['waits', 'sleeps', 'sings', 'lingers', 'wanders', 'rests'];
const PLACES = ['crooked wooden bridge', 'narrow stone tower', 'empty market square', 'silent northern harbour'];

/** A sentence of twelve words that no persona says. Thirty-six subjects and verbs by four places: 144 different ones. */
export const sentenceOfTwelve = (index: number): string => {
  const subject = SUBJECTS[index % 6]!;
  const verb = VERBS[Math.floor(index / 6) % 6]!;
  const place = PLACES[index % 4]!;
  return `The ${subject} ${verb} beside the ${place} every cold morning.`;
};

export interface SpokenOnce {
  /** From the text's being there to its first sound at the loudspeaker. */
  readonly fresh: Milliseconds;
  /** The same again. Undefined where it was rendered again: the cache is off, or too small. */
  readonly cached: Milliseconds | undefined;
}

/** Says a sentence twice; undefined where it was in the cache before. */
export const measureSynthesis = async (
  voice: Voice,
  text: string,
  signal: AbortSignal,
): Promise<SpokenOnce | undefined> => {
  const before = voice.stats().fresh;
  const fresh = await timeToFirstSound(voice, text, signal);
  if (fresh === undefined || voice.stats().fresh === before) return undefined;
  const again = await timeToFirstSound(voice, text, signal);
  return { fresh, cached: voice.stats().fresh === before + 1 ? again : undefined };
};

const timeToFirstSound = async (voice: Voice, text: string, signal: AbortSignal): Promise<Milliseconds | undefined> => {
  const begin = performance.now();
  let first: Milliseconds | undefined;
  const run: Run = {
    signal: AbortSignal.any([signal]),
    committed: Promise.resolve(),
    mark: (name) => {
      if (name === 'firstAudio') first ??= performance.now() - begin;
    },
  };
  // Unpaced, but heard to its end: what was cut short is not kept.
  await nullSpeaker({ paced: false, clock: systemClock })(voice.synthesize(only({ text, kind: 'talk' }), run), run);
  return first;
};

async function* only(say: Say): AsyncGenerator<Say> {
  yield say;
}
