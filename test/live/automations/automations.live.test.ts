import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openHands } from '../../../src/home/hands/hands.js';
import { type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { openHouse as openCoreHouse } from '../../../src/home-assistant/house.js';
import { createPublisher, type Publisher } from '../../../src/home-assistant/publisher.js';
import { createLog } from '../../../src/log.js';
import { setUp } from '../../../src/setup/set-up.js';
import { type House, openHouse } from '../../satellite/house.js';
import { type Core, startCore } from '../core-rig.js';
import { openAssistant, type TestAssistant } from '../setup/assistant.js';

/** Announcements and the blueprints, on a real Home Assistant with our services, our satellite and our events. */
const PORT = 8135;
const BLUEPRINTS = resolve(import.meta.dirname, '../../../blueprints/automation/evil_assistant');
const signal = new AbortController().signal;
const log = createLog({ level: 'silent', format: 'json' });

let core: Core;
let folder: string;
let homeAssistant: HomeAssistant;
let assistant: TestAssistant;
let satellite: House;
let publisher: Publisher;
/** The satellite's entity. */
let body: string;

/** What a user has made of the blueprints. */
const AUTOMATIONS = `
automation from blueprints:
  - id: door
    alias: Door
    use_blueprint:
      path: evil_assistant/announce.yaml
      input:
        entity: [input_boolean.rig_door_locked]
        to: "off"
        message: "{{ name }} & its {{ 40 + 2 }} hinges creak?"
        satellites: [assist_satellite.bedroom_throne_room]
        players: [media_player.living_room]
  - id: glow
    alias: Glow
    use_blueprint:
      path: evil_assistant/react.yaml
      input:
        lights: [light.bed_light, light.kitchen_lights]
        moments: [wake, command, turn, muted]
        actions:
          - event: seen_by_the_test
            event_data:
              moment: "{{ moment }}"
              word: "{{ event.word | default('') }}"
              outcome: "{{ event.outcome | default('') }}"
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evil-assistant-automations-'));
  core = await startCore({ port: PORT, folder });
  assistant = await openAssistant();
  satellite = await openHouse();
  homeAssistant = openHomeAssistant({ url: core.url, token: core.token, log });
  const port = Number(satellite.satellite.uri.split(':').at(-1));
  await setUp({
    homeAssistant,
    services: { host: '127.0.0.1', port: assistant.port },
    satellite: { host: '127.0.0.1', port },
    language: 'en',
    log,
    signal,
  });
  const entities = await core.call<{ entity_id: string }[]>({ type: 'config/entity_registry/list' });
  body = entities.find(({ entity_id }) => entity_id.startsWith('assist_satellite.'))!.entity_id;
  const place = join(folder, 'blueprints/automation/evil_assistant');
  await mkdir(place, { recursive: true });
  await cp(BLUEPRINTS, place, { recursive: true });
  await appendFile(
    join(folder, 'configuration.yaml'),
    AUTOMATIONS.replace('assist_satellite.bedroom_throne_room', body),
  );
  await core.call({ type: 'call_service', domain: 'automation', service: 'reload' });
  publisher = createPublisher({ home: homeAssistant, log, speech: true });
});
afterAll(async () => {
  await publisher?.close();
  homeAssistant?.close();
  await satellite?.close();
  await assistant?.close();
  await core?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const act = (service: string, target: object, data: object = {}): Promise<unknown> => {
  const [domain, name] = service.split('.');
  return core.call({ type: 'call_service', domain, service: name, target, service_data: data });
};
interface State {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}
const stateOf = async (id: string): Promise<State> => (await core.rest(`/api/states/${id}`)).json() as Promise<State>;
/** Texts that were spoken while something was done. */
const spokenBy = async (what: () => Promise<unknown>): Promise<TestAssistant['spoken']> => {
  const before = assistant.spoken.length;
  await what();
  return assistant.spoken.slice(before);
};

it('speaks an announcement on a satellite in the voice of its pipeline', async () => {
  const heard = satellite.room.heard.length;
  const spoken = await spokenBy(() =>
    act('assist_satellite.announce', { entity_id: body }, { message: 'Dinner is doomed.', preannounce: false }),
  );
  expect(spoken).toEqual([{ text: 'Dinner is doomed.', voice: 'demon' }]);
  expect(satellite.room.heard.slice(heard).map(({ state }) => state)).toEqual(['complete']);
});

it('speaks it in any voice of ours on any satellite, as a sound', async () => {
  const media_id = `media-source://tts/tts.evil_assistant?message=${encodeURIComponent('Beware & tremble?')}&voice=raven`;
  const spoken = await spokenBy(() => act('assist_satellite.announce', { entity_id: body }, { media_id }));
  expect(spoken.map(({ voice }) => voice)).toEqual(expect.arrayContaining(['raven']));
  expect(spoken.map(({ text }) => text).join(' ')).toBe('Beware & tremble?');
});

