import { join } from 'node:path';
import { type Clock, systemClock } from './clock.js';
import { serviceEars } from './elsewhere/service-ears.js';
import type { Service } from './elsewhere/services.js';
import type { Log } from './log.js';
import type { Model } from './models/store.js';
import type { Options } from './options/schema.js';
import type { Transcriber } from './stages.js';
import { both } from './stt/both.js';
import { withFallback } from './stt/fallback.js';
import { openMoonshine } from './stt/moonshine.js';
import { normalise } from './stt/normalise.js';
import type { Recognition as Engine } from './stt/recognition.js';
import { transcribeWith } from './stt/segments.js';
import { openVosk } from './stt/vosk.js';
import type { Bytes } from './units.js';

export interface Recognition {
  readonly transcribe: Transcriber;
  /** Other sentences of the home are expected from now on. */
  expect(phrases: readonly string[]): Promise<void>;
  memory(): Promise<Bytes>;
  close(): Promise<void>;
}

export interface RecognitionRequest {
  readonly options: Options;
  readonly models: ReadonlyMap<string, Model>;
  /** Speech that a recogniser hears once at its start. */
  readonly warmUp: readonly Float32Array[];
  /** Sentences of the home. */
  readonly expect: readonly string[];
  readonly log: Log;
  readonly clock?: Clock;
  /** A service that recognises instead; ours stands behind it. */
  readonly elsewhere?: Service;
}

/**
 * The recogniser that the options name, with the other one behind it: if it fails in the middle of a sentence, the
 * other hears the same sentence. What only stands behind is loaded when it is needed.
 */
export const openRecognition = async ({
  options,
  models,
  warmUp,
  expect,
  log,
  clock = systemClock,
  elsewhere,
}: RecognitionRequest): Promise<Recognition> => {
  const { engine } = options.stt;
  const engines = {
    vosk: openVosk({
      model: models.get('vosk-small-en-us')!.folder,
      library: models.get('libvosk')!.path('libvosk.so'),
      threads: options.threads,
      preload: options.preload && engine !== 'moonshine',
      warmUp,
      expect,
      log,
    }),
    moonshine: openMoonshine({
      model: models.get('moonshine-tiny-en')!.folder,
      cacheFolder: join(options.folders.data, 'graphs'),
      threads: options.threads,
      preload: options.preload && engine !== 'vosk',
      log,
    }),
  };
  const { vosk, moonshine } = engines;
  const ours =
    engine === 'both'
      ? both(vosk.transcribe, moonshine.transcribe, log)
      : engine === 'vosk'
        ? withFallback(vosk.transcribe, moonshine.transcribe, log)
        : withFallback(moonshine.transcribe, vosk.transcribe, log);
  const transcribe = elsewhere
    ? withFallback(
        transcribeWith(`wyoming ${elsewhere.address.place}`, serviceEars({ service: elsewhere, normalise, clock })),
        ours,
        log,
      )
    : ours;
  const close = async (): Promise<void> => {
    await Promise.all([vosk.close(), moonshine.close()]);
  };
  try {
    if (options.preload) await Promise.all((engine === 'both' ? [vosk, moonshine] : [engines[engine]]).map(loaded));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    transcribe,
    expect: vosk.expect,
    memory: async () => (await vosk.engine.memory()) + (await moonshine.engine.memory()),
    close,
  };
};

/** A model that cannot be loaded should be heard of at the start. */
const loaded = async ({ engine }: Engine): Promise<void> => {
  (await engine.lease()).release();
};
