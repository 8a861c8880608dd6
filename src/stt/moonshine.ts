/** Moonshine tiny: recognises a whole stretch at once, from its beginning each time. */
import type { Log } from '../engines/carrier.js';
import { compiled } from '../engines/compiled.js';
import { type Host, openHost } from '../engines/host.js';
import { supervise } from '../engines/supervised.js';
import { type Milliseconds, type Samples, toSamples } from '../units.js';
import { type Ears, type Extent, type Hearing, type HearingEvents, joined, type Spoken } from './hearing.js';
import type { MoonshineFiles, MoonshineText } from './moonshine-model.js';
import { normalise } from './normalise.js';
import { pieces } from './pieces.js';
import type { Recognition } from './recognition.js';
import { concatenate } from './samples.js';
import { transcribeWith } from './segments.js';

export interface MoonshineOptions {
  /** The folder with `encoder_model.onnx` and `decoder_model_merged.onnx`. */
  readonly model: string;
  /** Where the decoder in two graphs is kept (37 MB). Made anew where it cannot be written. */
  readonly cacheFolder: string;
  /** Default 1. */
  readonly threads?: number;
  /** Load now rather than on first use. Default true. */
  readonly preload?: boolean;
  readonly log?: Log;
}

/** New sound that makes another partial worth its work. */
const PARTIAL_EVERY: Samples = toSamples(500);
/**
 * Below this nothing was said. Noise came to 0.02–0.40, commands that were heard wrong to 0.59 and more.
 * The model must say something, since the end is forbidden as its first token.
 */
const DOUBTFUL = 0.45;
const TIMEOUT: Milliseconds = 10_000;

export const openMoonshine = (options: MoonshineOptions): Recognition => {
  const { cacheFolder, log, model, preload = true, threads = 1 } = options;
  const logged = log === undefined ? {} : { log };
  const engine = supervise({
    name: 'moonshine',
    preload,
    ...logged,
    open: () =>
      openHost({
        name: 'moonshine',
        carrier: 'worker',
        module: compiled(new URL('./moonshine.host.js', import.meta.url)),
        init: { model, cacheFolder, threads } satisfies MoonshineFiles,
        ...logged,
      }),
  });
  const listen = async (signal: AbortSignal): Promise<Ears> => {
    const lease = await engine.lease(signal);
    return { begin: (events) => new MoonshineHearing(lease.host, events), close: lease.release };
  };
  return { transcribe: transcribeWith('moonshine', listen), engine, close: () => engine.close() };
};

class MoonshineHearing implements Hearing {
  readonly #host: Host;
  readonly #events: HearingEvents;
  readonly #sound: Float32Array[] = [];
  #heard: Samples = 0;
  #atLastPartial: Samples = 0;
  #partial: AbortController | undefined;
  #drafting = false;

  constructor(host: Host, events: HearingEvents) {
    this.#host = host;
    this.#events = events;
  }

  hear(samples: Float32Array): void {
    this.#sound.push(samples);
    this.#heard += samples.length;
    if (this.#partial === undefined) void this.#sayPartials();
  }

  async draft(extent: Extent, signal: AbortSignal): Promise<Spoken> {
    this.#drafting = true;
    this.#partial?.abort();
    return this.#transcribe(extent, signal);
  }

  resume(): void {
    this.#drafting = false;
  }

  close(): void {
    this.#drafting = true;
    this.#partial?.abort();
  }

  /** One after the other, as long as there is new sound and no better use of the model. */
  async #sayPartials(): Promise<void> {
    const abort = new AbortController();
    this.#partial = abort;
    try {
      while (!this.#drafting && this.#heard - this.#atLastPartial >= PARTIAL_EVERY) {
        this.#atLastPartial = this.#heard;
        const { text } = await this.#transcribe({ first: 0, last: this.#heard }, abort.signal);
        if (!this.#drafting && text !== '') this.#events.partial(text);
      }
    } catch (error) {
      if (!abort.signal.aborted) this.#events.fail(error);
    } finally {
      this.#partial = undefined;
    }
  }

  async #transcribe(extent: Extent, signal: AbortSignal): Promise<Spoken> {
    const said: Spoken[] = [];
    for (const piece of pieces(concatenate(this.#sound), extent)) {
      const heard = await this.#host.call<MoonshineText>('transcribe', piece, { signal, timeout: TIMEOUT });
      if (heard.confidence >= DOUBTFUL) said.push({ ...heard, text: normalise(heard.text) });
    }
    return joined(said);
  }
}
