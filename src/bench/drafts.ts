import { feedRing } from '../audio/feed.js';
import { createRing } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import type { Endpointer, SpeechEvent, Transcriber } from '../stages.js';
import { type Milliseconds, toMilliseconds } from '../units.js';
import { readSound, soundOf } from './sound.js';
import type { Utterance } from './spoken-set.js';

/** A command of about three seconds: longer ones take a recogniser longer that hears them whole. */
const LENGTH = { least: 2_400, most: 3_600 } as const;

/** Those of about 3 s from the beginning of the wake word, which the recogniser hears too. */
export const ofThreeSeconds = (utterances: readonly Utterance[], lead: Milliseconds): readonly Utterance[] =>
  utterances.filter(({ lastSound }) => {
    const length = toMilliseconds(lastSound) - lead;
    return length >= LENGTH.least && length <= LENGTH.most;
  });

/**
 * From the detector's saying that speech has paused to the draft, for the last pause of an utterance that is fed in
 * real time. Undefined where there was none.
 */
export const measureDraft = async (
  utterance: Utterance,
  endpoint: Endpointer,
  transcribe: Transcriber,
  outer: AbortSignal,
): Promise<Milliseconds | undefined> => {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const ring = createRing();
  const pauses = new Map<string, Milliseconds>();
  let last: Milliseconds | undefined;

  async function* events(): AsyncGenerator<SpeechEvent> {
    for await (const event of endpoint(ring.read({ from: 0, signal }), signal)) {
      if (event.kind === 'paused') pauses.set(`${event.segment}.${event.pause}`, performance.now());
      yield event;
    }
  }

  try {
    const samples = await readSound(utterance.file, signal);
    const feed = feedRing(soundOf(samples), ring, { paced: true, clock: systemClock, signal, tail: 0 });
    const fed = feed.stopped.finally(() => ring.close());
    for await (const { kind, segment, pause } of transcribe(events(), signal)) {
      if (kind === 'final') break;
      const since = kind === 'draft' ? pauses.get(`${segment}.${pause}`) : undefined;
      if (since !== undefined) last = performance.now() - since;
    }
    over.abort();
    await fed;
    return last;
  } finally {
    over.abort();
  }
};
