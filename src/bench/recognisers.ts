import { join } from 'node:path';
import type { Log } from '../log.js';
import { modelsFor } from '../model-needs.js';
import type { Catalogue } from '../models/catalogue.js';
import type { Model } from '../models/store.js';
import type { Options } from '../options/schema.js';
import { shipped } from '../package.js';
import { openRecognition } from '../recognition.js';
import type { Transcriber } from '../stages.js';
import { both } from '../stt/both.js';
import { openMoonshine } from '../stt/moonshine.js';
import type { Recognition } from '../stt/recognition.js';
import { readSound } from './sound.js';

export const ENGINES = ['vosk', 'moonshine', 'both'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface Recogniser {
  readonly transcribe: Transcriber;
  close(): Promise<void>;
}

export interface RecogniserRequest {
  readonly options: Options;
  readonly catalogue: Catalogue;
  readonly fetch: (ids: readonly string[]) => Promise<ReadonlyMap<string, Model>>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A recogniser that need not be the one of the options, loaded. */
export const openRecogniser = async (engine: EngineName, request: RecogniserRequest): Promise<Recogniser> => {
  const options: Options = { ...request.options, stt: { ...request.options.stt, engine } };
  const models = await request.fetch(modelsFor(options, request.catalogue));
  const opened: Recognition[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
  };
  try {
    if (engine !== 'moonshine') opened.push(await openVosk(options, models, request));
    if (engine !== 'vosk') opened.push(openMoonshine(moonshineOptions(options, models, request.log)));
    for (const one of opened) (await one.engine.lease(request.signal)).release();
  } catch (error) {
    await close();
    throw error;
  }
  const [first, second] = opened;
  return {
    transcribe: second ? both(first!.transcribe, second.transcribe, request.log) : first!.transcribe,
    close,
  };
};

const openVosk = async (
  options: Options,
  models: ReadonlyMap<string, Model>,
  { log, signal }: RecogniserRequest,
): Promise<Recognition> => {
  const warmUp = await readSound(shipped(join('recordings', 'turn-on-the-living-room-lamp.wav')), signal);
  return openRecognition({ ...options, stt: { ...options.stt, engine: 'vosk' } }, models, [warmUp], log);
};

const moonshineOptions = ({ folders, threads }: Options, models: ReadonlyMap<string, Model>, log: Log) => ({
  model: models.get('moonshine-tiny-en')!.folder,
  cacheFolder: join(folders.data, 'moonshine'),
  threads,
  log,
});
