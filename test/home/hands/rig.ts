import { type HandsConfig, openHands, type WorkingHands } from '../../../src/home/hands/hands.js';
import { type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { openHouse } from '../../../src/home-assistant/house.js';
import { createLog } from '../../../src/log.js';
import type { Command, Outcome, Run, TurnContext } from '../../../src/stages.js';
import {
  CoreError,
  type FakeCore,
  type FakeMessage,
  fakeHomeAssistant,
  fakeHouse,
} from '../../fakes/home-assistant-server.js';

export const signal = new AbortController().signal;
export const inEnglish: TurnContext = { language: 'en' };
export const committedRun = (): Run => ({ signal, committed: Promise.resolve(), mark: () => {} });

type Attributes = Readonly<Record<string, unknown>>;
interface Furniture {
  readonly name: string;
  readonly area?: string;
  readonly state: string;
  readonly attributes?: Attributes;
  readonly hidden?: true;
}

const dimmable = { supported_color_modes: ['brightness'], color_mode: 'brightness' };
const coloured = { supported_color_modes: ['hs', 'color_temp'] };

export const FURNITURE: Readonly<Record<string, Furniture>> = {
  'light.desk_lamp': { name: 'Desk Lamp', area: 'office', state: 'off', attributes: dimmable },
  'light.bed_light': { name: 'Bed Light', area: 'bedroom', state: 'off', attributes: coloured },
  'light.ceiling_1': { name: 'Ceiling Light', area: 'office', state: 'off', attributes: dimmable },
  'light.ceiling_2': { name: 'Ceiling Light', area: 'bedroom', state: 'off', attributes: dimmable },
  'light.row': { name: 'Lamp 10001', area: 'hall', state: 'off' },
  'light.lamp_1': { name: 'Lamp 1', area: 'hall', state: 'off' },
  'light.everybody': {
    name: 'Everything',
    state: 'off',
    attributes: { entity_id: ['light.desk_lamp', 'lock.front_door'] },
  },
  'light.secret': { name: 'Secret Light', area: 'office', state: 'off', hidden: true },
  'lock.back_door': { name: 'Back Door', area: 'hall', state: 'locked', hidden: true },
  'lock.front_door': { name: 'Front Door', area: 'hall', state: 'locked' },
  'cover.garage': {
    name: 'Garage',
    area: 'hall',
    state: 'closed',
    attributes: { device_class: 'garage', supported_features: 15 },
  },
  'cover.blinds': {
    name: 'Blinds',
    area: 'bedroom',
    state: 'closed',
    attributes: { device_class: 'blind', supported_features: 15, current_position: 0 },
  },
  'climate.heater': {
    name: 'Heater',
    area: 'office',
    state: 'heat',
    attributes: { supported_features: 1, temperature: 20, min_temp: 7, max_temp: 30, hvac_modes: ['off', 'heat'] },
  },
  'binary_sensor.window': { name: 'Window', area: 'office', state: 'on', attributes: { device_class: 'window' } },
  'script.night': { name: 'Good night', state: 'off' },
  'todo.shopping': { name: 'Shopping', state: '0' },
};

const number = (min: number, max: number) => ({ selector: { number: { min, max } } });
const on = (domain: string, features: readonly number[] = [], fields: object = {}) => ({
  fields,
  target: { entity: [{ domain: [domain], ...(features.length > 0 ? { supported_features: features } : {}) }] },
});
const switches = (domain: string, fields: object = {}) => ({
  turn_on: on(domain, [], fields),
  turn_off: on(domain),
  toggle: on(domain),
});
const modes = (...supported_color_modes: string[]) => ({ filter: { attribute: { supported_color_modes } } });

/** As Core describes them; a few of them. */
const SERVICES = {
  light: switches('light', {
    brightness_pct: { ...number(0, 100), ...modes('brightness', 'color_temp', 'hs') },
    color_temp_kelvin: modes('color_temp', 'hs'),
    additional_fields: { collapsed: true, fields: { color_name: modes('hs') } },
  }),
  lock: { lock: on('lock'), unlock: on('lock') },
  cover: {
    open_cover: on('cover', [1]),
    close_cover: on('cover', [2]),
    stop_cover: on('cover', [8]),
    set_cover_position: on('cover', [4], { position: { required: true, ...number(0, 100) } }),
  },
  climate: {
    turn_on: on('climate', [256]),
    turn_off: on('climate', [128]),
    set_temperature: on('climate', [1, 2], { temperature: number(0, 250) }),
    set_hvac_mode: on('climate', [], { hvac_mode: {} }),
  },
  script: { turn_on: on('script') },
  todo: { add_item: on('todo'), get_items: on('todo'), update_item: on('todo'), remove_item: on('todo') },
};

export interface HandsRig {
  readonly core: FakeCore;
  readonly homeAssistant: HomeAssistant;
  readonly hands: WorkingHands;
  /** Services that were called, with what they were told. */
  readonly told: readonly FakeMessage[];
  command(name: string, args: unknown, context?: TurnContext): Promise<Command>;
  /** Checked and performed at once. */
  use(name: string, args: unknown, context?: TurnContext): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openHandsRig(config: Partial<HandsConfig> = {}, furniture = FURNITURE): Promise<HandsRig> {
  const model = fakeHouse();
  model.areas = ['Office', 'Bedroom', 'Hall'].map((name) => ({ area_id: name.toLowerCase(), name, aliases: [] }));
  for (const [id, { name, area, state, attributes = {}, hidden }] of Object.entries(furniture)) {
    model.states.set(id, { state, attributes: { friendly_name: name, ...attributes } });
    model.entries.set(id, { aliases: [null], name, area_id: area ?? null, device_id: null });
    if (!hidden) model.exposed.add(id);
  }
  const core = await fakeHomeAssistant(model);
  const told: FakeMessage[] = [];
  const items: { uid: string; summary: string; status: string }[] = [];
  core.answer('get_services', () => SERVICES);
  core.answer('config/label_registry/list', () => []);
  core.answer('script/config', () => ({ config: { sequence: [{ action: 'lock.unlock' }] } }));
  core.answer('call_service', (message) => {
    const {
      domain,
      service,
      service_data: data = {},
      target,
    } = message as unknown as {
      domain: string;
      service: string;
      service_data: Record<string, string>;
      target: { entity_id: string };
    };
    if (domain === 'todo') {
      if (service === 'add_item') items.push({ uid: `u${items.length}`, summary: data.item!, status: 'needs_action' });
      if (service === 'update_item') items.find(({ uid }) => uid === data.item)!.status = data.status!;
      if (service === 'remove_item') items.length = 0;
      if (service === 'get_items') return { response: { [target.entity_id]: { items } } };
    }
    told.push(message);
    const id = target.entity_id;
    const now = model.states.get(id);
    if (!now) throw new CoreError('not_found', 'there is no such thing');
    const state = STATES[service];
    const position = { open_cover: 100, close_cover: 0 }[service] ?? data.position;
    if (state)
      core.setState(id, state, {
        ...now.attributes,
        ...(position === undefined ? {} : { current_position: position }),
      });
    return null;
  });
  const log = createLog({ level: 'silent', format: 'json' });
  const homeAssistant = openHomeAssistant({ url: core.url, token: core.token, log });
  const house = openHouse({ home: homeAssistant, log });
  await house.ready(signal);
  const hands = openHands({ homeAssistant, house, log, allowGuarded: true, ...config });
  const command: HandsRig['command'] = (name, args, context = inEnglish) =>
    hands.command({ name, arguments: args }, context, signal);
  return {
    core,
    homeAssistant,
    hands,
    told,
    command,
    use: async (name, args, context) => hands.perform(await command(name, args, context), committedRun()),
    async close() {
      hands.close();
      house.close();
      homeAssistant.close();
      await core.close();
    },
  };
}

const STATES: Readonly<Record<string, string>> = {
  turn_on: 'on',
  turn_off: 'off',
  lock: 'locked',
  unlock: 'unlocked',
  open_cover: 'open',
  close_cover: 'closed',
  set_cover_position: 'open',
};
