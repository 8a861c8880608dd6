import { feedRing } from '../audio/feed.js';
import { createRing } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import type { Ears } from '../ears.js';
import type { SpeechEvent } from '../stages.js';
import { type Milliseconds, toMilliseconds } from '../units.js';
import { readSound, soundOf } from './sound.js';
import type { Utterance } from './spoken-set.js';

/** A command of about three seconds: a recogniser that hears it whole at its end takes longer for a longer one. */
const LENGTH = { least: 2_500, most: 3_500 } as const;

export const ofThreeSeconds = (utterances: readonly Utterance[]): readonly Utterance[] =>
  utterances.filter(({ wakeEnd, lastSound }) => {
    const length = toMilliseconds(lastSound - wakeEnd);
    return length >= LENGTH.least && length <= LENGTH.most;
  });

/**
 * From the detector's saying that speech has paused to the draft, for the last pause of an utterance that is fed in
 * real time from the end of its wake word on. Undefined where there was none.
 */
export const measureDraft = async (
  utterance: Utterance,
  { endpoint, transcribe }: Pick<Ears, 'endpoint' | 'transcribe'>,
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
    const samples = (await readSound(utterance.file, signal)).subarray(utterance.wakeEnd);
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
