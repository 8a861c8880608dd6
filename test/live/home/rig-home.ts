import {
  type HomeAssistantHome,
  type HomeAssistantHomeConfig,
  openHomeAssistantHome,
} from '../../../src/home/ha/home-assistant-home.js';
import { type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { type LiveHouse, openHouse } from '../../../src/home-assistant/house.js';
import { createLog } from '../../../src/log.js';
import type { Run } from '../../../src/stages.js';
import { type Core, startCore } from '../core-rig.js';

export const signal = new AbortController().signal;
export const committedRun = (): Run => ({ signal, committed: Promise.resolve(), mark: () => {} });

/** A home on a real Core, and what its things are like before each sentence. */
export interface RigHome {
  readonly core: Core;
  readonly homeAssistant: HomeAssistant;
  readonly house: LiveHouse;
  readonly home: HomeAssistantHome;
  /** Ids of devices, by the area they are in. */
  readonly devices: ReadonlyMap<string, string>;
  /** A further home on the same Core. */
  open(config?: Partial<HomeAssistantHomeConfig>): HomeAssistantHome;
  /** Everything as `BASELINE` has it. */
  reset(): Promise<void>;
  /** The states of everything, exposed or not, but for what changes by itself. */
  states(): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

export const BASELINE: Readonly<Record<string, unknown>> = {
  'light.reading_lamp': 'off',
  'light.ceiling_light': 'off',
  'light.ceiling_light_2': 'off',
  'light.counter_light': 'off',
  'light.desk_lamp': 'off',
  'light.hall_light': 'off',
  'light.secret_light': 'off',
  'light.bed_light': 'off',
  'light.kitchen_lights': { state: 'on', brightness: 180, hs_color: [345, 75] },
  'switch.coffee_machine': 'off',
  'switch.secret_switch': 'off',
  'cover.blinds': 'closed',
  'cover.garage_door': 'closed',
  'fan.bedroom_fan': 'off',
  'input_boolean.rig_door_locked': 'on',
  'climate.heatpump': { state: 'heat', temperature: 20 },
  'media_player.walkman': { state: 'playing', volume_level: 0.5, is_volume_muted: false },
};

/** What changes by itself, or because somebody has spoken. */
const RESTLESS =
  /^(?:sun|conversation|event|stt|tts|update|weather|calendar|camera|image|image_processing|person|zone|backup|scene|script)\.|^sensor\.(?:sun|time|date)|^media_player\.(?!speaker$)|^input_boolean\.rig_/;

export async function openRigHome(port: number, config: Partial<HomeAssistantHomeConfig> = {}): Promise<RigHome> {
  const core = await startCore({ port });
  const log = createLog({ level: 'silent', format: 'json' });
  const homeAssistant = openHomeAssistant({ url: core.url, token: core.token, log });
  const house = openHouse({ home: homeAssistant, log });
  const open = (more: Partial<HomeAssistantHomeConfig> = {}): HomeAssistantHome =>
    openHomeAssistantHome({
      homeAssistant,
      house,
      log,
      allowGuarded: true,
      languages: ['en', 'de'],
      ...config,
      ...more,
    });
  const home = open();
  await house.ready(signal);
  const registry = await core.call<{ id: string; area_id: string | null }[]>({ type: 'config/device_registry/list' });
  const devices = new Map(registry.flatMap(({ id, area_id }) => (area_id ? [[area_id, id] as const] : [])));

  const states = async (): Promise<ReadonlyMap<string, string>> => {
    const all = await core.call<{ entity_id: string; state: string; attributes: Record<string, unknown> }[]>({
      type: 'get_states',
    });
    return new Map(
      all
        .filter(({ entity_id }) => !RESTLESS.test(entity_id))
        .map(({ entity_id, state, attributes: a }) => [
          entity_id,
          JSON.stringify([
            state,
            a.brightness,
            a.color_mode,
            a.hs_color,
            a.current_position,
            a.percentage,
            a.temperature,
            a.volume_level,
            a.is_volume_muted,
          ]),
        ]),
    );
  };
  return {
    core,
    homeAssistant,
    house,
    home,
    devices,
    open,
    async reset() {
      await core.call({
        type: 'call_service',
        domain: 'scene',
        service: 'apply',
        service_data: { entities: BASELINE },
      });
    },
    states,
    async stop() {
      home.close();
      house.close();
      homeAssistant.close();
      await core.stop();
    },
  };
}
