import { join } from 'node:path';
import { describe as about, afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { toInt16 } from '../../../src/audio/pcm.js';
import { openEndpointer } from '../../../src/endpoint/endpointer.js';
import type { ExcuseKind } from '../../../src/satellite/excuses.js';
import type { Endpointer } from '../../../src/stages.js';
import { openWakeWords } from '../../../src/wake/open-wake-word.js';
import { findWordEnd, wordEndFrom } from '../../../src/wake/word-end.js';
import { describe } from '../../../src/wyoming/index.js';
import { modelFolder } from '../../models.js';
import { type House, info, joined, openHouse, recording, soundOf, tone } from '../../satellite/house.js';
import { type Core, startCore } from '../core-rig.js';
import { openServices, portOf, TONE } from './services.js';

/** The real Home Assistant drives our satellite, with speech to text and a voice that do what the tests want. */

type Services = Awaited<ReturnType<typeof openServices>>;
let core: Core;
let services: Services;
let home: House;
/** Entity ids. */
let entity: string;
const excuses: ExcuseKind[] = [];

const until = async (what: string, fits: () => boolean | Promise<boolean>, seconds = 20): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!(await fits())) {
    if (performance.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((go) => setTimeout(go, 10));
  }
};

const addWyoming = async (port: number): Promise<string> => {
  const post = async (path: string, body: object): Promise<Record<string, never>> =>
    (await (await core.rest(path, { method: 'POST', body: JSON.stringify(body) })).json()) as never;
  const flow = await post('/api/config/config_entries/flow', { handler: 'wyoming' });
  const made = (await post(`/api/config/config_entries/flow/${flow.flow_id}`, {
    host: '127.0.0.1',
    port,
  })) as unknown as {
    type: string;
    title: string;
  };
  expect(made.type).toBe('create_entry');
  return made.title;
};

interface Entity {
  readonly entity_id: string;
  readonly device_id: string;
  readonly platform: string;
}
const entities = async (): Promise<Entity[]> =>
  (await core.call<Entity[]>({ type: 'config/entity_registry/list' })).filter(({ platform }) => platform === 'wyoming');
const stateOf = async (id: string): Promise<string> =>
  ((await (await core.rest(`/api/states/${id}`)).json()) as { state: string }).state;
const act = (service: string, entity_id: string, service_data: object = {}): Promise<unknown> => {
  const [domain, name] = service.split('.');
  return core.call({ type: 'call_service', domain, service: name, service_data, target: { entity_id } });
};

/** Speech is over after 0.3 s, whatever it is. */
const shortSpeech: Endpointer = async function* (microphone) {
  let heard = 0;
  for await (const { samples, from } of microphone) {
    heard += samples.length;
    if (heard >= 4_800) return yield { kind: 'ended', segment: 1, lastSound: from, reason: 'silence' };
  }
};

const newHouse = (request: Parameters<typeof openHouse>[0] = {}): Promise<House> =>
  openHouse({
    endpoint: shortSpeech,
    excuse: (kind) => {
      excuses.push(kind);
      return undefined;
    },
    alarm: () => soundOf(tone(0.2)),
    ...request,
  });

/** Says something: the wake word, then sound in which speech to text hears the text. */
const say = (text: string, word = 'hey_jarvis'): void => {
  services.hears(text);
  home.wake(word);
  home.ring.write(tone(0.5, 16_000));
};
const listensAgain = (): boolean =>
  !home.satellite.view.muted && home.script.listening && home.satellite.view.connected;
const heardNow = (): number => home.room.heard.length;
const rest = () =>
  until('rest', async () => home.satellite.view.activity === 'idle' && (await stateOf(entity)) === 'idle');

beforeAll(async () => {
  core = await startCore({ port: 8133 });
  services = await openServices();
  await addWyoming(services.port);
  await until('services', async () => (await entities()).length === 2);
  const ids = (await entities()).map(({ entity_id }) => entity_id);
  const pipeline = await core.call<{ id: string }>({
    type: 'assist_pipeline/pipeline/create',
    name: 'Evil',
    language: 'en',
    stt_engine: ids.find((id) => id.startsWith('stt.')),
    stt_language: 'en',
    tts_engine: ids.find((id) => id.startsWith('tts.')),
    tts_language: 'en',
    tts_voice: 'tone',
    conversation_engine: 'conversation.home_assistant',
    conversation_language: 'en',
    wake_word_entity: null,
    wake_word_id: null,
  });
  await core.call({ type: 'assist_pipeline/pipeline/set_preferred', pipeline_id: pipeline.id });
  home = await newHouse();
  expect(await addWyoming(portOf(home.satellite.uri))).toBe('Throne Room');
  await until('the satellite is driven', () => home.satellite.view.connected);
  entity = (await entities()).find(({ entity_id }) => entity_id.startsWith('assist_satellite.'))!.entity_id;
});
afterAll(async () => {
  await home?.close();
  await services?.close();
  await core?.stop();
});
afterEach(() => {
  home.room.release();
  excuses.length = 0;
});

