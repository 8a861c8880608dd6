import {
  type HomeAssistantHome,
  type HomeAssistantHomeConfig,
  openHomeAssistantHome,
} from '../../../src/home/ha/home-assistant-home.js';
import { type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { type LiveHouse, openHouse } from '../../../src/home-assistant/house.js';
import { createLog } from '../../../src/log.js';
import type { Command, Outcome, Run, TurnContext } from '../../../src/stages.js';
import { type TestClock, testClock } from '../../fakes/clock.js';
import { type FakeCore, type FakeMessage, fakeHomeAssistant, fakeHouse } from '../../fakes/home-assistant-server.js';

export const signal = new AbortController().signal;
export const inEnglish: TurnContext = { language: 'en' };
export const committedRun = (): Run => ({ signal, committed: Promise.resolve(), mark: () => {} });

/** What the fake Core's sentences mean. */
export interface Understood {
  readonly intent?: string;
  readonly slots?: Readonly<Record<string, unknown>>;
  readonly targets?: readonly string[];
  readonly source?: string;
  readonly template?: string;
  readonly unmatched?: Readonly<Record<string, string>>;
}

export interface FakeHome {
  readonly core: FakeCore;
  readonly clock: TestClock;
  readonly homeAssistant: HomeAssistant;
  readonly house: LiveHouse;
  readonly home: HomeAssistantHome;
  /** By what is said. */
  readonly sentences: Map<string, Understood>;
  /** Messages of a type that Core has got. */
  got(type: string): readonly FakeMessage[];
  understand(text: string, context?: TurnContext): Promise<Command | undefined>;
  /** Understood and performed at once; fails where it is not understood. */
  say(text: string): Promise<Outcome>;
  /** Lets time pass once Core has answered what is performed. */
  afterwards<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Waits until the house has heard of something. */
  seen(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const ENTITIES: Readonly<
  Record<string, { name: string; area?: string; state: string; attributes?: Record<string, unknown> }>
> = {
  'light.reading_lamp': { name: 'Reading Lamp', area: 'living_room', state: 'off' },
  'light.desk_lamp': { name: 'Desk Lamp', area: 'office', state: 'off' },
  'light.bed_light': {
    name: 'Bed Light',
    area: 'office',
    state: 'on',
    attributes: { brightness: 128, color_mode: 'hs', hs_color: [120, 80], supported_color_modes: ['hs'] },
  },
  'light.dead': { name: 'Dead Light', area: 'office', state: 'unavailable' },
  'light.ceiling_1': { name: 'Ceiling Light', area: 'living_room', state: 'off' },
  'light.ceiling_2': { name: 'Ceiling Light', area: 'office', state: 'off' },
  'lock.front_door': { name: 'Front Door', area: 'living_room', state: 'locked' },
  'cover.garage': { name: 'Garage Door', state: 'closed', attributes: { device_class: 'garage' } },
  'cover.blinds': {
    name: 'Blinds',
    area: 'office',
    state: 'closed',
    attributes: { device_class: 'blind', current_position: 0 },
  },
  'script.night': { name: 'Good night', state: 'off' },
  'scene.movie': { name: 'Movie time', state: 'unknown', attributes: { entity_id: ['light.reading_lamp'] } },
};

const debugResult = ({
  intent,
  slots = {},
  targets = [],
  source = 'builtin',
  template = '',
  unmatched = {},
}: Understood) => ({
  match: Object.keys(unmatched).length === 0,
  source,
  sentence_template: template,
  ...(intent ? { intent: { name: intent } } : {}),
  slots,
  details: Object.fromEntries(
    Object.entries(slots).map(([name, value]) => [name, { name, value, text: String(value) }]),
  ),
  targets: Object.fromEntries(targets.map((id) => [id, { matched: true }])),
  unmatched_slots: unmatched,
});

export const processed = (response: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  conversation_id: 'c',
  continue_conversation: false,
  ...more,
  response: { response_type: 'action_done', data: { success: [], failed: [] }, ...response },
});

export async function openFakeHome(config: Partial<HomeAssistantHomeConfig> = {}): Promise<FakeHome> {
  const model = fakeHouse();
  model.areas = [
    { area_id: 'living_room', name: 'Living Room', aliases: [] },
    { area_id: 'office', name: 'Office', aliases: ['study'] },
  ];
  model.devices = [{ id: 'device-office', area_id: 'office' }];
  for (const [id, { name, area, state, attributes = {} }] of Object.entries(ENTITIES)) {
    model.states.set(id, { state, attributes: { friendly_name: name, ...attributes } });
    model.entries.set(id, { aliases: [null], name, area_id: area ?? null, device_id: null });
    model.exposed.add(id);
  }
  model.states.set('light.secret', { state: 'off', attributes: { friendly_name: 'Secret Light' } });
  const core = await fakeHomeAssistant(model);
  const clock = testClock(1_000_000);
  const log = createLog({ level: 'silent', format: 'json' });
  const sentences = new Map<string, Understood>();
  core.answer('conversation/prepare', () => null);
  core.answer('conversation/agent/homeassistant/debug', ({ sentences: all }) => ({
    results: (all as string[]).map((text) => {
      const understood = sentences.get(text);
      return understood ? debugResult(understood) : null;
    }),
  }));
  core.answer('conversation/process', () => processed());
  core.answer('call_service', ({ service, target }) => {
    const state = /^turn_(on|off)$/.exec(String(service))?.[1];
    if (state) core.setState((target as { entity_id: string }).entity_id, state);
    return null;
  });
  const homeAssistant = openHomeAssistant({ url: core.url, token: core.token, log, clock });
  const house = openHouse({ home: homeAssistant, log, clock });
  // Core answers while the clock stands still: only what waits for time needs time.
  await house.ready(signal);
  const home = openHomeAssistantHome({ homeAssistant, house, clock, log, ...config });
  const understand: FakeHome['understand'] = (text, context = inEnglish) => home.understand(text, context, signal);
  return {
    core,
    clock,
    homeAssistant,
    house,
    home,
    sentences,
    got: (type) => core.received.filter((message) => message.type === type),
    understand,
    async say(text) {
      const command = await understand(text);
      if (!command) throw new Error(`"${text}" was not understood`);
      return home.perform(command, committedRun());
    },
    async afterwards(work) {
      const before = core.received.length;
      const performed = work();
      await core.message(({ type }) => type === 'conversation/process', before);
      // Answered in order, so that the answer before has come as well.
      await homeAssistant.call({ type: 'supported_features', features: {} });
      return clock.until(performed);
    },
    async seen(holds) {
      // Over a real socket: comes in its own time.
      while (!holds()) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      home.close();
      house.close();
      homeAssistant.close();
      await core.close();
    },
  };
}
