import { setImmediate as eventLoop } from 'node:timers/promises';
import { fromInt16, toInt16 } from '../audio/pcm.js';
import { type Clock, systemClock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Audio, Block, Run, Say, Synthesizer } from '../stages.js';
import { type Bytes, type Hertz, type Milliseconds, type SampleIndex, toSamples } from '../units.js';
import { type Rendering, renderings } from './renderings.js';
import type { Log, Service } from './services.js';
import { spokenSentence } from './spoken-sentence.js';

/** A voice, as those of our own are. */
export interface Voice {
  readonly rate: Hertz;
  readonly synthesize: Synthesizer;
  prepare(say: Say, signal: AbortSignal): Promise<void>;
  prefill(lines: readonly (string | Pick<Say, 'text' | 'plain'>)[], signal: AbortSignal): Promise<void>;
  hold(): () => void;
  stats(): { readonly memory: number; readonly disk: number; readonly fresh: number };
}

export interface VoiceOptions {
  readonly service: Service;
  /** Speaks where the service does not. Its rate is the rate of all: whatever comes from elsewhere is brought to it. */
  readonly behind: Voice;
  /** A text as a voice can read it, sentence by sentence. */
  readonly sentences: (text: string) => readonly string[];
  /** The effects, which every sentence gets that is not plain. */
  readonly disguise: (voice: Audio, signal: AbortSignal) => Audio;
  readonly log: Log;
  readonly clock?: Clock;
  /** To the first sound of a sentence, and from each piece of it to the next. */
  readonly within?: Milliseconds;
}

const WITHIN: Milliseconds = 3_000;
/** Three minutes of rendered sentences. */
const KEPT: Bytes = 8 * 1024 * 1024;
const BLOCK: Milliseconds = 20;
/** Between sentences; as with our own voice. */
const PAUSE: Milliseconds = 280;
/** What is left of an echo below this (−66 dB) is not worth waiting for. */
const FAINT = 16;

interface Utterance {
  readonly sentence: string;
  readonly say: Say;
}

interface Started {
  readonly utterance: Utterance;
  readonly rendering: Rendering | undefined;
  /** Why there is none. */
  readonly error?: unknown;
}

/**
 * The voice of a Wyoming service behind our effects. Sentence by sentence, the next one on its way while the first is heard;
 * what is said twice, or was prepared, comes from memory. Where the service fails, `behind` speaks the rest of the reply, from
 * the first sentence on of which nothing was heard.
 */
