import { describe, expect, test } from 'vitest';
import { effectOf } from '../../../src/home/ha/effects.js';
import { type RiskRules, riskOf } from '../../../src/home/ha/risk.js';
import type { Area, Entity, House } from '../../../src/home-assistant/house.js';

const area = (id: string): Area => ({ id, name: id, aliases: [] });
const [hall, kitchen] = [area('hall'), area('kitchen')];

const thing = (id: string, more: Partial<Entity> = {}): Entity => ({
  id,
  domain: id.split('.')[0]!,
  name: id,
  names: [id],
  area: hall,
  supportedFeatures: 0,
  state: 'off',
  attributes: {},
  ...more,
});

const things = [
  ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => thing(`light.${name}`)),
  thing('light.far', { area: kitchen }),
  thing('light.group', { attributes: { entity_id: ['light.a', 'light.b'] } }),
  thing('lock.door'),
  thing('cover.garage', { deviceClass: 'garage' }),
  thing('cover.gate', { deviceClass: 'gate' }),
  thing('cover.entrance', { deviceClass: 'door' }),
  thing('cover.blind', { deviceClass: 'blind' }),
  thing('cover.plain'),
  thing('alarm_control_panel.home'),
  thing('valve.water'),
  thing('siren.roof'),
  thing('switch.garage_relay', { area: kitchen }),
  thing('group.doors', { attributes: { entity_id: ['lock.door', 'cover.hidden'] } }),
  thing('group.blinds', { attributes: { entity_id: ['cover.blind'] } }),
  thing('scene.leave', { attributes: { entity_id: ['light.a', 'lock.door'] } }),
  thing('scene.film', { attributes: { entity_id: ['light.a'] } }),
  thing('automation.alarm'),
];
const byId = new Map(things.map((one) => [one.id, one]));
const house: House = {
  entities: things,
  areas: [hall, kitchen],
  floors: [],
  entity: (id) => byId.get(id),
  inArea: () => [],
  areaOf: () => undefined,
};
const rules = (...marked: string[]): RiskRules => ({ marked: new Set(marked), confirmAbove: 6 });
const risk = (intent: string, targets: string[], slots: Record<string, unknown> = { name: 'x' }, by = rules()) =>
  riskOf({ intent, slots, targets }, house, by);

describe('the risk of an intent', () => {
  test.each([
    ['HassTurnOff', 'lock.door'],
    ['HassToggle', 'lock.door'],
    ['HassTurnOn', 'cover.garage'],
    ['HassTurnOn', 'cover.gate'],
    ['HassOpenCover', 'cover.entrance'],
    ['HassSetPosition', 'cover.garage'],
    ['HassTurnOn', 'alarm_control_panel.home'],
    ['HassTurnOff', 'alarm_control_panel.home'],
    ['HassTurnOn', 'valve.water'],
    ['HassTurnOn', 'siren.roof'],
    ['HassTurnOff', 'group.doors'],
    ['HassTurnOn', 'scene.leave'],
    ['HassUnheardOf', 'lock.door'],
  ])('%s %s is guarded', (intent, id) => {
    expect(risk(intent, [id])).toBe('guarded');
  });

  test.each([
    ['HassTurnOn', 'lock.door'],
    ['HassTurnOff', 'cover.garage'],
    ['HassCloseCover', 'cover.gate'],
    ['HassStopMoving', 'cover.garage'],
    ['HassTurnOff', 'valve.water'],
    ['HassTurnOff', 'siren.roof'],
    ['HassTurnOn', 'cover.blind'],
    ['HassTurnOn', 'cover.plain'],
    ['HassTurnOn', 'group.blinds'],
    ['HassTurnOn', 'scene.film'],
    ['HassTurnOn', 'light.group'],
  ])('%s %s is harmless', (intent, id) => {
    expect(risk(intent, [id])).toBe('harmless');
  });

  test('one guarded thing among others makes it guarded', () => {
    expect(risk('HassTurnOff', ['light.a', 'lock.door'], { area: 'hall' })).toBe('guarded');
  });

  test('closing to nothing is closing', () => {
    expect(risk('HassSetPosition', ['cover.garage'], { position: 0 })).toBe('harmless');
    expect(risk('HassSetPosition', ['cover.garage'], { position: 1 })).toBe('guarded');
  });

  test.each([['switch.garage_relay'], ['switch'], ['kitchen'], ['HassTurnOn']])(
    'what is marked by %s is guarded',
    (mark) => {
      expect(risk('HassTurnOn', ['switch.garage_relay'], { name: 'x' }, rules(mark))).toBe('guarded');
    },
  );

  test('the safe side of what the user has marked is not known', () => {
    expect(risk('HassTurnOn', ['lock.door'], { name: 'x' }, rules('lock.door'))).toBe('guarded');
  });

  test('many things, several rooms and the whole house are wide', () => {
    const lights = (count: number): string[] =>
      ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, count).map((name) => `light.${name}`);
    expect(risk('HassTurnOff', lights(4), { area: 'hall' })).toBe('harmless');
    expect(risk('HassTurnOff', lights(5), { area: 'hall' })).toBe('wide');
    expect(risk('HassTurnOff', ['light.a', 'light.far'], { floor: 'ground' })).toBe('wide');
    expect(risk('HassTurnOff', lights(2), { domain: 'light' })).toBe('wide');
    expect(risk('HassTurnOff', [...lights(6), 'light.far'], { domain: 'light' })).toBe('guarded');
  });

  test('an automation may be anything', () => {
    expect(risk('HassTurnOff', ['automation.alarm'])).toBe('wide');
  });
});

