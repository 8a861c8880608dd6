/** A program of its own that starts as the assistant does, hears one command, and tells what that takes. */

import { openCompany } from '../company.js';
import { openEndpointer } from '../endpoint/endpointer.js';
import { messageOf } from '../faults.js';
import { openDemoHouse } from '../home/demo-house.js';
import { createLog } from '../log.js';
import { type OpenRequest, openAssistant } from '../main.js';
import { modelsFor, wakeModel } from '../model-needs.js';
import { loadCatalogue } from '../models/catalogue.js';
import { type Model, openStore } from '../models/store.js';
import type { Options } from '../options/schema.js';
import { shipped } from '../package.js';
import { openRecognition } from '../recognition.js';
import type { Milliseconds } from '../units.js';
import { openWakeWords } from '../wake/open-wake-word.js';
import { playUtterance } from './play-utterance.js';
import { type ResidentMemory, residentMemory } from './resident-memory.js';
import { readSound } from './sound.js';

/** `whole`: everything at once, as at a start. `parts`: one after the other, for what each takes. */
export interface ProbeOrder {
  readonly kind: 'whole' | 'parts';
  readonly options: Options;
}

export type Part = 'wake word' | 'end of speech' | 'recognition' | 'voice';

export type ProbeAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'memory'; readonly memory: ResidentMemory | undefined }
  | { readonly kind: 'loaded'; readonly part: Part; readonly took: Milliseconds }
  | { readonly kind: 'failed'; readonly message: string };

const DEMO = 'recordings/hey-jarvis-turn-on-the-living-room-lamp.wav';

const { signal } = new AbortController();

const tell = (answer: ProbeAnswer): void => {
  process.send?.(answer);
};

const obey = async ({ kind, options }: ProbeOrder): Promise<void> => {
  const log = createLog({ ...options.log, level: 'error' });
  const catalogue = loadCatalogue();
  const store = openStore({ folder: options.folders.models, catalogue, offline: true, log, signal });
  const models = await store.need(modelsFor(options, catalogue), { signal });
  const request: OpenRequest = { options, models, log };
  if (kind === 'parts') {
    for (const [part, open] of partsOf(request)) {
      const begin = performance.now();
      const opened = await open();
      tell({ kind: 'loaded', part, took: performance.now() - begin });
      await opened.close();
    }
    return;
  }
  const assistant = await openAssistant(request);
  tell({ kind: 'ready' });
  // Memory that engines take with their first work belongs to them.
  const samples = await readSound(shipped(DEMO), signal);
  await playUtterance(assistant, { samples, lastSound: samples.length, after: 1_000, signal });
  tell({ kind: 'memory', memory: residentMemory() });
  await assistant.close();
};

const partsOf = (request: OpenRequest): readonly (readonly [Part, () => Promise<{ close(): Promise<void> }>])[] => {
  const { options, models, log } = request;
  const path = (id: string, file: string): string => (models.get(id) as Model).path(file);
  const voice = path('silero-vad', 'silero_vad_v5.onnx');
  const words = options.wake.words.map(({ word }) => [word, path(wakeModel(word), `${word}_v0.1.onnx`)]);
  return [
    [
      'wake word',
      () =>
        openWakeWords({
          models: {
            melspectrogram: path('openwakeword', 'melspectrogram.onnx'),
            embedding: path('openwakeword', 'embedding_model.onnx'),
            words: Object.fromEntries(words),
            voice,
          },
        }),
    ],
    ['end of speech', () => openEndpointer({ model: voice })],
    ['recognition', () => openRecognition({ options, models, warmUp: [], expect: sentencesOfHome(), log })],
    ['voice', () => openCompany(request, [options.persona])],
  ];
};

const sentencesOfHome = (): readonly string[] => {
  const home = openDemoHouse();
  home.close();
  return home.phrases();
};

process.once('message', (order: ProbeOrder) => {
  obey(order)
    .catch((error: unknown) => tell({ kind: 'failed', message: messageOf(error) }))
    .finally(() => process.disconnect());
});
