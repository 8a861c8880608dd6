import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addWyoming, createPipeline } from '../../../src/bench/wyoming/core-home.js';
import { type CoreSession, openCoreSession } from '../../../src/bench/wyoming/core-session.js';
import type { Endpointer } from '../../../src/stages.js';
import { type House, info, openHouse, tone } from '../../satellite/house.js';
import { type Core, startCore } from '../core-rig.js';
import { watchWire } from '../pipeline/wire.js';
import { openServices, portOf } from '../satellite/services.js';
import { type HouseProgram, startHouseProgram } from './program.js';
import { stateOf, turn, until } from './spoken-house.js';

/**
 * The program as a conversation agent of the very Home Assistant that it controls, asked by hand and from a satellite,
 * with "prefer handling commands locally" on and off.
 */

let core: Core;
let ours: HouseProgram;
let wire: Awaited<ReturnType<typeof watchWire>>;
let services: Awaited<ReturnType<typeof openServices>>;
let session: CoreSession;
let pipeline: string;
/** Our agent. */
let agent: string;
let satellite: House;
/** The device of the satellite. */
let device: string;

interface Answer {
  readonly outcome: string;
  readonly reply: string;
  readonly conversation: string;
}

beforeAll(async () => {
  core = await startCore({ port: 8137 });
  [ours, services] = await Promise.all([
    startHouseProgram(core, { EVIL_ASSISTANT_HOME_GUARDED: 'true' }),
    openServices(),
  ]);
  wire = await watchWire(ours.port);
  session = await openCoreSession(core.url, core.token);
  const made = await addWyoming(session, wire.port, ['conversation', 'stt', 'tts']);
  agent = made.entities.conversation!;
  const test = await addWyoming(session, services.port, ['stt', 'tts']);
  pipeline = await createPipeline(session, 'Evil', { ...test.entities, conversation: agent }, 'tone');
  await session.ask({ type: 'assist_pipeline/pipeline/set_preferred', pipeline_id: pipeline });
  satellite = await openHouse({
    endpoint: shortSpeech,
    info: { ...info, satellite: { ...info.satellite!, name: 'Throne Room', area: 'Bedroom' } },
  });
  await addWyoming(session, portOf(satellite.satellite.uri), ['assist_satellite']);
  await until('the satellite is driven', () => satellite.satellite.view.connected);
  const entities = await session.ask<{ entity_id: string; device_id: string }[]>({
    type: 'config/entity_registry/list',
  });
  device = entities.find(({ entity_id }) => entity_id.startsWith('assist_satellite.'))!.device_id;
});
afterAll(async () => {
  await satellite?.close();
  session?.close();
  wire?.close();
  await ours?.stop();
  await services?.close();
  await core?.stop();
});

/** Speech is over after 0.3 s, whatever it is. */
const shortSpeech: Endpointer = async function* (microphone) {
  let heard = 0;
  for await (const { samples, from } of microphone) {
    heard += samples.length;
    if (heard >= 4_800) return yield { kind: 'ended', segment: 1, lastSound: from, reason: 'silence' };
  }
};

const preferLocal = async (prefer: boolean): Promise<void> => {
  const { pipelines } = await session.ask<{ pipelines: { id: string }[] }>({ type: 'assist_pipeline/pipeline/list' });
  const { id, ...settings } = pipelines.find((one) => one.id === pipeline)!;
  await session.ask({
    type: 'assist_pipeline/pipeline/update',
    pipeline_id: id,
    ...settings,
    prefer_local_intents: prefer,
  });
};
/** Asks the voice assistant in writing; `from` a device. */
const ask = (text: string, { conversation, from }: { conversation?: string; from?: string } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let answer: Answer | undefined;
    session
      .ask(
        {
          type: 'assist_pipeline/run',
          start_stage: 'intent',
          end_stage: 'intent',
          pipeline,
          input: { text },
          ...(conversation !== undefined && { conversation_id: conversation }),
          ...(from !== undefined && { device_id: from }),
        },
        ({ type, data }) => {
          if (type === 'intent-end') {
            const output = (data as { intent_output: Record<string, never> }).intent_output;
            const { response, conversation_id } = output as unknown as {
              response: { response_type: string; speech: { plain: { speech: string } } };
              conversation_id: string;
            };
            answer = {
              outcome: response.response_type,
              reply: response.speech.plain.speech,
              conversation: conversation_id,
            };
          }
          if (type === 'error') reject(new Error(JSON.stringify(data)));
          if (type === 'run-end' && answer) resolve(answer);
        },
      )
      .catch(reject);
  });
/** How often Home Assistant has asked us. */
const asked = (): number => wire.wires.flatMap((one) => one.asked).filter((name) => name === 'transcript').length;