describe("what the user's own scripts and automations may do", () => {
  const effect = (actions: unknown, by = rules()) =>
    effectOf({ alias: 'x', triggers: [{ entity_id: 'lock.door' }], actions }, house, by);

  test.each([
    ['nothing', [{ set_conversation_response: 'Sesame is open.' }]],
    ['a light', [{ action: 'light.turn_on', target: { entity_id: 'light.a' } }]],
    ['a blind', [{ action: 'cover.open_cover', target: { entity_id: ['cover.blind'] } }]],
  ])('%s: known', (_, actions) => {
    expect(effect(actions)).toBe('known');
  });

  test.each([
    ['a lock by its action', [{ action: 'lock.unlock', target: { area_id: 'hall' } }]],
    ['a lock by the old word for it', [{ service: 'lock.unlock', entity_id: 'lock.door' }]],
    ['a garage door', [{ action: 'cover.toggle', target: { entity_id: 'cover.garage' } }]],
    ['a cover nobody has shown us', [{ action: 'cover.open_cover', target: { entity_id: 'cover.hidden' } }]],
    [
      'deep inside',
      [
        {
          choose: [],
          default: [
            { choose: [{ sequence: [{ action: 'homeassistant.turn_off', target: { entity_id: 'lock.door' } }] }] },
          ],
        },
      ],
    ],
    ['a device', [{ domain: 'lock', type: 'unlock', device_id: 'd', entity_id: 'e' }]],
    ['a scene with a lock in it', [{ action: 'scene.turn_on', target: { entity_id: 'scene.leave' } }]],
    ['every cover of a room', [{ action: 'cover.open_cover', target: { area_id: 'hall' } }]],
    ['an alarm', [{ action: 'alarm_control_panel.alarm_disarm', data: { code: '1' } }]],
  ])('%s: guarded', (_, actions) => {
    expect(effect(actions)).toBe('guarded');
  });

  test.each([
    ['a template', [{ action: 'light.turn_on', target: { entity_id: '{{ which }}' } }]],
    ['a room', [{ action: 'light.turn_on', target: { area_id: 'hall' } }]],
    ['another script', [{ action: 'script.other' }]],
    ['a shell', [{ action: 'shell_command.run' }]],
  ])('%s: unknown', (_, actions) => {
    expect(effect(actions)).toBe('unknown');
  });

  test('a blueprint: unknown', () => {
    expect(effectOf({ use_blueprint: { path: 'x.yaml', input: {} } }, house, rules())).toBe('unknown');
  });

  test('what is marked: guarded', () => {
    expect(effect([{ action: 'switch.turn_on', target: { entity_id: 'switch.garage_relay' } }], rules('kitchen'))).toBe(
      'guarded',
    );
  });

  test('a configuration without end is no trouble', () => {
    const deep: { inner?: unknown } = {};
    deep.inner = deep;
    expect(effectOf(deep, house, rules())).toBe('unknown');
  });
});
