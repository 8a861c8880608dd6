import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveHouse, openHouse } from '../../src/home-assistant/house.js';
import { createLog } from '../../src/log.js';
import { CoreError, type FakeCore, fakeHomeAssistant } from '../fakes/home-assistant-server.js';
import { type Connected, connect, eventually, never } from './connected.js';
import { entry, furnished } from './furnished.js';

let core: FakeCore;
let connected: Connected;
let house: LiveHouse;
let names: number;
let changed: string[][];
beforeEach(async () => {
  core = await fakeHomeAssistant(furnished());
  connected = connect(core);
  const log = createLog({ level: 'silent', format: 'json' });
  house = openHouse({ home: connected.home, log, clock: connected.clock });
  names = 0;
  changed = [];
});
afterEach(async () => {
  house.close();
  connected.home.close();
  await core.close();
});

const ready = async (): Promise<void> => {
  await house.ready(never);
  house.onNames(() => {
    names += 1;
  });
  house.onState((ids) => changed.push([...ids]));
  // All that the house wants to be told has been asked for when this is answered.
  await connected.home.call({ type: 'get_config' });
};
/** Lets what Core has signalled be read: after the pause in which more may come. */
const reread = async (fits: () => boolean): Promise<void> => {
  await connected.home.call({ type: 'get_config' });
  await connected.clock.advance(100);
  await eventually(fits);
};
const idOf = ({ id }: { id: string }): string => id;

describe('the house', () => {
  it('has what is exposed, by floor, area and name, and nothing else', async () => {
    await ready();
    expect(house.current.entities.map(idOf)).toEqual([
      'light.counter',
      'light.bed',
      'switch.socket',
      'sensor.outside',
      'media_player.walkman',
    ]);
    expect(house.current.entity('light.secret')).toBeUndefined();
    expect(house.current.areas.map(idOf)).toEqual(['kitchen', 'bedroom', 'garden']);
    expect(house.current.floors.map(idOf)).toEqual(['down', 'up']);
    expect(core.received.some((message) => JSON.stringify(message).includes('light.secret'))).toBe(false);
  });

  it('knows names, aliases and places', async () => {
    await ready();
    expect(house.current.entity('light.counter')).toMatchObject({
      name: 'Counter Light',
      names: ['Counter Light', 'Küchenlicht'],
      domain: 'light',
      area: { name: 'Kitchen', aliases: ['Cuisine', 'Küche'], floor: { name: 'Ground floor', level: 0 } },
      state: 'off',
    });
    expect(house.current.inArea('bedroom').map(idOf)).toEqual(['light.bed', 'switch.socket']);
    expect(house.current.inArea('cellar')).toEqual([]);
  });

  it('finds the place of a device, and of a part of a device where the whole is', async () => {
    await ready();
    expect(house.current.areaOf('satellite')?.name).toBe('Kitchen');
    expect(house.current.entity('switch.socket')?.area?.name).toBe('Bedroom');
    expect(house.current.areaOf('nowhere')).toBeUndefined();
  });

  it('has entities without an entry in the registry', async () => {
    await ready();
    const walkman = house.current.entity('media_player.walkman');
    expect(walkman).toMatchObject({ name: 'Walkman', names: ['Walkman'], state: 'playing' });
    expect(walkman?.area).toBeUndefined();
  });

  it('keeps no attribute that is a secret or of no use', async () => {
    await ready();
    expect(house.current.entity('light.bed')?.attributes).toEqual({ friendly_name: 'Bed Light', brightness: 153 });
  });

  it('takes the first alias for the name where the user has removed the own one', async () => {
    core.house.entries.set('light.bed', entry({ aliases: ['Night light', 'Lamp'] }));
    core.house.entries.set('light.counter', entry({ aliases: [] }));
    await ready();
    expect(house.current.entity('light.bed')).toMatchObject({ name: 'Night light', names: ['Night light', 'Lamp'] });
    expect(house.current.entity('light.counter')).toMatchObject({ name: 'Counter Light', names: [] });
  });

  it('takes what is bad in a name out of it', async () => {
    core.house.states.set('light.bed', {
      state: 'on\n',
      attributes: { friendly_name: `Bed\u0000\n\u202Elight ${'x'.repeat(5_000)}` },
    });
    await ready();
    const bed = house.current.entity('light.bed');
    expect(bed?.name).toMatch(/^Bed light x+$/);
    expect(bed?.name.length).toBeLessThanOrEqual(100);
    expect(bed?.state).toBe('on');
  });

  it('is there when nothing at all is exposed, and asks for no states then', async () => {
    core.house.exposed.clear();
    await ready();
    expect(house.current.entities).toEqual([]);
    expect(core.received.some(({ type }) => type === 'subscribe_entities')).toBe(false);
    core.house.exposed.add('light.bed');
    core.fire('entity_registry_updated', {});
    await reread(() => house.current.entities.length === 1);
  });
});

