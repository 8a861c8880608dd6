import { describe, expect, test } from 'vitest';
import { isExtendable } from '../../../src/home/ha/extendable.js';
import { placeFor } from '../../../src/home/ha/places.js';
import { matchTargets, targetsOf } from '../../../src/home/ha/targets.js';
import type { Area, Entity, Floor, House } from '../../../src/home-assistant/house.js';

const ground: Floor = { id: 'ground', name: 'Ground floor', aliases: ['downstairs'] };
const kitchen: Area = { id: 'kitchen', name: 'Kitchen', aliases: ['Küche'], floor: ground };
const bedroom: Area = { id: 'bedroom', name: 'Bedroom', aliases: [] };
const thing = (id: string, names: string[], area?: Area, deviceClass?: string): Entity => ({
  id,
  domain: id.split('.')[0]!,
  name: names[0]!,
  names,
  supportedFeatures: 0,
  state: 'off',
  attributes: {},
  ...(area ? { area } : {}),
  ...(deviceClass ? { deviceClass } : {}),
});
const entities = [
  thing('light.counter', ['Counter Light', 'worktop light'], kitchen),
  thing('light.ceiling_1', ['Ceiling Light'], kitchen),
  thing('light.ceiling_2', ['Ceiling Light'], bedroom),
  thing('fan.bedroom', ['Bedroom Fan'], bedroom),
  thing('media_player.speaker', ['Speaker'], bedroom),
  thing('cover.blinds', ['Blinds'], bedroom, 'blind'),
  thing('cover.garage', ['Garage'], undefined, 'garage'),
];
const devices = new Map([
  ['device-kitchen', kitchen],
  ['device-bedroom', bedroom],
]);
const house: House = {
  entities,
  areas: [bedroom, kitchen],
  floors: [ground],
  entity: (id) => entities.find((one) => one.id === id),
  inArea: (area) =>
    entities.filter((one) => one.area?.id === area).map((one) => ({ ...one, device: `device-${area}` })),
  areaOf: (device) => devices.get(device),
};
const match = (slots: Record<string, unknown>, here?: Area, domains?: string[]) =>
  matchTargets(slots, domains, house, here);

describe('what a sentence reaches, for a Core that does not say', () => {
  test.each([
    ['a name', { name: 'counter light' }, ['light.counter']],
    ['an alias', { name: 'Worktop Light' }, ['light.counter']],
    ['an entity id', { name: 'light.counter' }, ['light.counter']],
    ['a name in a room', { name: 'ceiling light', area: 'bedroom' }, ['light.ceiling_2']],
    ['a name that is elsewhere', { name: 'counter light', area: 'bedroom' }, []],
    ['a room by its alias', { area: 'küche', domain: 'light' }, ['light.counter', 'light.ceiling_1']],
    ['a floor by its alias', { floor: 'downstairs', domain: ['light'] }, ['light.counter', 'light.ceiling_1']],
    ['a kind of cover', { device_class: 'garage' }, ['cover.garage']],
    ['all of a kind', { name: 'all', domain: 'cover' }, ['cover.blinds', 'cover.garage']],
    ['nothing said', {}, []],
    ['what there is not', { name: 'flux' }, []],
  ])('%s', (_, slots, targets) => {
    expect(match(slots)).toEqual(targets);
  });

  test('a name that several share is the one that is here, or none', () => {
    expect(match({ name: 'ceiling light' })).toEqual([]);
    expect(match({ name: 'ceiling light' }, kitchen)).toEqual(['light.ceiling_1']);
    expect(match({ name: 'ceiling light' }, { id: 'hall', name: 'Hall', aliases: [] })).toEqual([]);
  });

  test('only things of the domains that an intent is for', () => {
    expect(match({ area: 'bedroom' }, undefined, ['media_player'])).toEqual(['media_player.speaker']);
  });
});

