import type { Log } from './log.js';
import type { Model } from './models/store.js';
import type { Options } from './options/schema.js';
import type { Recognition } from './stt/recognition.js';
import { openVosk } from './stt/vosk.js';

/** The recogniser, or both of them, as the options name it. */
export const openRecognition = async (
  options: Options,
  models: ReadonlyMap<string, Model>,
  warmUp: readonly Float32Array[],
  log: Log,
): Promise<Recognition> => {
  const model = (id: string): Model => models.get(id)!;
  return openVosk({
    model: model('vosk-small-en-us').folder,
    library: model('libvosk').path('libvosk.so'),
    threads: options.threads,
    preload: options.preload,
    warmUp,
    log,
  });
};