describe('a change of a state', () => {
  it('is told, and is in the next snapshot, not in the one before', async () => {
    await ready();
    const before = house.current;
    core.setState('light.bed', 'off', { friendly_name: 'Bed Light' });
    await eventually(() => changed.length === 1);
    expect(changed).toEqual([['light.bed']]);
    expect(names).toBe(0);
    expect(house.current.entity('light.bed')).toMatchObject({ state: 'off' });
    expect(house.current.entity('light.bed')?.attributes).not.toHaveProperty('brightness');
    expect(before.entity('light.bed')).toMatchObject({ state: 'on', attributes: { brightness: 153 } });
  });

  it('keeps what has not changed', async () => {
    await ready();
    core.setState('light.bed', 'on', { friendly_name: 'Bed Light', brightness: 10 });
    await eventually(() => changed.length === 1);
    expect(house.current.entity('light.bed')?.attributes).toEqual({ friendly_name: 'Bed Light', brightness: 10 });
  });

  it('that nobody can see is no change', async () => {
    await ready();
    core.setState('light.bed', 'on', { friendly_name: 'Bed Light', brightness: 153, entity_picture: '/y?token=def' });
    core.setState('light.counter', 'on');
    await eventually(() => changed.length > 0);
    expect(changed).toEqual([['light.counter']]);
  });

  it('of something that is not exposed is not even sent', async () => {
    await ready();
    core.setState('light.secret', 'on');
    core.setState('light.counter', 'on');
    await eventually(() => changed.length > 0);
    expect(changed).toEqual([['light.counter']]);
    expect(house.current.entity('light.secret')).toBeUndefined();
  });

  it('may be that the entity comes or goes', async () => {
    await ready();
    core.setState('light.counter', undefined);
    await eventually(() => changed.length === 1);
    expect(house.current.entity('light.counter')).toBeUndefined();
    expect(names).toBe(1);
    core.setState('light.counter', 'on', { friendly_name: 'Counter Light' });
    await eventually(() => changed.length === 2);
    expect(house.current.entity('light.counter')).toMatchObject({ state: 'on', area: { id: 'kitchen' } });
    expect(names).toBe(2);
  });
});

describe('a change of names', () => {
  it('of an entity is followed', async () => {
    await ready();
    core.house.entries.set('light.bed', entry({ area_id: 'garden', aliases: [null, 'Star'] }));
    core.fire('entity_registry_updated', { action: 'update', entity_id: 'light.bed' });
    await reread(() => names === 1);
    expect(house.current.entity('light.bed')).toMatchObject({ names: ['Bed Light', 'Star'], area: { id: 'garden' } });
  });

  it('of an area is followed, in everything that is there', async () => {
    await ready();
    core.house.areas[1] = { area_id: 'kitchen', name: 'Hell', floor_id: 'up', aliases: [] };
    core.fire('area_registry_updated', { action: 'update', area_id: 'kitchen' });
    await reread(() => names === 1);
    expect(house.current.entity('light.counter')?.area).toMatchObject({ name: 'Hell', floor: { id: 'up' } });
  });

  it('that changes nothing is not told', async () => {
    await ready();
    const asked = core.received.length;
    core.fire('device_registry_updated', {});
    core.fire('area_registry_updated', {});
    await reread(() => core.received.slice(asked).some(({ type }) => type === 'config/floor_registry/list'));
    await connected.home.call({ type: 'get_config' });
    expect(names).toBe(0);
    expect(changed).toEqual([]);
  });

  it('that cannot be seen in the house is not even read', async () => {
    await ready();
    const asked = core.received.length;
    core.fire('entity_registry_updated', { action: 'update', entity_id: 'light.secret', changes: { icon: null } });
    core.fire('device_registry_updated', { action: 'update', device_id: 'plug', changes: { sw_version: '1' } });
    core.house.areas[2] = { area_id: 'garden', name: 'Graveyard', floor_id: null, aliases: [] };
    core.fire('area_registry_updated', { action: 'update', area_id: 'garden' });
    await reread(() => names === 1);
    const types = new Set(core.received.slice(asked).map(({ type }) => type));
    expect(types).toEqual(new Set(['get_config', 'config/area_registry/list', 'config/floor_registry/list']));
  });

  it('comes in bursts, which are read once', async () => {
    await ready();
    const asked = core.received.length;
    core.house.entries.set('light.bed', entry({ aliases: ['Star'] }));
    for (let time = 0; time < 50; time++) core.fire('entity_registry_updated', {});
    await reread(() => names === 1);
    const reads = core.received.slice(asked).filter(({ type }) => type === 'homeassistant/expose_entity/list');
    expect(reads).toHaveLength(1);
  });
});