it('gives a media player a sound in our voice', async () => {
  const player = 'media_player.living_room';
  const spoken = await spokenBy(async () => {
    await act(
      'tts.speak',
      { entity_id: 'tts.evil_assistant' },
      { media_player_entity_id: player, message: 'I have risen.', options: { voice: 'demon' }, cache: false },
    );
    // The player of the rig plays nothing, so what it was given is resolved and fetched for it.
    const { media_content_id } = (await stateOf(player)).attributes;
    const { url } = await core.call<{ url: string }>({ type: 'media_source/resolve_media', media_content_id });
    const sound = await fetch(new URL(url, core.url));
    expect(sound.status).toBe(200);
    expect((await sound.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
  });
  expect(spoken).toEqual([{ text: 'I have risen.', voice: 'demon' }]);
});

it('ships blueprints that Home Assistant takes, each with all inputs described', async () => {
  const files = await readdir(BLUEPRINTS);
  expect(files.sort()).toEqual(['announce.yaml', 'react.yaml']);
  const listed = await core.call<Record<string, { metadata?: { name: string }; error?: string }>>({
    type: 'blueprint/list',
    domain: 'automation',
  });
  for (const file of files)
    expect(listed[`evil_assistant/${file}`]).toMatchObject({ metadata: { domain: 'automation' } });
  for (const name of ['automation.door', 'automation.glow']) expect((await stateOf(name)).state).toBe('on');
  for (const file of files) {
    const text = await readFile(join(BLUEPRINTS, file), 'utf8');
    const { blueprint } = parse(text, { customTags: [{ tag: '!input', resolve: (value: string) => value }] }) as {
      blueprint: { input: Record<string, { name?: string; selector?: unknown }> };
    };
    for (const input of Object.values(blueprint.input)) {
      expect(input.name).toBeTypeOf('string');
      expect(input).toHaveProperty('selector');
    }
  }
});

it('announces by the first blueprint what has changed, once for each change', async () => {
  const door = 'input_boolean.rig_door_locked';
  const before = assistant.spoken.length;
  await act('input_boolean.turn_off', { entity_id: door });
  await expect
    .poll(
      () =>
        assistant.spoken
          .slice(before)
          .map(({ text }) => text)
          .join(' '),
      { timeout: 20_000 },
    )
    .toBe('Rig door locked & its 42 hinges creak?');
  expect(new Set(assistant.spoken.slice(before).map(({ voice }) => voice))).toEqual(new Set(['demon']));
  await expect.poll(async () => (await stateOf('automation.door')).attributes.current, { timeout: 20_000 }).toBe(0);
  const said = assistant.spoken.length;
  await act('input_boolean.turn_on', { entity_id: door });
  await expect.poll(async () => (await stateOf('automation.door')).attributes.current).toBe(0);
  expect(assistant.spoken).toHaveLength(said);
  expect(String((await stateOf('media_player.living_room')).attributes.media_content_id)).toContain('Rig+door+locked');
});

it('runs actions by the second blueprint at the moments that were chosen', async () => {
  const events = await core.events('seen_by_the_test');
  publisher.publish('wake', { word: 'hey_jarvis', score: 0.9 });
  publisher.publish('reply', { text: 'No.', expects_answer: false });
  publisher.publish('turn', { timings: { commit: 180 }, outcome: 'answered' });
  publisher.state('muted');
  await events.next(({ data }) => data.moment === 'muted');
  await events.next(({ data }) => data.moment === 'turn');
  const seen = events.seen.map(({ data }) => data);
  expect(seen).toHaveLength(3);
  expect(seen).toContainEqual({ moment: 'wake', word: 'hey_jarvis', outcome: '' });
  expect(seen).toContainEqual({ moment: 'turn', word: '', outcome: 'answered' });
  // Another assistant's are not ours.
  await core.rest('/api/events/evil_assistant_wake', { method: 'POST', body: '{"assistant":"evil_twin","word":"x"}' });
  publisher.publish('wake', { word: 'alexa', score: 0.9 });
  await events.next(({ data }) => data.word === 'alexa');
  expect(events.seen.map(({ data }) => data.word)).not.toContain('x');
  events.stop();
});

it('glows red while the assistant speaks, and leaves the lights as they were', async () => {
  const off = 'light.bed_light';
  const on = 'light.kitchen_lights';
  await act('light.turn_off', { entity_id: off });
  await act('light.turn_on', { entity_id: on }, { hs_color: [240, 80], brightness: 90 });
  publisher.state('speaking');
  const hueOf = async (id: string) => (await stateOf(id)).attributes.hs_color as number[] | undefined;
  await expect.poll(() => hueOf(off), { timeout: 10_000 }).toEqual([0, 100]);
  await expect.poll(() => hueOf(on), { timeout: 10_000 }).toEqual([0, 100]);
  publisher.state('idle');
  await expect.poll(async () => (await stateOf(off)).state, { timeout: 10_000 }).toBe('off');
  await expect.poll(() => hueOf(on), { timeout: 10_000 }).toEqual([240, 80]);
  expect((await stateOf(on)).attributes.brightness).toBe(90);
});

it('starts and cancels timers of a language model, which ring on the satellite', async () => {
  const house = openCoreHouse({ home: homeAssistant, log });
  await house.ready(signal);
  const hands = openHands({ homeAssistant, house, log });
  const entities = await core.call<{ entity_id: string; device_id: string }[]>({ type: 'config/entity_registry/list' });
  const device = entities.find(({ entity_id }) => entity_id === body)!.device_id;
  const use = async (name: string, args: object) =>
    hands.perform(await hands.command({ name, arguments: args }, { language: 'en', device }, signal), {
      signal,
      committed: Promise.resolve(),
      mark: () => {},
    });
  try {
    const started = await use('start_timer', { minutes: 5, label: 'pizza' });
    expect(started).toMatchObject({ changed: [{ to: 'active' }], slots: { value: 'five minutes' } });
    expect((await use('timers', {})).speech).toMatch(/^Left: (five minutes|four minutes and .*) on pizza\.$/);
    expect(await use('cancel_timer', { label: 'pizza' })).toMatchObject({ changed: [{ to: 'idle' }] });
    expect((await use('timers', {})).speech).toBe('There is no timer.');
    expect((await use('cancel_timer', {})).failed).toHaveLength(1);
  } finally {
    hands.close();
    house.close();
  }
});
