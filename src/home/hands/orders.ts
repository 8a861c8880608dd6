/** What a call comes to in Home Assistant: its intent, for risk and reply, and the services that carry it out. */
import { Fault } from '../../faults.js';
import type { Entity } from '../../home-assistant/house.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import type { Slots } from '../ha/goals.js';
import { type CoreState, numberIn } from '../ha/state.js';
import type { Asked } from './calls.js';

/** A service for one thing. */
export interface Order {
  readonly entity: string;
  /** `light.turn_on`. */
  readonly service: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Orders {
  readonly intent: string;
  readonly slots: Slots;
  readonly orders: readonly Order[];
  /** Where the intent alone does not say when it is done. */
  readonly shown?: (now: CoreState) => boolean;
}

type Values = Readonly<Record<string, unknown>>;
interface Deed {
  readonly intent: string;
  readonly slots?: Slots;
  readonly service: (domain: string) => string;
  readonly data?: Values;
  readonly shown?: (now: CoreState) => boolean;
}

const sorry = (tool: string, what: string): Fault => new Fault('input', `${tool}: ${what}`);

/** Throws a `Fault` 'input' for values that these things do not take. */
export function ordersFor({ spec, values, group }: Asked, entities: readonly Entity[]): Orders {
  const deeds = deedsFor(spec.name, values, entities);
  const place = group === undefined ? { name: entities[0]?.id } : { area: group.place, domain: group.kind };
  return {
    intent: deeds[0]!.intent,
    slots: Object.assign({ ...place }, ...deeds.map(({ slots }) => slots)),
    orders: entities.flatMap(({ id, domain }) =>
      deeds.map(({ service, data = {} }) => ({ entity: id, service: `${domain}.${service(domain)}`, data })),
    ),
    ...(deeds.some(({ shown }) => shown)
      ? { shown: (now: CoreState) => deeds.every(({ shown }) => shown?.(now) ?? true) }
      : {}),
  };
}

const plainly =
  (service: string): Deed['service'] =>
  () =>
    service;

function deedsFor(tool: string, values: Values, entities: readonly Entity[]): readonly [Deed, ...Deed[]] {
  switch (tool) {
    case 'turn_on':
      return [{ intent: 'HassTurnOn', service: plainly('turn_on') }];
    case 'turn_off':
      return [{ intent: 'HassTurnOff', service: plainly('turn_off') }];
    case 'toggle':
      return [{ intent: 'HassToggle', service: plainly('toggle') }];
    case 'run':
      return [{ intent: 'HassTurnOn', service: (domain) => (domain.endsWith('button') ? 'press' : 'turn_on') }];
    case 'set_light':
      return [lightDeed(values)];
    case 'set_climate':
      return climateDeeds(values, entities);
    case 'move_cover':
      return [coverDeed(values)];
    case 'set_lock':
      // Core's own sentences for "lock" are an intent to turn on.
      return [
        values.action === 'lock'
          ? { intent: 'HassTurnOn', service: plainly('lock') }
          : { intent: 'HassTurnOff', service: plainly('unlock') },
      ];
    case 'set_fan_speed':
      return [
        {
          intent: 'HassFanSetSpeed',
          slots: { percentage: values.percent },
          service: plainly('set_percentage'),
          data: { percentage: values.percent },
        },
      ];
    case 'set_volume':
      return [
        {
          intent: 'HassSetVolume',
          slots: { volume_level: values.percent },
          service: plainly('volume_set'),
          data: { volume_level: Number(values.percent) / 100 },
        },
      ];
    case 'media':
      return [MEDIA[String(values.action)]!];
    case 'vacuum':
      return [vacuumDeed(values.action === 'start', entities[0]!.domain)];
    default:
      throw new Fault('internal', `The tool ${tool} has no service`);
  }
}

function lightDeed({ brightness, color, kelvin }: Values): Deed {
  if (brightness === undefined && color === undefined && kelvin === undefined) {
    throw sorry('set_light', 'say brightness, color or kelvin');
  }
  if (color !== undefined && kelvin !== undefined) throw sorry('set_light', 'say color or kelvin, not both');
  const slots = {
    ...(brightness === undefined ? {} : { brightness }),
    ...(color === undefined ? {} : { color }),
    ...(kelvin === undefined ? {} : { temperature: kelvin }),
  };
  if (brightness === 0) return { intent: 'HassLightSet', slots, service: plainly('turn_off') };
  return {
    intent: 'HassLightSet',
    slots,
    service: plainly('turn_on'),
    data: {
      ...(brightness === undefined ? {} : { brightness_pct: brightness }),
      ...(color === undefined ? {} : { color_name: color }),
      ...(kelvin === undefined ? {} : { color_temp_kelvin: kelvin }),
    },
  };
}

function climateDeeds({ temperature, mode }: Values, entities: readonly Entity[]): readonly [Deed, ...Deed[]] {
  for (const { attributes, name } of entities) {
    const modes = attributes.hvac_modes;
    if (mode !== undefined && Array.isArray(modes) && !modes.includes(mode)) {
      throw sorry('set_climate', `${quoted(name, 60)} has the modes ${quoted(modes.join(', '), 100).slice(1, -1)}`);
    }
    const [low, high] = [
      numberIn({ state: '', attributes }, 'min_temp'),
      numberIn({ state: '', attributes }, 'max_temp'),
    ];
    if (typeof temperature === 'number' && (temperature < (low ?? -99) || temperature > (high ?? 999))) {
      throw sorry('set_climate', `${quoted(name, 60)} goes from ${low} to ${high} degrees`);
    }
  }
  const setMode: Deed = {
    intent: mode === 'off' ? 'HassTurnOff' : 'HassTurnOn',
    service: plainly('set_hvac_mode'),
    data: { hvac_mode: mode },
    shown: ({ state }) => state === mode,
  };
  if (temperature === undefined) {
    if (mode === undefined) throw sorry('set_climate', 'say temperature or mode');
    return [setMode];
  }
  const setTemperature: Deed = {
    intent: 'HassClimateSetTemperature',
    slots: { temperature },
    service: plainly('set_temperature'),
    data: { temperature },
  };
  return mode === undefined ? [setTemperature] : [{ ...setTemperature, ...{ shown: setMode.shown! } }, setMode];
}

function coverDeed({ action, position }: Values): Deed {
  if ((action === undefined) === (position === undefined)) {
    throw sorry('move_cover', 'say an action or a position, one of them');
  }
  if (position !== undefined) {
    return {
      intent: 'HassSetPosition',
      slots: { position },
      service: (domain) => `set_${domain}_position`,
      data: { position },
    };
  }
  const intent = action === 'open' ? 'HassOpenCover' : action === 'close' ? 'HassTurnOff' : 'HassStopMoving';
  return { intent, service: (domain) => `${String(action)}_${domain}` };
}

const muted = (is: boolean): Deed => ({
  intent: is ? 'HassMediaPlayerMute' : 'HassMediaPlayerUnmute',
  service: plainly('volume_mute'),
  data: { is_volume_muted: is },
});
const MEDIA: Readonly<Record<string, Deed>> = {
  play: { intent: 'HassMediaUnpause', service: plainly('media_play') },
  pause: { intent: 'HassMediaPause', service: plainly('media_pause') },
  next: { intent: 'HassMediaNext', service: plainly('media_next_track') },
  previous: { intent: 'HassMediaPrevious', service: plainly('media_previous_track') },
  mute: muted(true),
  unmute: muted(false),
};

const vacuumDeed = (starts: boolean, domain: string): Deed =>
  domain === 'lawn_mower'
    ? {
        intent: starts ? 'HassLawnMowerStartMowing' : 'HassLawnMowerDock',
        service: plainly(starts ? 'start_mowing' : 'dock'),
      }
    : {
        intent: starts ? 'HassVacuumStart' : 'HassVacuumReturnToBase',
        service: plainly(starts ? 'start' : 'return_to_base'),
      };
