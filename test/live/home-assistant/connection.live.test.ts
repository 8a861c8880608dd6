import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionState, type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { type Entity, type House, type LiveHouse, openHouse } from '../../../src/home-assistant/house.js';
import { createPublisher } from '../../../src/home-assistant/publisher.js';
import { createLog } from '../../../src/log.js';
import { type Core, startCore } from '../core-rig.js';

let core: Core;
beforeAll(async () => {
  core = await startCore({ port: 8131 });
});
afterAll(() => core?.stop());

const log = createLog({ level: 'silent', format: 'json' });
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** What takes longer than any of this should take. */
const soon = (): AbortSignal => AbortSignal.timeout(60_000);

const connect = (token = core.token, url = core.url): HomeAssistant => {
  const home = openHomeAssistant({ url, token, log });
  closers.push(() => home.close());
  return home;
};
const enter = async (home = connect()): Promise<{ home: HomeAssistant; house: LiveHouse }> => {
  const house = openHouse({ home, log });
  closers.push(() => house.close());
  await house.ready(soon());
  return { home, house };
};
const becomes = (home: HomeAssistant, kind: ConnectionState['kind']): Promise<ConnectionState> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (home.state.kind !== kind) return;
      forget();
      resolve(home.state);
    };
    const forget = home.onState(look);
    look();
  });
/** Resolves when the house fits, looked at after each change of names. */
const namesBecome = (house: LiveHouse, fits: (house: House) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!fits(house.current)) return;
      forget();
      resolve();
    };
    const forget = house.onNames(look);
    look();
  });
const isOn = (id: string) => (entity: (id: string) => Entity | undefined) => entity(id)?.state === 'on';
const turn = (service: string, id: string): Promise<unknown> =>
  core.call({ type: 'call_service', domain: 'light', service, target: { entity_id: id } });

describe('a real Home Assistant', () => {
  it('is entered with a token of its owner, by any form of its address', async () => {
    for (const url of [core.url, `${core.url}/`, `${core.url.replace('http', 'ws')}/api/websocket`]) {
      const home = connect(core.token, url);
      await home.ready(soon());
      expect(home.state).toMatchObject({ kind: 'connected', version: expect.stringMatching(/^20\d\d\.\d+/) });
    }
  });

  it('is not entered with a wrong token, and is not asked twice', async () => {
    const home = connect('wrong.wrong.wrong');
    expect(await becomes(home, 'refused')).toMatchObject({
      reason: { code: 'usage', message: expect.stringMatching(/token/) },
    });
    await expect(home.ready(soon())).rejects.toMatchObject({ hint: expect.stringContaining('long-lived') });
  });

  it('tells exposure to administrators only, so nobody else is let in', async () => {
    const token = await core.userToken('Guest');
    await expect(core.call({ type: 'homeassistant/expose_entity/list' }, token)).rejects.toMatchObject({
      core: { code: 'unauthorized' },
    });
    const home = connect(token);
    expect(await becomes(home, 'refused')).toMatchObject({
      reason: { code: 'usage', message: expect.stringContaining('administrator') },
    });
  });

  it('ends the connection when the token is revoked, and the reason is clear', async () => {
    const further = await core.furtherToken('to be revoked');
    const { home, house } = await enter(connect(further.token));
    await further.revoke();
    expect(await becomes(home, 'refused')).toMatchObject({ reason: { code: 'usage' } });
    await expect(home.call({ type: 'get_states' })).rejects.toMatchObject({ code: 'usage' });
    expect(house.current.entities.length).toBeGreaterThan(0);
  });

  it('that hangs is noticed although its sockets are open, and entered again when it goes on', async () => {
    const { home, house } = await enter();
    await core.freeze();
    await becomes(home, 'away').finally(() => core.thaw());
    await home.ready(soon());
    const lamp = 'light.desk_lamp';
    await turn('turn_off', lamp);
    const wait = house.until(isOn(lamp), { signal: soon(), timeout: 10_000 });
    await turn('turn_on', lamp);
    expect(await wait).toBe(true);
  });

  it("answers an error with Core's own words", async () => {
    const { home } = await enter();
    await expect(home.call({ type: 'call_service', domain: 'light', service: 'shine' })).rejects.toMatchObject({
      core: { code: 'not_found' },
    });
  });
});