describe('exposure', () => {
  it('given to an entity brings it in, with its state', async () => {
    await ready();
    core.house.exposed.add('light.secret');
    core.fire('entity_registry_updated', { action: 'update', entity_id: 'light.secret', changes: { options: {} } });
    await reread(() => names === 1);
    expect(house.current.entity('light.secret')).toMatchObject({ state: 'off', area: { id: 'kitchen' } });
    core.setState('light.secret', 'on');
    await eventually(() => house.current.entity('light.secret')?.state === 'on');
  });

  it('taken from an entity takes it out at once', async () => {
    await ready();
    core.house.exposed.delete('light.counter');
    core.fire('entity_registry_updated', { action: 'update', entity_id: 'light.counter' });
    await reread(() => names === 1);
    expect(house.current.entity('light.counter')).toBeUndefined();
    expect(house.current.inArea('kitchen')).toEqual([]);
  });

  it('of an entity without an entry is found out within a minute: Core signals nothing', async () => {
    await ready();
    core.house.exposed.delete('media_player.walkman');
    for (let second = 0; second < 60; second += 2) {
      await connected.clock.advance(2_000);
      await connected.home.call({ type: 'get_config' });
    }
    await reread(() => names === 1);
    expect(house.current.entity('media_player.walkman')).toBeUndefined();
  });
});

describe('a lost connection', () => {
  it('leaves the house as it was, and brings it up to date afterwards', async () => {
    await ready();
    core.drop();
    await connected.becomes('away');
    expect(house.current.entity('light.bed')?.state).toBe('on');
    await house.ready(never);
    core.setState('light.bed', 'off');
    core.setState('light.counter', undefined);
    core.house.entries.set('sensor.outside', entry({ aliases: ['Hell outside'] }));
    const there = connected.home.ready(never);
    await connected.clock.advance(250);
    await there;
    await eventually(() => house.current.entity('sensor.outside')?.name === 'Hell outside');
    await eventually(() => house.current.entity('light.bed')?.state === 'off');
    expect(house.current.entity('light.counter')).toBeUndefined();
  });

  it('in the middle of the first reading only delays it', async () => {
    core.answer('homeassistant/expose_entity/list', () => {
      core.answer('homeassistant/expose_entity/list', null);
      core.drop();
      throw new CoreError('gone', 'gone');
    });
    const there = house.ready(never);
    await connected.becomes('away');
    await connected.clock.advance(250);
    await there;
    expect(house.current.entities).toHaveLength(5);
  });

  it('and a refusal end the wait for a house that is not known', async () => {
    const other = connect(core, 'wrong');
    const unknown = openHouse({
      home: other.home,
      log: createLog({ level: 'silent', format: 'json' }),
      clock: other.clock,
    });
    await expect(unknown.ready(never)).rejects.toMatchObject({ code: 'usage' });
    unknown.close();
    other.home.close();
  });
});

describe('trouble in reading', () => {
  it('is tried again', async () => {
    core.answer('config/device_registry/list', () => {
      core.answer('config/device_registry/list', null);
      throw new CoreError('unknown_error', 'Try again');
    });
    const there = house.ready(never);
    await core.message(({ type }) => type === 'config/entity_registry/get_entries');
    await connected.home.call({ type: 'get_config' });
    await connected.clock.advance(1_000);
    await there;
    expect(house.current.entities).toHaveLength(5);
  });

  it.each([null, 7, 'text', [null, 7, { area_id: 3, name: {} }], { exposed_entities: [1] }])(
    'does not come from the answer %j',
    async (nonsense) => {
      for (const type of [
        'config/area_registry/list',
        'config/floor_registry/list',
        'config/device_registry/list',
        'config/entity_registry/get_entries',
      ])
        core.answer(type, () => nonsense);
      await ready();
      expect(house.current.entities).toHaveLength(5);
      expect(house.current.areas).toEqual([]);
    },
  );
});

describe('waiting for a state', () => {
  const isOn = (entity: (id: string) => { state: string } | undefined): boolean =>
    entity('light.counter')?.state === 'on';

  it('ends at the event that makes it true', async () => {
    await ready();
    const wait = house.until(isOn, { signal: never, timeout: 1_000 });
    core.setState('light.bed', 'off');
    core.setState('light.counter', 'on');
    expect(await wait).toBe(true);
    expect(await house.until(isOn, { signal: never, timeout: 1_000 })).toBe(true);
  });

  it('ends at its limit', async () => {
    await ready();
    const wait = house.until(isOn, { signal: never, timeout: 1_000 });
    expect(await connected.clock.until(wait)).toBe(false);
  });

  it('can be given up, and passes on what the question throws', async () => {
    await ready();
    const controller = new AbortController();
    const wait = expect(house.until(isOn, { signal: controller.signal, timeout: 1_000 })).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await wait;
    let asked = 0;
    const broken = house.until(
      () => {
        if (asked++ > 0) throw new Error('a defect');
        return false;
      },
      { signal: never, timeout: 1_000 },
    );
    const thrown = expect(broken).rejects.toThrow('a defect');
    core.setState('light.bed', 'off');
    await thrown;
  });
});
