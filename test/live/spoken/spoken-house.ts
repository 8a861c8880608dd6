import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resampleAll } from '../../../src/audio/resample.js';
import { type ListeningRoom, openRoom } from '../../../src/bench/room.js';
import { openSeededVoice, type SeededVoice } from '../../../src/bench/seeded-voice.js';
import { openSetting } from '../../../src/commands/setting.js';
import { type Assistant, openAssistant, type SessionEvents } from '../../../src/main.js';
import { modelsFor, VOICE_MODEL } from '../../../src/model-needs.js';
import { seededRandom } from '../../../src/random.js';
import { CAPTURE_RATE, toSamples } from '../../../src/units.js';
import { modelFolder, modelsFolder } from '../../models.js';
import { shipped } from '../../voice-detector/recordings.js';
import type { Core } from '../core-rig.js';

/** Until whatever is waited for must have come. */
export const soon = (seconds = 30): AbortSignal => AbortSignal.timeout(seconds * 1000);

export const until = async (what: string, fits: () => boolean | Promise<boolean>, seconds = 20): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!(await fits())) {
    if (performance.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((go) => setTimeout(go, 20));
  }
};

interface CoreState {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}
export const stateOf = async (core: Core, entity: string): Promise<CoreState> =>
  (await core.rest(`/api/states/${entity}`)).json() as never;
/** Sets a thing as somebody at the switch does. */
export const turn = (core: Core, entity_id: string, on: boolean): Promise<unknown> =>
  core.call({
    type: 'call_service',
    domain: 'homeassistant',
    service: on ? 'turn_on' : 'turn_off',
    target: { entity_id },
  });

/** The names that are said in the recordings, for things that the rig's home has. In `aliases` null is its own name. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'light.reading_lamp': ['living room lamp', 'Leselampe'],
  'light.ceiling_light': ['living room light', 'Deckenlicht'],
};

export const giveSaidNames = async (core: Core): Promise<void> => {
  for (const [entity_id, aliases] of Object.entries(SAID)) {
    await core.call({ type: 'config/entity_registry/update', entity_id, aliases: [null, ...aliases] });
  }
};

export interface SpokenHouse {
  readonly assistant: Assistant;
  readonly room: ListeningRoom;
  close(): Promise<void>;
}

export interface SpokenHouseRequest {
  /** `name=value`. */
  readonly set?: readonly string[];
  readonly token?: string;
  readonly events?: Partial<SessionEvents>;
}

/** The whole assistant in this process, with a room of its own, and a real Core for a house. */
export const openSpokenHouse = async (
  core: Pick<Core, 'url' | 'token'>,
  { set = [], token = core.token, events }: SpokenHouseRequest = {},
): Promise<SpokenHouse> => {
  const data = mkdtempSync(join(tmpdir(), 'evil-spoken-'));
  const { options, log, catalogue, fetch } = openSetting(
    {
      set: [
        `home_assistant.url=${core.url}`,
        `home_assistant.token=${token}`,
        `folders.data=${data}`,
        `folders.models=${modelsFolder}`,
        'log.level=error',
        ...set,
      ],
    },
    new AbortController().signal,
  );
  const models = await fetch(modelsFor(options, catalogue));
  const assistant = await openAssistant({ options, models, log, seed: 1 });
  const room = openRoom(assistant, seededRandom(1), events);
  return {
    assistant,
    room,
    close: async () => {
      await room.close();
      await assistant.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
};

const joined = (...parts: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Somebody says "hey jarvis", somebody else the rest, in one breath. */
export const called = (command: Float32Array): Float32Array =>
  joined(shipped('hey-jarvis'), new Float32Array(toSamples(60)), command);

/** People who say what was never recorded. */
export interface Speaker {
  say(text: string): Promise<Float32Array>;
  close(): void;
}

const SPEAKER = 40;

export const openSpeaker = async (): Promise<Speaker> => {
  const folder = mkdtempSync(join(tmpdir(), 'evil-voice-'));
  const voice: SeededVoice = await openSeededVoice(modelFolder(VOICE_MODEL), join(folder, 'voice.onnx'), 1, 1);
  return {
    say: async (text) => {
      const sound = resampleAll(await voice.speak(text, SPEAKER, 1), voice.rate, CAPTURE_RATE);
      return joined(
        sound.map((sample) => sample * 0.5),
        new Float32Array(toSamples(20)),
      );
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