describe('the house as it really is', () => {
  it('has what is exposed, where it is, and nothing else', async () => {
    const { house } = await enter();
    expect(house.current.entities).toHaveLength(25);
    const of = (id: string): Entity | undefined => house.current.entity(id);
    expect(of('light.secret_light')).toBeUndefined();
    expect(of('switch.secret_switch')).toBeUndefined();
    expect(of('light.counter_light')).toMatchObject({
      names: ['Counter Light', 'Küchenlicht', 'worktop light'],
      area: {
        name: 'Kitchen',
        aliases: ['Küche'],
        floor: { name: 'Ground floor', aliases: ['Erdgeschoss', 'downstairs'] },
      },
    });
    // It has an area by its device alone.
    expect(of('light.bed_light')).toMatchObject({
      name: 'Bed Light',
      area: { id: 'bedroom' },
      attributes: { supported_color_modes: ['color_temp', 'hs'] },
    });
    expect(of('cover.garage_door')).toMatchObject({ deviceClass: 'garage', supportedFeatures: 3, state: 'closed' });
    expect(of('media_player.walkman')).toMatchObject({ names: ['Walkman'], state: 'playing' });
    expect(of('media_player.walkman')?.attributes).not.toHaveProperty('entity_picture');
    expect(house.current.inArea('bedroom').map(({ id }) => id)).toContain('light.ceiling_light_2');
    expect(house.current.areas.map(({ id }) => id)).toHaveLength(6);
  });

  it("has the names that Core's own sentences take", async () => {
    const { home, house } = await enter();
    const sentences = house.current.entities.flatMap(({ domain, names }) =>
      domain === 'light' ? names.map((name) => `turn on ${name}`) : [],
    );
    const { results } = await home.call<{ results: ({ intent?: { name: string } } | null)[] }>({
      type: 'conversation/agent/homeassistant/debug',
      sentences,
      language: 'en',
    });
    expect(results.map((result) => result?.intent?.name)).toEqual(sentences.map(() => 'HassTurnOn'));
  });

  it('follows states', async () => {
    const { house } = await enter();
    const lamp = 'light.desk_lamp';
    await turn('turn_off', lamp);
    const wait = house.until(isOn(lamp), { signal: soon(), timeout: 10_000 });
    await turn('turn_on', lamp);
    expect(await wait).toBe(true);
    expect(house.current.entity(lamp)?.state).toBe('on');
  });

  it('follows exposure, of registered entities at once', async () => {
    const { house } = await enter();
    const expose = (id: string, should_expose: boolean): Promise<unknown> =>
      core.call({ type: 'homeassistant/expose_entity', assistants: ['conversation'], entity_ids: [id], should_expose });
    await expose('light.secret_light', true);
    await namesBecome(house, (now) => now.entity('light.secret_light')?.area?.id === 'living_room');
    await expose('light.secret_light', false);
    await namesBecome(house, (now) => now.entity('light.secret_light') === undefined);
  });

  it('follows names, aliases and places', async () => {
    const { house } = await enter();
    const lamp = 'light.desk_lamp';
    const update = (fields: object): Promise<unknown> =>
      core.call({ type: 'config/entity_registry/update', entity_id: lamp, ...fields });
    await update({ name: 'Lamp of Doom', aliases: [null, 'Doom'], area_id: 'garden' });
    await namesBecome(
      house,
      (now) => now.entity(lamp)?.names.join() === 'Lamp of Doom,Doom' && now.entity(lamp)?.area?.id === 'garden',
    );
    await core.call({
      type: 'config/area_registry/update',
      area_id: 'garden',
      name: 'Graveyard',
      aliases: ['Friedhof'],
    });
    await namesBecome(house, (now) => now.entity(lamp)?.area?.aliases[0] === 'Friedhof');
    expect(house.current.entity(lamp)?.area?.name).toBe('Graveyard');
    await update({ name: null, aliases: [null, 'Schreibtischlampe'], area_id: 'office' });
    await core.call({ type: 'config/area_registry/update', area_id: 'garden', name: 'Garden', aliases: ['Garten'] });
    await namesBecome(house, (now) => now.entity(lamp)?.name === 'Desk Lamp');
  });
});

