import { setImmediate as eventLoop } from 'node:timers/promises';
import { fromInt16 } from '../audio/pcm.js';
import type { Audio, Block, Run, Say } from '../stages.js';
import { toSpeak } from '../text/to-speak.js';
import { type Hertz, type Milliseconds, toSamples } from '../units.js';
import { abortable } from './abortable.js';
import type { Ticket } from './render-queue.js';

export interface Utterance {
  readonly sentence: string;
  readonly plain: boolean;
}

/** Starts the rendering of a sentence, or finds it in a cache. */
export type Start = (utterance: Utterance, signal: AbortSignal) => Promise<Ticket>;

const BLOCK: Milliseconds = 20;
/** Between sentences, in addition to the ~40 ms that stay at their ends. */
const PAUSE: Milliseconds = 280;
/** After a clause whose sentence goes on in the next say; the effects' tail is a pause already. */
const CLAUSE_PAUSE: Milliseconds = 15;
const CLAUSE_END = /[,;:–—]["'”)]*$/;

/**
 * Says as sound, in their order. While one sentence is read, the next one is rendered; nothing further ahead. Says
 * without a word in them are silence and leave none.
 */
export const speech = (says: AsyncIterable<Say>, language: string, run: Run, start: Start, rate: Hertz): Audio => ({
  rate,
  [Symbol.asyncIterator]: () => blocks((signal) => utterances(says, language, signal), run, start, rate),
});

interface Started extends Ticket {
  /** Before what comes next. */
  readonly pause: Milliseconds;
}

async function* blocks(
  read: (signal: AbortSignal) => AsyncGenerator<Utterance, undefined>,
  run: Run,
  start: Start,
  rate: Hertz,
): AsyncGenerator<Block> {
  const left = new AbortController();
  const signal = AbortSignal.any([run.signal, left.signal]);
  const upcoming = read(signal);
  const startNext = (): Promise<Started | undefined> => {
    const started = upcoming.next().then(async ({ value }): Promise<Started | undefined> => {
      if (value === undefined) return undefined;
      return { ...(await start(value, signal)), pause: CLAUSE_END.test(value.sentence) ? CLAUSE_PAUSE : PAUSE };
    });
    // It may fail while the sentence before is still being read; who waits for it is told.
    started.catch(() => {});
    return started;
  };
  let position = 0;
  let pause: Milliseconds = 0;
  let next = startNext();
  try {
    for (;;) {
      const ticket = await abortable(next, signal);
      if (ticket === undefined) return;
      next = startNext();
      try {
        if (position > 0) {
          // Cached sentences come without a wait: timers and sockets must not starve meanwhile.
          await eventLoop();
          for (const samples of slices(new Float32Array(toSamples(pause, rate)), rate)) {
            yield { samples, from: position };
            position += samples.length;
          }
        }
        pause = ticket.pause;
        for await (const chunk of ticket.rendering.read(signal)) {
          for (const samples of slices(fromInt16(chunk), rate)) {
            signal.throwIfAborted();
            run.mark('firstSynthesized');
            yield { samples, from: position };
            position += samples.length;
          }
        }
      } finally {
        ticket.release();
      }
    }
  } finally {
    left.abort();
    void next.then(
      (ticket) => ticket?.release(),
      () => {},
    );
  }
}

async function* utterances(
  says: AsyncIterable<Say>,
  language: string,
  signal: AbortSignal,
): AsyncGenerator<Utterance, undefined> {
  const source = says[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(source.next(), signal);
      if (done) return undefined;
      for (const sentence of toSpeak(value.text, language)) yield { sentence, plain: value.plain === true };
    }
  } finally {
    // Not waited for: a source that is itself waiting answers only when that ends.
    void Promise.resolve(source.return?.()).catch(() => {});
  }
}

function* slices(samples: Float32Array, rate: Hertz): Generator<Float32Array> {
  const length = Math.floor((BLOCK * rate) / 1000);
  for (let from = 0; from < samples.length; from += length) yield samples.subarray(from, from + length);
}
