import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { holdSession } from './assistant/session.js';
import type { OnFault, TurnResult, TurnStages } from './assistant/turn.js';
import { readWav } from './audio/read-wav.js';
import { resample } from './audio/resample.js';
import type { Ring } from './audio/ring.js';
import { type Clock, systemClock } from './clock.js';
import { createResponder } from './conversation/responder.js';
import { parseProfile } from './effects/profile.js';
import { openEndpointer } from './endpoint/endpointer.js';
import { type DemoHouse, openDemoHouse } from './home/demo-house.js';
import type { Log } from './log.js';
import { VOICE_MODEL, wakeModel } from './model-needs.js';
import type { Model } from './models/store.js';
import type { Options } from './options/schema.js';
import { shipped } from './package.js';
import { fixedLines, linePickers } from './persona/lines.js';
import { loadPersona, type Persona } from './persona/load.js';
import { personaFile } from './personas.js';
import { stripWakeWord } from './phonetics/wake-word.js';
import { seededRandom } from './random.js';
import { openRecognition } from './recognition.js';
import type { Detection, Endpointer, Say, Speaker, Transcriber, Transcript, TurnContext } from './stages.js';
import { createTimeline } from './timeline/timeline.js';
import { openVoice, type Voice } from './tts/voice.js';
import { type Bytes, CAPTURE_RATE, type Milliseconds, type SampleIndex } from './units.js';
import { openWakeWords, type WakeWords } from './wake/open-wake-word.js';
import { findWordEnd, wordEndFrom } from './wake/word-end.js';

/**
 * The composition root: the one place that knows which stage is made of what. Opens the stages that the options ask
 * for and wires them into turns.
 */

export interface Ears {
  readonly wake: WakeWords;
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  /** Process ids of engines. */
  memory(): Promise<Bytes>;
  close(): Promise<void>;
}

export interface Speaking {
  readonly persona: Persona;
  readonly voice: Voice;
}

/** Sound to be listened to, and when it was in the room. */
export interface Room {
  readonly ring: Ring;
  readonly timeOf: (position: SampleIndex) => Milliseconds;
}

export interface SessionEvents {
  readonly onWake?: (detection: Detection) => void;
  readonly onTranscript?: (transcript: Transcript) => void;
  readonly onTurn: (result: TurnResult, detection: Detection) => void;
  readonly onQuiet?: (detection: Detection) => void;
}

