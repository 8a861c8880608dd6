import { type Clock, systemClock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Detection, WakeDetector } from '../stages.js';
import { type Milliseconds, toSamples } from '../units.js';
import { createChannel } from './channel.js';
import { occurrences } from './occurrences.js';
import type { Log } from './services.js';
import { type Feed, soundFeeds } from './sound-feeds.js';

export interface WakeFallbackOptions {
  readonly elsewhere: WakeDetector;
  /** Asked only while the one elsewhere does not listen. */
  readonly local: WakeDetector;
  /** Resolves when the one elsewhere may be tried again: the client's `ready`. */
  readonly ready: (signal: AbortSignal) => Promise<unknown>;
  /** How long after a detection nothing is one. */
  readonly refractory: Milliseconds;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Two that listen at once tell the same word at moments that differ by up to this. */
const SAME_WORD: Milliseconds = 1_500;
/** Detections that nobody has taken yet. */
const UNREAD = 16;
/** Between attempts at a service that is there but fails; twice as long after each failure. */
const PAUSE = { first: 500, longest: 30_000 };
/** Who has listened for so long has not failed at once. */
const PROVEN: Milliseconds = 60_000;

/**
 * A wake word is heard elsewhere, and here while that fails: our own takes over with the last two seconds of sound, and
 * listens on until the other has listened for as long again. A word that both hear is told once. Fails with our own.
 */
export const wakeWithFallback = (options: WakeFallbackOptions): WakeDetector =>
  async function* detect(microphone, signal): AsyncGenerator<Detection, undefined> {
    signal.throwIfAborted();
    const { elsewhere, local, ready, refractory, log, clock = systemClock } = options;
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    const found = createChannel<Detection>(UNREAD);
    const isNew = occurrences(toSamples(Math.max(refractory, SAME_WORD)));
    const feeds = soundFeeds(microphone);
    /** Aborted at the end of the sound too. */
    const ended = new AbortController();
    const silent = AbortSignal.any([over, ended.signal]);
    let standIn: { readonly feed: Feed; readonly done: Promise<void> } | undefined;

    const listen = async (detector: WakeDetector, feed: Feed): Promise<void> => {
      try {
        for await (const detection of detector(feed.audio, over)) if (isNew(detection)) await found.push(detection);
      } finally {
        feed.close();
      }
    };

    const takeOver = (): void => {
      if (standIn !== undefined) return;
      const feed = feeds.open({ past: true });
      const done = listen(local, feed).catch((error: unknown) => found.fail(error));
      standIn = { feed, done };
    };

    const handBack = (): void => {
      standIn?.feed.close();
      standIn = undefined;
    };

    const keepListening = async (): Promise<void> => {
      let pause: Milliseconds = PAUSE.first;
      while (!feeds.ended) {
        const began = clock.now();
        try {
          await listen(elsewhere, feeds.open({ past: false, settled: handBack }));
          // Some have done their work with a detection.
          pause = PAUSE.first;
        } catch (error) {
          if (over.aborted || !(error instanceof Fault)) throw error;
          if (!standIn) log.warn({ stage: 'wake', error: messageOf(error) }, 'Our own ears listen for the wake word');
          if (clock.now() - began >= PROVEN) pause = PAUSE.first;
        }
        if (feeds.ended && standIn === undefined) return;
        takeOver();
        if (feeds.ended) break;
        try {
          await clock.sleep(pause, silent);
          pause = Math.min(PAUSE.longest, pause * 2);
          await ready(silent);
        } catch (error) {
          if (!feeds.ended) throw error;
        }
      }
      await standIn?.done;
    };

    const pumping = feeds.pump().finally(() => ended.abort());
    Promise.all([pumping, keepListening()]).then(
      () => found.end(),
      (error: unknown) => found.fail(error),
    );
    const onAbort = (): void => found.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      yield* found;
      return undefined;
    } finally {
      signal.removeEventListener('abort', onAbort);
      left.abort();
      feeds.close();
    }
  };