about('Home Assistant', () => {
  it('has put the satellite into its area, and made nothing but a satellite of it', async () => {
    const all = await entities();
    const ours = all.find(({ entity_id }) => entity_id === entity)!;
    const devices = await core.call<{ id: string; area_id: string; name: string }[]>({
      type: 'config/device_registry/list',
    });
    expect(devices.find(({ id }) => id === ours.device_id)).toMatchObject({ area_id: 'bedroom', name: 'Throne Room' });
    const kinds = all
      .filter(({ device_id }) => device_id === ours.device_id)
      .map(({ entity_id }) => entity_id.split('.')[0]);
    for (const kind of ['stt', 'tts', 'wake_word', 'conversation']) expect(kinds).not.toContain(kind);
    expect(await stateOf(entity)).toBe('idle');
  });

  it('carries out a command and answers; it is idle again when the answer has been heard', async () => {
    await act('light.turn_off', 'light.desk_lamp');
    home.room.hold('after');
    say('turn on the desk lamp');
    await until('the answer', () => heardNow() === 1);
    expect(await stateOf('light.desk_lamp')).toBe('on');
    await until('it responds', async () => (await stateOf(entity)) === 'responding');
    home.room.release();
    await rest();
    expect(home.room.heard[0]).toMatchObject({ rate: TONE.rate, state: 'complete' });
    expect(toInt16(joined(home.room.heard[0]!.parts))).toEqual(toInt16(tone(TONE.seconds, TONE.rate)));
    expect(home.news).toContainEqual({ kind: 'transcript', text: 'turn on the desk lamp' });
    expect(home.news.filter(({ kind }) => kind === 'answer').length).toBe(1);
    expect(excuses).toEqual([]);
  });

  it('is described in the middle of a turn, which goes on', async () => {
    const before = heardNow();
    services.hears('turn off the desk lamp');
    home.wake();
    await until('it listens', async () => (await stateOf(entity)) === 'listening');
    expect((await describe(home.satellite.uri)).satellite?.name).toBe('Throne Room');
    home.ring.write(tone(0.5, 16_000));
    await until('the answer', () => heardNow() === before + 1);
    await rest();
    expect(await stateOf('light.desk_lamp')).toBe('off');
  });

  it('takes a correction in mid-answer, even with the same wake word within 2 s', async () => {
    const before = heardNow();
    home.room.hold('after');
    say('turn on the desk lamp', 'alexa');
    await until('the answer', () => heardNow() === before + 1);
    say('turn off the desk lamp', 'alexa');
    await until('the second answer', () => heardNow() === before + 2);
    expect(await stateOf('light.desk_lamp')).toBe('off');
    home.room.release();
    await rest();
    expect(home.room.heard.slice(before).map(({ state }) => state)).toEqual(['cut', 'complete']);
    expect(excuses).toEqual([]);
  });

  it('takes a correction before the answer', async () => {
    const before = heardNow();
    services.deafen();
    home.wake('hey_mycroft');
    home.ring.write(tone(0.5, 16_000));
    await until('it thinks', () => home.satellite.view.activity === 'thinking');
    say('turn on the desk lamp', 'hey_mycroft');
    await until('the answer', () => heardNow() === before + 1);
    expect(await stateOf('light.desk_lamp')).toBe('on');
    await rest();
    expect(excuses).toEqual([]);
  });

  it('that has heard nothing is excused', async () => {
    say('');
    await until('the excuse', () => excuses.length > 0);
    expect(excuses).toEqual(['nothing-heard']);
    await rest();
  });

  it('announces, and goes on when the announcement has been heard', async () => {
    const before = heardNow();
    home.room.hold('after');
    let over = false;
    const announced = act('assist_satellite.announce', entity, { message: 'Dinner is ready.' }).then(() => {
      over = true;
    });
    await until('the announcement', () => heardNow() === before + 1);
    expect(over).toBe(false);
    home.room.release();
    await announced;
    expect(home.room.heard[before]?.state).toBe('complete');
    const length = joined(home.room.heard[before]!.parts).length / TONE.rate;
    expect(Math.abs(length - TONE.seconds)).toBeLessThan(0.05);
  });

  it('counts a timer, and the satellite rings', async () => {
    await rest();
    const before = heardNow();
    say('set a timer for three seconds named pizza', 'alexa');
    const timers = () => home.news.flatMap((news) => (news.kind === 'timer' ? [news] : []));
    await until('the timer', () => timers().length > 0);
    expect(timers()[0]).toMatchObject({ change: 'started', timer: { name: 'pizza', seconds: 3 } });
    expect(home.satellite.view.timers.length).toBe(1);
    await until('the alarm', () => heardNow() === before + 2);
    expect(timers().map(({ change }) => change)).toEqual(['started', 'finished']);
    expect(home.room.heard[before + 1]?.rate).toBe(16_000);
    await rest();
  });

  it('mutes the microphone by its switch, and lets it go again', async () => {
    const mute = entity.replace('assist_satellite.', 'switch.').concat('_mute');
    await act('switch.turn_on', mute);
    await until('muted', () => home.satellite.view.muted);
    await until('nobody listens', () => !home.script.listening);
    home.wake();
    // Core needs up to 2 s until it is really muted.
    await new Promise((go) => setTimeout(go, 3_000));
    expect(home.satellite.view).toMatchObject({ muted: true, activity: 'idle' });
    await act('switch.turn_off', mute);
    await until(
      'it listens again',
      () => !home.satellite.view.muted && home.script.listening && home.satellite.view.connected,
    );
    const before = heardNow();
    say('turn off the desk lamp', 'hey_mycroft');
    await until('the answer', () => heardNow() === before + 1);
    await rest();
  });

  it('that mutes it for a moment only is listened to again, too', async () => {
    const mute = entity.replace('assist_satellite.', 'switch.').concat('_mute');
    await act('switch.turn_on', mute);
    await until('muted', () => home.satellite.view.muted);
    await act('switch.turn_off', mute);
    await until('it listens again', listensAgain);
  });

  it('lets one of two satellites answer that have heard the same', async () => {
    const other = await newHouse({
      info: { ...info, satellite: { ...info.satellite!, name: 'Dungeon', area: 'Kitchen' } },
    });
    try {
      await addWyoming(portOf(other.satellite.uri));
      await until('the other one is driven', () => other.satellite.view.connected);
      const before = heardNow();
      services.hears('turn on the desk lamp');
      for (const one of [home, other]) {
        one.wake();
        one.ring.write(tone(0.5, 16_000));
      }
      await until('one answers', () => heardNow() - before + other.room.heard.length === 1);
      await until('the other does not', () => excuses.length > 0);
      expect(excuses).toEqual(['answered-elsewhere']);
      await until('rest', () => [home, other].every(({ satellite }) => satellite.view.activity === 'idle'));
    } finally {
      await other.close();
    }
  });

  it('hears a command by voice: wake word, end of speech and all', async () => {
    const speech = await recording('hey-jarvis-turn-on-the-living-room-lamp');
    const silero = join(modelFolder('silero-vad'), 'silero_vad_v5.onnx');
    const wake = await openWakeWords({
      models: {
        melspectrogram: join(modelFolder('openwakeword'), 'melspectrogram.onnx'),
        embedding: join(modelFolder('openwakeword'), 'embedding_model.onnx'),
        words: { hey_jarvis: join(modelFolder('wake-hey_jarvis'), 'hey_jarvis_v0.1.onnx') },
        voice: silero,
      },
    });
    const ends = await openEndpointer({ model: silero });
    const other = await newHouse({
      info: { ...info, satellite: { ...info.satellite!, name: 'Library', area: 'Office' } },
      wake: wake.detect,
      endpoint: ends.endpoint,
      wordEnd: (detection, { read }, signal) => findWordEnd(read(wordEndFrom(detection), signal), detection),
    });
    try {
      await addWyoming(portOf(other.satellite.uri));
      await until('it is driven', () => other.satellite.view.connected);
      const utterances = services.heard.length;
      services.hears('turn on the desk lamp');
      // Or Core believes that this satellite has heard the wake word of the test before.
      await new Promise((go) => setTimeout(go, 2_500));
      // As a microphone gives it.
      for (let at = 0; at < speech.length + 32_000 && services.heard.length === utterances; at += 320) {
        other.ring.write(at < speech.length ? speech.subarray(at, at + 320) : new Float32Array(320));
        await new Promise((go) => setTimeout(go, 20));
      }
      await until('the answer', () => other.room.heard.length === 1);
      const said = toInt16(speech);
      const heard = new Int16Array(new Uint8Array(services.heard.at(-1)!).buffer);
      const from = said.findIndex((_, at) => heard.subarray(0, 200).every((sample, i) => said[at + i] === sample));
      expect(from / 16_000).toBeGreaterThan(1);
      expect(from / 16_000).toBeLessThan(1.4);
      const common = Math.min(heard.length, said.length - from);
      expect(common / 16_000).toBeGreaterThan(1.5);
      expect(Buffer.from(heard.buffer, 0, common * 2).equals(Buffer.from(said.buffer, from * 2, common * 2))).toBe(
        true,
      );
    } finally {
      await other.close();
      await Promise.all([wake.close(), ends.close()]);
    }
  });

  it('that restarts in the middle of a turn is excused, and drives the satellite again when it is back', async () => {
    await rest();
    home.wake('alexa');
    await until('it listens', async () => (await stateOf(entity)) === 'listening');
    await core.halt();
    await until('the excuse', () => excuses.length > 0);
    expect(excuses).toEqual(['connection-lost']);
    expect(home.satellite.view).toMatchObject({ connected: false, activity: 'idle' });
    home.wake();
    await until('nobody is there', () => excuses.length === 2);
    expect(excuses[1]).toBe('not-connected');
    await core.relaunch();
    await until('it is driven again', () => home.satellite.view.connected, 60);
    const before = heardNow();
    await until('the house is there', async () => (await stateOf('light.desk_lamp')) !== 'unavailable', 60);
    say('turn on the desk lamp', 'hey_mycroft');
    await until('the answer', () => heardNow() === before + 1, 30);
  });
});
