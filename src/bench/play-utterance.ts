import type { TurnResult } from '../assistant/turn.js';
import { feedRing } from '../audio/feed.js';
import { nullSpeaker } from '../audio/play.js';
import { createRing, ringCapacity } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import type { Assistant } from '../main.js';
import type { Speaker } from '../stages.js';
import type { Milliseconds, SampleIndex } from '../units.js';
import { soundOf } from './sound.js';

/** What came of an utterance that was played to the assistant. */
export interface Played {
  /** When a sample of the utterance was in the room. */
  readonly timeOf: (position: SampleIndex) => Milliseconds;
  /** When the program knew of the wake word; undefined where it was missed. */
  readonly woken: Milliseconds | undefined;
  readonly turn: TurnResult | undefined;
  /** The first sentence of the answer was rendered when it was wanted: a line of the cache, or one made ahead. */
  readonly cached: boolean;
}

export interface PlayRequest {
  readonly samples: Float32Array;
  /** End of the last word: before it nothing is cut short by the bench. */
  readonly lastSound: SampleIndex;
  /** How long after the first sound of an answer the turn is given up: nothing is measured after it. */
  readonly after: Milliseconds;
  readonly signal: AbortSignal;
  readonly onWake?: () => void;
}

/** Silence after the utterance in which a late wake word is still found. */
const SETTLE: Milliseconds = 1_000;

/**
 * Plays an utterance to the assistant in real time, as a microphone would have, through a loudspeaker that takes as
 * long as a real one, until its first turn is over or has told all that is measured. A follow-up is not waited for.
 */
export const playUtterance = async (assistant: Assistant, request: PlayRequest): Promise<Played> => {
  const { samples, lastSound, after } = request;
  const clock = systemClock;
  const over = new AbortController();
  const signal = AbortSignal.any([request.signal, over.signal]);
  const ring = createRing({ capacity: ringCapacity(assistant.options.endpoint.max_command) });
  const { voice } = assistant.speaking;
  const resume = voice.hold();
  const feed = feedRing(soundOf(samples), ring, { paced: true, clock, signal });
  feed.stopped.catch(() => over.abort());
  const { timeOf } = feed.capture;
  const earlier = voice.stats().fresh;
  let woken: Milliseconds | undefined;
  let turn: TurnResult | undefined;
  let cached = false;
  const speaker = endingSoon(nullSpeaker({ paced: true, clock }), {
    answered: () => {
      cached = voice.stats().fresh === earlier;
      const left = Math.max(after, timeOf(lastSound) + after - clock.now());
      return clock.sleep(left, signal);
    },
    end: () => over.abort(),
  });
  try {
    const session = assistant.converse({ ring, timeOf }, speaker, signal, {
      onWake: () => {
        if (woken !== undefined) return;
        woken = clock.now();
        request.onWake?.();
      },
      onTurn: (result) => {
        turn ??= result;
        over.abort();
      },
    });
    const missed = async (): Promise<void> => {
      await clock.sleep(timeOf(lastSound) + SETTLE - clock.now(), signal);
      if (woken === undefined) over.abort();
    };
    await Promise.all([session, missed().catch(() => {})]);
    request.signal.throwIfAborted();
    return { timeOf, woken, turn, cached };
  } finally {
    over.abort();
    resume();
    ring.close();
  }
};

interface Ending {
  /** Resolves when enough has been heard of an answer whose first sound comes now. */
  readonly answered: () => Promise<void>;
  readonly end: () => void;
}

/** Cuts the last answer short. One that was itself cut short, by speech that went on, is not the last. */
const endingSoon =
  (speaker: Speaker, { answered, end }: Ending): Speaker =>
  (audio, run) =>
    speaker(audio, {
      signal: run.signal,
      committed: run.committed,
      mark: (name, at) => {
        run.mark(name, at);
        if (name !== 'firstAudio') return;
        answered().then(
          () => {
            if (!run.signal.aborted) end();
          },
          () => {},
        );
      },
    });
