/** Vosk: recognises while one speaks, so that the text is there a few milliseconds after a pause. */
import type { Log } from '../engines/carrier.js';
import { compiled } from '../engines/compiled.js';
import { type Host, openHost } from '../engines/host.js';
import { supervise } from '../engines/supervised.js';
import { type Milliseconds, type Samples, toSamples } from '../units.js';
import { type Ears, type Hearing, type HearingEvents, joined, type Spoken } from './hearing.js';
import type { Recognition } from './recognition.js';
import { concatenate, lengthOf } from './samples.js';
import { transcribeWith } from './segments.js';
import type { VoskInit } from './vosk.host.js';

export type { Recognition } from './recognition.js';

export interface VoskOptions {
  /** The folder of the model, with `am`, `conf` and `graph` in it. */
  readonly model: string;
  /** libvosk for this machine. */
  readonly library: string;
  /**
   * Sentences to be expected, `[unk]` among them. The same sound is then heard twice, and `Transcript.asCommand` is what
   * it is if it is such a sentence. Their pairs of neighbouring words are what counts, and how often each is among them.
   */
  readonly expect?: readonly string[];
  /** Recorded commands, 16 kHz: recognised once at loading, which makes the first real command several times cheaper. */
  readonly warmUp?: readonly Float32Array[];
  /** Of the library's linear algebra. Default 1. */
  readonly threads?: number;
  /** Load now rather than on first use. Default true. */
  readonly preload?: boolean;
  readonly log?: Log;
}

/**
 * Speech that goes on after less than this is recognised again from where the stretch began, since the pause may have
 * been within a word: of 100 commands cut at their quietest inner point, joined texts were right in 26, whole ones in 55.
 * After longer silences joining loses nothing (44 of 75 right against 43), and spares the work.
 */
const JOIN_AFTER: Samples = toSamples(300);
/** Sound is handed over in pieces of at least this, unless a text is wanted. */
const SMALLEST_PIECE: Samples = toSamples(20);
/** A recogniser that takes longer than this for a piece hangs. */
const TIMEOUT: Milliseconds = 10_000;
/** Reading some thousand sentences takes it seconds. */
const LEARNING: Milliseconds = 120_000;

export const openVosk = (options: VoskOptions): VoskRecognition => {
  const { expect, library, log, model, preload = true, threads = 1, warmUp = [] } = options;
  let expected = expect ?? [];
  const init = (): VoskInit => ({ library, model, warmUp, ...(expected.length > 0 && { expect: expected }) });
  const engine = supervise({
    name: 'vosk',
    preload,
    ...(log === undefined ? {} : { log }),
    open: () =>
      openHost({
        name: 'vosk',
        carrier: 'process',
        module: compiled(new URL('./vosk.host.js', import.meta.url)),
        init: init(),
        env: { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
        ...(log === undefined ? {} : { log }),
      }),
  });
  const listen = async (signal: AbortSignal): Promise<Ears> => {
    const lease = await engine.lease(signal);
    return { begin: (events) => new VoskHearing(lease.host, events), close: lease.release };
  };
  return {
    transcribe: transcribeWith('vosk', listen),
    engine,
    expect: async (phrases) => {
      expected = phrases;
      if (engine.state !== 'loaded') return;
      const lease = await engine.lease();
      try {
        await lease.host.call('expect', phrases, { timeout: LEARNING });
      } finally {
        lease.release();
      }
    },
    close: () => engine.close(),
  };
};

export interface VoskRecognition extends Recognition {
  /** Other sentences are expected from now on. Recognition goes on meanwhile, with the old ones. */
  expect(phrases: readonly string[]): Promise<void>;
}

/**
 * A segment is a row of stretches. Each is decoded on its own and its text stands for good; only the last can still
 * be decoded again.
 */
class VoskHearing implements Hearing {
  readonly #host: Host;
  readonly #events: HearingEvents;
  readonly #id: Promise<number>;
  /** Once it is known. */
  #opened: number | undefined;
  readonly #done: Promise<Spoken>[] = [];
  /** Sound of the last stretch; what of it follows a pause begins at `#pausedAt`. */
  #stretch: Float32Array[] = [];
  #pausedAt = 0;
  #unsent: Float32Array[] = [];
  #draft: Promise<Spoken> | undefined;
  #sending = false;
  #finishMade: Promise<void> = Promise.resolve();
  #closed = false;
  #lastPartial = '';

  constructor(host: Host, events: HearingEvents) {
    this.#host = host;
    this.#events = events;
    this.#id = host.call<number>('open', undefined, { timeout: TIMEOUT });
    this.#id.then(
      (id) => {
        this.#opened = id;
      },
      (error) => this.#failed(error),
    );
  }

  hear(samples: Float32Array): void {
    this.#stretch.push(samples);
    if (this.#draft !== undefined) return;
    this.#unsent.push(samples);
    void this.#send();
  }

  async draft(): Promise<Spoken> {
    const samples = concatenate(this.#unsent.splice(0));
    this.#pausedAt = this.#stretch.length;
    // Calls are served in the order in which they are made: a piece on its way comes first.
    const made = this.#id.then((id) => ({
      spoken: this.#host.call<Spoken>('finish', { id, samples }, { timeout: TIMEOUT }),
    }));
    this.#draft = made.then(({ spoken }) => spoken);
    // Sound that follows must not overtake it where the recogniser itself is still being opened.
    this.#finishMade = made.then(
      () => {},
      () => {},
    );
    const spoken = joined(await Promise.all([...this.#done, this.#draft]));
    return spoken.text !== '' && spoken.text === spoken.asCommand ? { ...spoken, agreed: true } : spoken;
  }

  resume(silence: Samples): void {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    if (silence >= JOIN_AFTER) {
      this.#done.push(draft);
      this.#stretch = this.#stretch.slice(this.#pausedAt);
    }
    draft.catch((error) => this.#failed(error));
    this.#unsent = [...this.#stretch];
    void this.#send();
  }

  close(): void {
    this.#closed = true;
    const release = (id: number) => this.#host.call('release', id, { timeout: TIMEOUT });
    // A host that is gone has released everything.
    // At once where it can be: the next speaker's request must come after it, to be given this recogniser.
    const released = this.#opened === undefined ? this.#id.then(release) : release(this.#opened);
    released.catch(() => {});
  }

  /** One piece is on its way at a time; what comes meanwhile is the next. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      const id = await this.#id;
      while (lengthOf(this.#unsent) >= SMALLEST_PIECE && !this.#closed) {
        await this.#finishMade;
        const samples = concatenate(this.#unsent.splice(0));
        const text = await this.#host.call<string>('accept', { id, samples }, { timeout: TIMEOUT });
        if (this.#draft !== undefined || this.#closed || text === '') continue;
        const { text: whole } = joined([...(await Promise.all(this.#done)), { text }]);
        this.#partial(whole);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#sending = false;
    }
  }

  #partial(text: string): void {
    if (text !== this.#lastPartial) this.#events.partial(text);
    this.#lastPartial = text;
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.#events.fail(error);
  }
}
