import type { Block, SpeechEvent, Transcriber, Transcript } from '../stages.js';
import { type SampleIndex, type Samples, toSamples } from '../units.js';
import { Channel, readUntil } from './channel.js';
import type { Ears, Extent, Hearing, Spoken } from './hearing.js';

/** Sound of one segment that is kept and recognised: the longest command (15 s) with its look-back. The rest is ignored. */
const LONGEST_SEGMENT: Samples = toSamples(20_000);
/** Transcripts that may wait for their reader; partials replace each other and do not add up. */
const UNREAD_TRANSCRIPTS = 64;

type Emit = (transcript: Omit<Transcript, 'segment' | 'engine'>) => void;

interface Draft {
  readonly pause: number;
  readonly lastSound: SampleIndex;
  readonly abort: AbortController;
  readonly spoken: Promise<Spoken>;
}

/** One segment: keeps the sound in one piece, and the drafts apart from each other. */
class Segment {
  readonly #hearing: Hearing;
  readonly #firstSound: SampleIndex;
  readonly #emit: Emit;
  readonly #fail: (error: unknown) => void;
  readonly #signal: AbortSignal;
  /** Position of the first sample heard. */
  #origin: SampleIndex | undefined;
  #heard: Samples = 0;
  #draft: Draft | undefined;

  constructor(ears: Ears, firstSound: SampleIndex, emit: Emit, fail: (error: unknown) => void, signal: AbortSignal) {
    this.#firstSound = firstSound;
    this.#emit = emit;
    this.#fail = fail;
    this.#signal = signal;
    this.#hearing = ears.begin({
      partial: (text) => {
        if (this.#draft === undefined) emit({ kind: 'partial', text, through: this.#through });
      },
      fail,
    });
  }

  audio({ from, samples }: Block): void {
    this.#origin ??= from;
    const missing = from - this.#through;
    // A gap is silence to a recogniser: what follows keeps its place in time.
    if (missing > 0) this.#hear(new Float32Array(Math.min(missing, LONGEST_SEGMENT - this.#heard)));
    this.#hear(missing < 0 ? samples.subarray(-missing) : samples);
  }

  pause(pause: number, lastSound: SampleIndex): void {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#signal]);
    const through = this.#through;
    const spoken = this.#hearing.draft(this.#extent(lastSound), signal);
    this.#draft = { pause, lastSound, abort, spoken };
    spoken.then(
      (said) => {
        if (!signal.aborted) this.#emit({ kind: 'draft', pause, ...said, through });
      },
      (error) => {
        if (!signal.aborted) this.#fail(error);
      },
    );
  }

  resume(at: SampleIndex): void {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    draft.abort.abort();
    this.#hearing.resume(Math.max(0, at - draft.lastSound));
  }

  /** After a pause the draft is the text: what followed it was silence. */
  async end(lastSound: SampleIndex): Promise<void> {
    const spoken = this.#draft?.spoken ?? this.#hearing.draft(this.#extent(lastSound), this.#signal);
    this.#emit({ kind: 'final', ...(await spoken), through: this.#through });
  }

  close(): void {
    this.#draft?.abort.abort();
    this.#hearing.close();
  }

  get #through(): SampleIndex {
    return (this.#origin ?? this.#firstSound) + this.#heard;
  }

  #hear(samples: Float32Array): void {
    const kept = samples.subarray(0, LONGEST_SEGMENT - this.#heard);
    if (kept.length === 0) return;
    this.#heard += kept.length;
    this.#hearing.hear(kept);
  }

  #extent(lastSound: SampleIndex): Extent {
    const origin = this.#origin ?? this.#firstSound;
    const within = (at: SampleIndex) => Math.min(this.#heard, Math.max(0, at - origin));
    return { first: within(this.#firstSound), last: within(lastSound) };
  }
}

/**
 * A transcriber out of a recogniser that hears segments.
 *
 * @param open waits until the recogniser is loaded; what it throws, and what a `Hearing` throws, ends the transcripts.
 */
export const transcribeWith = (engine: string, open: (signal: AbortSignal) => Promise<Ears>): Transcriber =>
  async function* transcribe(speech, signal) {
    signal.throwIfAborted();
    const out = new Channel<Transcript>(UNREAD_TRANSCRIPTS);
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const onAbort = () => out.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const hearing = hearAll(engine, speech, open, out, either).then(
      () => out.end(),
      (error) => out.fail(error),
    );
    try {
      yield* out.read();
    } finally {
      signal.removeEventListener('abort', onAbort);
      left.abort();
      await hearing;
    }
  };

const hearAll = async (
  engine: string,
  speech: AsyncIterable<SpeechEvent>,
  open: (signal: AbortSignal) => Promise<Ears>,
  out: Channel<Transcript>,
  signal: AbortSignal,
): Promise<void> => {
  const ears = await open(signal);
  let segment: Segment | undefined;
  const begin = (number: number, at: SampleIndex): Segment => {
    const emit: Emit = (transcript) =>
      out.push(
        { ...transcript, segment: number, engine },
        (last) => last.kind === 'partial' && last.segment === number,
      );
    return new Segment(ears, at, emit, (error) => out.fail(error), signal);
  };
  try {
    for await (const event of readUntil(speech, signal)) {
      switch (event.kind) {
        case 'started':
          segment?.close();
          segment = begin(event.segment, event.at);
          break;
        case 'audio':
          segment?.audio(event.block);
          break;
        case 'paused':
          segment?.pause(event.pause, event.lastSound);
          break;
        case 'resumed':
          segment?.resume(event.at);
          break;
        case 'ended':
          await segment?.end(event.lastSound);
          segment?.close();
          segment = undefined;
          break;
        case 'silence':
          break;
      }
    }
  } finally {
    segment?.close();
    ears.close();
  }
};