describe('what automations are told', () => {
  it('arrives on the bus', async () => {
    const { home } = await enter();
    const events = await core.events('evil_assistant_command');
    closers.push(() => events.stop());
    const publisher = createPublisher({ home, log, speech: true, id: 'test_assistant' });
    closers.push(() => publisher.close());
    publisher.publish('command', { text: 'turn on the light', language: 'en', area: 'kitchen' });
    const event = await events.next(() => true);
    expect(event.data).toMatchObject({ text: 'turn on the light', language: 'en', area: 'kitchen' });
    expect(publisher.dropped).toBe(0);
  });

  it('is a state that a trigger can have, also after Core was started again; the house and its events come back too', async () => {
    const { home, house } = await enter();
    const publisher = createPublisher({ home, log, speech: false });
    closers.push(() => publisher.close());
    const state = async (id: string): Promise<{ state: string; attributes: Record<string, unknown> } | undefined> => {
      const response = await core.rest(`/api/states/${id}`);
      return response.status === 200 ? ((await response.json()) as never) : undefined;
    };
    /** What Core has no event for that this test could rely on: asked ten times a second. */
    const stateBecomes = async (id: string, wanted: string): Promise<void> => {
      while ((await state(id).catch(() => undefined))?.state !== wanted)
        await new Promise((wake) => setTimeout(wake, 100));
    };
    publisher.state('speaking');
    publisher.latency(206.4);
    await stateBecomes('sensor.evil_assistant', 'speaking');
    await stateBecomes('sensor.evil_assistant_latency', '206');
    expect(await state('sensor.evil_assistant')).toMatchObject({
      attributes: { options: expect.arrayContaining(['muted']), device_class: 'enum', friendly_name: 'Evil Assistant' },
    });

    await core.halt();
    expect(await becomes(home, 'away')).toMatchObject({ kind: 'away' });
    await expect(home.call({ type: 'get_states' })).rejects.toMatchObject({ code: 'network', retry: true });
    publisher.publish('wake', { word: 'hey_jarvis', score: 0.9 });
    await core.relaunch();
    const events = await core.events('evil_assistant_wake');
    closers.push(() => events.stop());
    await home.ready(soon());
    await stateBecomes('sensor.evil_assistant', 'speaking');
    await stateBecomes('sensor.evil_assistant_latency', '206');
    publisher.publish('wake', { word: 'hey_mycroft', score: 0.8 });
    await events.next(({ data }) => data.word === 'hey_mycroft');
    expect(publisher.dropped).toBe(0);

    expect(
      await house.until((entity) => entity('media_player.walkman')?.state === 'playing', {
        signal: soon(),
        timeout: 30_000,
      }),
    ).toBe(true);
    const lamp = 'light.reading_lamp';
    const wait = house.until(isOn(lamp), { signal: soon(), timeout: 10_000 });
    await turn('turn_on', lamp);
    expect(await wait).toBe(true);
    await core.call({ type: 'config/area_registry/update', area_id: 'office', name: 'Dungeon' });
    await namesBecome(house, (now) => now.areas.some(({ name }) => name === 'Dungeon'));

    await publisher.close();
    await stateBecomes('sensor.evil_assistant', 'unavailable');
  });
});