export interface Assistant {
  readonly options: Options;
  readonly ears: Ears;
  readonly home: DemoHouse;
  readonly speaking: Speaking;
  /** Waits for wake words in a room and answers through a loudspeaker, until the sound ends or the signal is aborted. */
  converse(room: Room, speaker: Speaker, signal: AbortSignal, events: SessionEvents): Promise<void>;
  /** Renders the persona's lines in idle time. */
  prefill(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface OpenRequest {
  readonly options: Options;
  readonly models: ReadonlyMap<string, Model>;
  readonly log: Log;
  readonly clock?: Clock;
  /** For choices that should come out the same: a bench, a test. */
  readonly seed?: number;
}

/** Loads what hears: wake words, end of speech, recognition. `expect`: sentences of the home. */
export const openEars = async (
  { options, models, log }: OpenRequest,
  expect: readonly string[] = [],
): Promise<Ears> => {
  const path = (id: string, file: string): string => models.get(id)!.path(file);
  const words = options.wake.words.map(({ word }) => word);
  const warmUp = await Promise.all(WARM_UP.map(readWhole));
  const [wake, endpoint, recognition] = await all([
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
    openRecognition({ options, models, warmUp, expect, log }),
  ]);
  return {
    wake,
    endpoint: endpoint.endpoint,
    transcribe: recognition.transcribe,
    memory: () => recognition.memory(),
    close: async () => {
      await Promise.all([wake.close(), endpoint.close(), recognition.close()]);
    },
  };
};

/** Loads who speaks: a persona with its voice and effects. */
export const openSpeaking = async ({ options, models, log }: OpenRequest, name: string): Promise<Speaking> => {
  const file = personaFile(name, options.folders.data);
  const persona = await loadPersona(file);
  const effects = parseProfile(persona.effects, file);
  const maxBytes = options.cache.max_mb * 1024 * 1024;
  const voice = await openVoice({
    model: models.get(VOICE_MODEL)!.folder,
    // Its threads spin while they wait: two are slower than one as soon as anything else works.
    threads: 1,
    language: options.language,
    speaker: options.voice.speaker ?? persona.voice.speaker,
    speed: options.voice.speed * persona.voice.speed,
    effects: options.voice.effects ? effects : [],
    ...(maxBytes > 0 && { cache: { folder: join(options.folders.data, 'voice-cache'), maxBytes } }),
    preload: options.preload,
    log,
  });
  return { persona, voice };
};

/** Opens everything. What was opened is closed again where something else fails. */
export const openAssistant = async (request: OpenRequest): Promise<Assistant> => {
  const { options, log, clock = systemClock, seed = randomInt(2 ** 31) } = request;
  const home = openDemoHouse({
    clock,
    cacheFolder: join(options.folders.data, 'home'),
    onTimer: ({ seconds }) => log.info({ seconds }, 'a timer has run out'),
  });
  const names = [...new Set([options.persona, ...options.wake.words.map((word) => word.persona ?? options.persona)])];
  const [ears, ...speakers] = await all([
    openEars(request, home.phrases()),
    ...names.map((name) => openSpeaking(request, name)),
  ]);
  const speakings = new Map(names.map((name, i) => [name, speakers[i]!]));
  const personaOf = (word: string): string =>
    options.wake.words.find((candidate) => candidate.word === word)?.persona ?? options.persona;
  const random = seededRandom(seed);
  const stagesOf = new Map(
    names.map((name) => [name, talkingAs(speakings.get(name)!, { ears, home, options, log, clock, random })]),
  );
  const context: TurnContext = {
    language: options.language,
    ...(options.home.area !== undefined && { area: options.home.area }),
  };
  const onFault: OnFault = (stage, error) => log.error({ stage, error }, 'a stage of the turn failed');

  return {
    options,
    ears,
    home,
    speaking: speakings.get(options.persona)!,
    converse: ({ ring, timeOf }, speaker, signal, events) =>
      holdSession({
        listening: {
          read: (from, until) => ring.read({ from, signal: until }),
          get now() {
            return ring.end;
          },
        },
        detect: ears.wake.detect,
        stagesOf: (word) => ({
          ...stagesOf.get(personaOf(word))!,
          speak: speaker,
          withoutWakeWord: (text) => stripWakeWord(text, word),
        }),
        context,
        settings: turnSettings(options),
        wordEnd: (detection, { read }, until) => findWordEnd(read(wordEndFrom(detection), until), detection),
        signal,
        timeline: () => createTimeline({ clock, timeOf }),
        onFault,
        ...events,
      }),
    prefill: async (signal) => {
      for (const { persona, voice } of speakings.values()) {
        await voice.prefill(fixedLines(persona, { language: options.language, tone: options.tone }), signal);
      }
    },
    close: async () => {
      home.close();
      await Promise.all([ears.close(), ...[...speakings.values()].map(({ voice }) => voice.close())]);
    },
  };
};

interface Wiring {
  readonly ears: Ears;
  readonly home: DemoHouse;
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
}

type PersonaStages = Omit<TurnStages, 'speak' | 'withoutWakeWord'>;

/** The stages of a turn in which one persona speaks. */
const talkingAs = (
  { persona, voice }: Speaking,
  { ears, home, options, log, clock, random }: Wiring,
): PersonaStages => {
  const pickers = linePickers(persona, { random, tone: options.tone });
  const lines = pickers(options.language);
  const say = (situation: 'acknowledgement' | 'error'): Say => {
    const picked = lines.pick(situation);
    picked?.use();
    return { text: picked?.text ?? '', kind: 'talk' };
  };
  const conversation = createResponder({
    home,
    persona,
    lines: pickers,
    unfinished: (text, language) => home.unfinished(text, language),
    log,
    clock,
  });
  return {
    endpoint: ears.endpoint,
    transcribe: ears.transcribe,
    ...conversation,
    synthesize: voice.synthesize,
    prepare: voice.prepare,
    acknowledgement: () => say('acknowledgement'),
    excuse: () => say('error'),
  };
};

const turnSettings = ({ endpoint }: Options) => ({
  waits: {
    whole: endpoint.wait,
    agreed: endpoint.wait_agreed,
    extendable: endpoint.wait_extendable,
    talk: endpoint.wait_talk,
    unfinished: endpoint.wait_unfinished,
  },
  reopen: endpoint.reopen,
  acknowledgeAfter: endpoint.acknowledge_after,
  listenTimeout: endpoint.listen_timeout * 1000,
});

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

interface Closable {
  close(): Promise<void>;
}

/** All of them, or none: where one cannot be opened the others are closed. */
const all = async <const T extends readonly Promise<unknown>[]>(
  opening: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> => {
  const settled = await Promise.allSettled(opening);
  const failed = settled.find((one) => one.status === 'rejected');
  if (!failed) return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never;
  for (const one of settled) {
    if (one.status !== 'fulfilled') continue;
    const value = one.value as Partial<Closable> & Partial<Speaking>;
    await (value.close ?? value.voice?.close)?.();
  }
  throw failed.reason;
};
