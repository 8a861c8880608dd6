import { type Ears, openEars } from '../ears.js';
import type { Log } from '../log.js';
import { hearingModels } from '../model-needs.js';
import type { Model } from '../models/store.js';
import type { Options } from '../options/schema.js';

export const ENGINES = ['vosk', 'moonshine', 'both'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface EarsRequest {
  readonly options: Options;
  readonly fetch: (ids: readonly string[]) => Promise<ReadonlyMap<string, Model>>;
  /** Sentences of the home. */
  readonly expect: readonly string[];
  readonly log: Log;
}

/** Ears as the program opens them, with a recogniser that need not be the one of the options. */
export const openEarsWith = async (engine: EngineName, request: EarsRequest): Promise<Ears> => {
  const { log, expect, fetch } = request;
  const options: Options = { ...request.options, stt: { ...request.options.stt, engine } };
  return openEars({ options, models: await fetch(hearingModels(options)), log }, expect);
};