const LIGHTS = [
  'light.reading_lamp',
  'light.ceiling_light',
  'light.ceiling_light_2',
  'light.bed_light',
  'light.secret_light',
];
beforeEach(async () => {
  for (const light of LIGHTS) await turn(core, light, false);
});
const onNow = async (): Promise<string[]> => {
  const states = await Promise.all(LIGHTS.map(async (id) => [id, (await stateOf(core, id)).state] as const));
  return states.filter(([, state]) => state === 'on').map(([id]) => id);
};

describe.each([false, true])('with "prefer local" %s', (prefer) => {
  beforeAll(() => preferLocal(prefer));

  it('a command is carried out once, and the answer claims it', async () => {
    const before = asked();
    const answer = await ask('turn on the reading lamp');
    expect(answer.outcome).toBe('action_done');
    expect(answer.reply).toBeTruthy();
    expect(await onNow()).toEqual(['light.reading_lamp']);
    // Its own agent is asked by us, and does not ask us again.
    expect(asked() - before).toBe(prefer ? 0 : 1);
  });

  it.each(['the quick brown fox jumps', 'turn on the flux capacitor', 'turn on the secret light'])(
    '"%s" is not understood, and we are asked once',
    async (text) => {
      const before = asked();
      const answer = await ask(text);
      expect(answer.outcome).not.toBe('query_answer');
      expect(answer.reply).toBeTruthy();
      await new Promise((go) => setTimeout(go, 300));
      expect(asked() - before).toBeLessThanOrEqual(1);
      expect(await onNow()).toEqual([]);
    },
  );

  it('what cannot be done is told as not handled', async () => {
    const answer = await ask('turn on the broken light');
    expect(answer.outcome).toBe('error');
    expect(answer.reply).toBeTruthy();
  });

  it('a question is answered with the fact', async () => {
    expect((await ask('what is the bedroom humidity')).reply).toMatch(/47/);
  });

  it("a sentence of the user's own is carried through", async () => {
    expect((await ask('open sesame')).reply).toMatch(/sesame is open/i);
  });
});

describe('without "prefer local"', () => {
  beforeAll(() => preferLocal(false));

  it('is asked by no id as well, where it is the preferred one', async () => {
    const before = asked();
    const answer = await session.ask<{ response: { response_type: string } }>({
      type: 'conversation/process',
      text: 'turn on the reading lamp',
      language: 'en',
      agent_id: agent,
    });
    expect(answer.response.response_type).toBe('action_done');
    expect(await onNow()).toEqual(['light.reading_lamp']);
    expect(asked() - before).toBe(1);
  });

  it('"here" is the area of the device that listens', async () => {
    expect((await ask('turn on the ceiling light', { from: device })).outcome).toBe('action_done');
    expect(await onNow()).toEqual(['light.ceiling_light_2']);
    expect((await ask('turn on the lights', { from: device })).outcome).toBe('action_done');
    expect(await onNow()).toEqual(['light.ceiling_light_2', 'light.bed_light']);
  });

  it('asks which one where nobody knows where "here" is, and takes the answer', async () => {
    const which = await ask('turn on the ceiling light');
    expect(which.reply).toMatch(/bedroom/i);
    expect(await onNow()).toEqual([]);
    const done = await ask('the bedroom', { conversation: which.conversation });
    expect(done.outcome).toBe('action_done');
    expect(await onNow()).toEqual(['light.ceiling_light_2']);
  });

  it('unlocks after a yes in the same conversation, and not in another', async () => {
    const lock = async (): Promise<string> => (await stateOf(core, 'lock.front_door')).state;
    const question = await ask('unlock the front door');
    expect(question.reply).toMatch(/\?/);
    expect(await lock()).toBe('locked');
    await ask('yes');
    expect(await lock()).toBe('locked');
    expect((await ask('yes', { conversation: question.conversation })).outcome).toBe('action_done');
    expect(await lock()).toBe('unlocked');
    await ask('lock the front door');
    expect(await lock()).toBe('locked');
  });
});

describe('from a satellite', () => {
  const say = (text: string): void => {
    services.hears(text);
    satellite.wake('hey_jarvis');
    satellite.ring.write(tone(0.5, 16_000));
  };
  const idle = () => until('rest', () => satellite.satellite.view.activity === 'idle');
  beforeAll(() => preferLocal(false));
  beforeEach(async () => {
    await idle();
    // Core takes the same word within two seconds for the same.
    await new Promise((go) => setTimeout(go, 2_100));
  });

  it('"here" is where it stands', async () => {
    const before = satellite.room.heard.length;
    say('turn on the ceiling light');
    await until('the answer', () => satellite.room.heard.length === before + 1);
    expect(await onNow()).toEqual(['light.ceiling_light_2']);
  });

  it('a timer is its own, counts, and rings there', async () => {
    say('set a timer for three seconds named pizza');
    const timers = () => satellite.news.flatMap((news) => (news.kind === 'timer' ? [news] : []));
    await until('the timer', () => timers().length > 0);
    expect(timers()[0]).toMatchObject({ change: 'started', timer: { name: 'pizza', seconds: 3 } });
    await until('the alarm', () => timers().some(({ change }) => change === 'finished'));
  });
});