test("Core's own answer is believed where it names the very things, and only what is exposed of it", () => {
  const recognised = {
    source: 'builtin',
    template: '',
    slots: { name: 'ceiling light' },
    texts: {},
    targets: ['light.counter', 'light.hidden'],
  } as const;
  const reach = { recognised, domains: ['light'], house, here: bedroom };
  expect(targetsOf({ ...reach, version: '2026.11.0' })).toEqual(['light.counter']);
  expect(targetsOf({ ...reach, version: '2027.1.0b2' })).toEqual(['light.counter']);
  expect(targetsOf({ ...reach, version: '2026.7.4' })).toEqual(['light.ceiling_2']);
  expect(targetsOf({ ...reach, version: 'nonsense' })).toEqual(['light.ceiling_2']);
});

describe('where something was said', () => {
  test('a room that has a device is told by it', () => {
    expect(placeFor({ language: 'en', area: 'Küche' }, house, '2026.11.0').device).toBe('device-kitchen');
    expect(placeFor({ language: 'en', device: 'own' }, house, '2026.11.0').device).toBe('own');
    expect(placeFor({ language: 'en', area: 'cellar' }, house, '2026.11.0').device).toBeUndefined();
  });

  test('no two rooms send the same words to a Core that forgets where they came from', () => {
    const said = (device: string, version: string) =>
      placeFor({ language: 'en', device }, house, version).said('turn on the lights');
    expect(said('device-kitchen', '2026.7.4')).not.toBe(said('device-bedroom', '2026.7.4'));
    expect(said('device-kitchen', '2026.7.4').trimEnd()).toBe('turn on the lights');
    expect(said('device-kitchen', '2026.11.0')).toBe('turn on the lights');
  });
});

describe('a longer sentence plainly begins with', () => {
  const said = (text: string, intent: string, slots: Record<string, unknown>, more: object = {}) => ({
    template: '',
    text,
    intent,
    kind: 'change' as const,
    slots,
    texts: Object.fromEntries(Object.entries(slots).map(([key, value]) => [key, String(value)])),
    targets: ['light.counter'],
    ...more,
  });
  test.each([
    ['turn on the lights', said('turn on the lights', 'HassTurnOn', { domain: 'light' }), true],
    ['here', said('turn on the lights', 'HassTurnOn', { domain: 'light', area: 'Kitchen' }), true],
    [
      'in the kitchen',
      said('turn on the lights in the kitchen', 'HassTurnOn', { domain: 'light', area: 'kitchen' }),
      false,
    ],
    ['a name', said('turn on the counter light', 'HassTurnOn', { name: 'counter light' }), false],
    [
      'a shared name',
      said('turn on the ceiling light', 'HassTurnOn', { name: 'ceiling light' }, { targets: [] }),
      true,
    ],
    ['twenty', said('set the counter light to twenty', 'HassLightSet', { name: 'counter light' }), true],
    [
      'twenty percent',
      said('set the counter light to twenty percent', 'HassLightSet', { name: 'counter light' }),
      false,
    ],
    ['five minutes', said('set a timer for five minutes', 'HassStartTimer', { minutes: 5 }, { kind: 'timer' }), true],
    ['thirty seconds', said('set a timer for 30 seconds', 'HassStartTimer', { seconds: 30 }, { kind: 'timer' }), false],
    ['a message', said('broadcast dinner', 'HassBroadcast', { message: 'dinner' }, { kind: 'message' }), true],
    ['an item', said('add milk to the list', 'HassListAddItem', { item: 'milk' }, { kind: 'list' }), false],
    ['the time', said('what time is it', 'HassGetCurrentTime', {}, { kind: 'question' }), false],
    ['a sentence of the own', said('play jazz', 'trigger', {}, { kind: 'own', template: 'play {what}' }), true],
  ])('%s', (_, sentence, extendable) => {
    expect(isExtendable(sentence, house)).toBe(extendable);
  });
});