export const voiceElsewhere = (options: VoiceOptions): Voice => {
  const { service, behind, sentences, disguise, log, clock = systemClock, within = WITHIN } = options;
  const { rate } = behind;
  const sounds = renderings(KEPT);
  const counts = { memory: 0, disk: 0, fresh: 0 };

  const order = ({ sentence, say }: Utterance): Rendering => {
    const plain = say.plain === true;
    return sounds.take(`${plain}\0${sentence}`, (signal) => {
      const voice = spokenSentence(sentence, { service, rate, within, clock }, signal);
      return inChunks(plain ? voice : disguise(voice, signal));
    });
  };

  const utterancesOf = (say: Say): Utterance[] => sentences(say.text).map((sentence) => ({ sentence, say }));

  const start = (utterance: Utterance): Started => {
    try {
      return { utterance, rendering: order(utterance) };
    } catch (error) {
      return { utterance, rendering: undefined, error };
    }
  };

  async function* blocks(says: AsyncIterable<Say>, run: Run): AsyncGenerator<Block, undefined> {
    const left = new AbortController();
    const signal = AbortSignal.any([run.signal, left.signal]);
    const upcoming = utterances(says, utterancesOf, signal);
    let failed = false;
    const pull = (): Promise<Started | undefined> => {
      const pulled = upcoming.next().then(({ value }) => {
        if (value === undefined) return undefined;
        return failed ? { utterance: value, rendering: undefined } : start(value);
      });
      // It may fail while the sentence before is still being heard; who waits for it is told.
      pulled.catch(() => {});
      return pulled;
    };
    let position: SampleIndex = 0;
    const place = (samples: Float32Array): Block => {
      const block = { samples, from: position };
      position += samples.length;
      return block;
    };
    function* pause(): Generator<Block> {
      if (position === 0) return;
      for (const samples of slices(new Float32Array(toSamples(PAUSE, rate)), rate)) yield place(samples);
    }
    // Not before there is sound of the sentence before it: two at once would each take twice the time.
    let next: Promise<Started | undefined> | undefined = pull();
    try {
      for (;;) {
        const now: Started | undefined = await next;
        if (now === undefined) return undefined;
        next = undefined;
        let heard = false;
        try {
          if (now.rendering === undefined) throw now.error;
          counts[now.rendering.ready ? 'memory' : 'fresh'] += 1;
          for await (const chunk of now.rendering.read(signal)) {
            next ??= pull();
            if (!heard) yield* pause();
            heard = true;
            for (const samples of slices(fromInt16(chunk), rate)) {
              signal.throwIfAborted();
              run.mark('firstSynthesized');
              yield place(samples);
            }
          }
          next ??= pull();
          // Sentences from memory come without a wait: timers and sockets must not starve meanwhile.
          await eventLoop();
        } catch (error) {
          if (signal.aborted || !(error instanceof Fault)) throw error;
          failed = true;
          log.warn({ stage: 'voice', error: messageOf(error) }, 'Our own voice speaks on');
          const rest = following(heard ? undefined : now.utterance, next ?? pull(), pull);
          const own: Run = { signal, committed: run.committed, mark: (name, at) => run.mark(name, at) };
          let begun = false;
          for await (const { samples } of behind.synthesize(rest, own)) {
            if (!begun) yield* pause();
            begun = true;
            yield place(samples);
          }
          return undefined;
        } finally {
          now.rendering?.release();
        }
      }
    } finally {
      left.abort();
      void next?.then(
        (last) => last?.rendering?.release(),
        () => {},
      );
    }
  }

  return {
    rate,
    synthesize: (says, run) => ({ rate, [Symbol.asyncIterator]: () => blocks(says, run) }),
    async prepare(say, signal) {
      for (const utterance of utterancesOf(say)) {
        signal.throwIfAborted();
        try {
          const rendering = order(utterance);
          try {
            for await (const _ of rendering.read(signal));
          } finally {
            rendering.release();
          }
        } catch (error) {
          if (signal.aborted || !(error instanceof Fault)) throw error;
          return behind.prepare(say, signal);
        }
      }
    },
    // What is fetched ahead would be kept for as long as the service has the same voice, which nobody knows.
    prefill: async () => {},
    hold: () => () => {},
    stats: () => ({ ...counts }),
  };
};

async function* utterances(
  says: AsyncIterable<Say>,
  of: (say: Say) => readonly Utterance[],
  signal: AbortSignal,
): AsyncGenerator<Utterance, undefined> {
  const source = says[Symbol.asyncIterator]();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await Promise.race([source.next(), aborted]);
      if (done) return undefined;
      yield* of(value);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: a source that is itself waiting answers only when that ends.
    void Promise.resolve(source.return?.()).catch(() => {});
  }
}

/** What is still to be said, from a sentence on. */
async function* following(
  first: Utterance | undefined,
  next: Promise<Started | undefined>,
  pull: () => Promise<Started | undefined>,
): AsyncGenerator<Say, undefined> {
  if (first !== undefined) yield { ...first.say, text: first.sentence };
  for (let one = await next; one !== undefined; one = await pull()) {
    one.rendering?.release();
    yield { ...one.utterance.say, text: one.utterance.sentence };
  }
  return undefined;
}

/** In 16 bit, without the silence after the last sound. */
async function* inChunks(voice: Audio): AsyncGenerator<Int16Array> {
  let silent: Int16Array[] = [];
  for await (const { samples } of voice) {
    const chunk = toInt16(samples);
    const loud = chunk.findLastIndex((sample) => Math.abs(sample) > FAINT) + 1;
    if (loud === 0) {
      silent.push(chunk);
      continue;
    }
    yield* silent;
    yield chunk.subarray(0, loud);
    silent = loud < chunk.length ? [chunk.subarray(loud)] : [];
  }
}

function* slices(samples: Float32Array, rate: Hertz): Generator<Float32Array> {
  const length = Math.floor((BLOCK * rate) / 1000);
  for (let from = 0; from < samples.length; from += length) yield samples.subarray(from, from + length);
}
