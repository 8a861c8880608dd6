import { join } from 'node:path';
import { readWav } from './audio/read-wav.js';
import { resample } from './audio/resample.js';
import { systemClock } from './clock.js';
import { wakeElsewhere } from './elsewhere/wake-detector.js';
import { wakeWithFallback } from './elsewhere/wake-fallback.js';
import { openEndpointer } from './endpoint/endpointer.js';
import type { OpenRequest } from './main.js';
import { wakeModel } from './model-needs.js';
import { shipped } from './package.js';
import { openRecognition } from './recognition.js';
import type { Endpointer, Transcriber, WakeDetector } from './stages.js';
import { together } from './together.js';
import { type Bytes, CAPTURE_RATE } from './units.js';
import { openWakeWords, type WakeWords } from './wake/open-wake-word.js';

export interface Ears {
  /** Our own detector. */
  readonly wake: WakeWords;
  /** The one that is asked, which may be elsewhere. */
  readonly detect: WakeDetector;
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  /** Other sentences of the home are expected from now on. */
  expect(phrases: readonly string[]): Promise<void>;
  /** Process ids of engines. */
  memory(): Promise<Bytes>;
  close(): Promise<void>;
}

/** Loads what hears: wake words, end of speech, recognition. `expect`: sentences of the home. */
export const openEars = async (
  { options, models, log, clock = systemClock, elsewhere }: OpenRequest,
  expect: readonly string[] = [],
): Promise<Ears> => {
  const path = (id: string, file: string): string => models.get(id)!.path(file);
  const words = options.wake.words.map(({ word }) => word);
  const warmUp = await Promise.all(WARM_UP.map(readWhole));
  const [wake, endpoint, recognition] = await together([
    openWakeWords({
      models: {
        melspectrogram: path('openwakeword', 'melspectrogram.onnx'),
        embedding: path('openwakeword', 'embedding_model.onnx'),
        words: Object.fromEntries(words.map((word) => [word, path(wakeModel(word), `${word}_v0.1.onnx`)])),
        voice: path('silero-vad', 'silero_vad_v5.onnx'),
      },
      options: {
        threshold: options.wake.threshold,
        patience: options.wake.patience,
        refractory: options.wake.refractory,
        voice: options.wake.voice_gate,
        words: Object.fromEntries(
          options.wake.words.flatMap(({ word, threshold }) => (threshold === undefined ? [] : [[word, { threshold }]])),
        ),
      },
    }),
    openEndpointer({
      model: path('silero-vad', 'silero_vad_v5.onnx'),
      options: { finalSilence: options.endpoint.final_silence, maxCommand: options.endpoint.max_command },
    }),
    openRecognition({
      options,
      models,
      warmUp,
      expect,
      log,
      clock,
      ...(options.stt.service !== '' && elsewhere && { elsewhere: elsewhere.open('stt.service', options.stt.service) }),
    }),
  ]);
  const service = options.wake.service !== '' ? elsewhere?.open('wake.service', options.wake.service) : undefined;
  const refractory = options.wake.refractory * 1000;
  return {
    wake,
    detect: service
      ? wakeWithFallback({
          elsewhere: wakeElsewhere({ service, words, refractory, clock }),
          local: wake.detect,
          ready: (until) => service.client.ready(until),
          refractory,
          log,
          clock,
        })
      : wake.detect,
    endpoint: endpoint.endpoint,
    transcribe: recognition.transcribe,
    expect: recognition.expect,
    memory: () => recognition.memory(),
    close: async () => {
      await Promise.all([wake.close(), endpoint.close(), recognition.close()]);
    },
  };
};

/** A recogniser that has heard somebody speak is several times faster with the first real command. */
const WARM_UP = ['turn-on-the-living-room-lamp.wav'];

const readWhole = async (name: string): Promise<Float32Array> => {
  const { audio } = await readWav(shipped(join('recordings', name)), new AbortController().signal);
  const blocks: Float32Array[] = [];
  for await (const { samples } of resample(audio, CAPTURE_RATE)) blocks.push(samples.slice());
  const whole = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
};
