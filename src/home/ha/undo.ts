/** Brings things back to how they were before a command, through services. */
import type { Clock } from '../../clock.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { Entity, LiveHouse } from '../../home-assistant/house.js';
import type { Outcome, Run } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { withArticles } from '../speech.js';
import { changeOf } from './outcomes.js';
import { REASONS } from './reasons.js';
import { isGuarded } from './risk.js';
import { brightnessOf, describeState, isUnavailable, numberIn } from './state.js';

/** A thing that was changed, as it was before and after. */
export interface Changed {
  readonly before: Entity;
  readonly after: Entity;
}

interface Service {
  readonly service: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A service that answers late is not waited for. */
const PATIENCE: Milliseconds = 1_000;

interface Means {
  readonly core: Pick<HomeAssistant, 'call'>;
  readonly house: Pick<LiveHouse, 'current' | 'until'>;
  readonly clock: Clock;
}

/**
 * Takes back what was changed, unless something else has changed it since. What would be let in by it stays out:
 * a door that was locked by a command is not unlocked by taking that back.
 */
export async function takeBack(all: readonly Changed[], run: Run, { core, house, clock }: Means): Promise<Outcome> {
  await run.committed;
  run.signal.throwIfAborted();
  const failed: { name: string; reason: string }[] = [];
  const told: Entity[] = [];
  const already: string[] = [];
  const began = clock.now();
  await Promise.all(
    all.map(async ({ before, after }) => {
      const { id, name, domain } = before;
      const now = house.current.entity(id);
      if (isUnavailable(now) || now === undefined) return failed.push({ name, reason: REASONS.unavailable });
      if (describeState(domain, now) === describeState(domain, before)) return already.push(id);
      if (!isAsLeft(after, now)) return failed.push({ name, reason: REASONS.changedSince });
      const services = servicesFor(before, now);
      if (services === undefined) return failed.push({ name, reason: 'it cannot be taken back' });
      if (isGuarded(id, house.current) && services.some(({ service }) => !SAFE.has(service))) {
        return failed.push({ name, reason: REASONS.mustBeAsked });
      }
      try {
        for (const { service, data } of services) {
          await core.call(
            {
              type: 'call_service',
              domain: service.slice(0, service.indexOf('.')),
              service: service.slice(service.indexOf('.') + 1),
              target: { entity_id: id },
              ...(data ? { service_data: data } : {}),
            },
            { timeout: PATIENCE },
          );
        }
        return told.push(before);
      } catch {
        return failed.push({ name, reason: REASONS.error });
      }
    }),
  );
  const isBack = (before: Entity, now: Entity | undefined): boolean =>
    now !== undefined &&
    (describeState(before.domain, now) === describeState(before.domain, before) || MOVING.has(now.state));
  await house.until((entity) => told.every((before) => isBack(before, entity(before.id))), {
    signal: run.signal,
    timeout: Math.max(0, PATIENCE - (clock.now() - began)),
  });
  const changed = told.flatMap((before) => {
    const now = house.current.entity(before.id);
    const from = all.find((one) => one.before === before)!.after;
    if (!isBack(before, now)) failed.push({ name: before.name, reason: REASONS.silent });
    return now && isBack(before, now) ? (changeOf(from, now) ?? []) : [];
  });
  const names = changed.map(({ name }) => name);
  const slots =
    names.length === 0 ? {} : { names: withArticles(names), ...(names.length === 1 ? { name: names[0]! } : {}) };
  return { intent: 'HomeUndo', changed, already, failed, slots };
}

const MOVING = new Set(['opening', 'closing', 'locking']);
const SAFE = new Set(['lock.lock', 'cover.close_cover', 'valve.close_valve', 'siren.turn_off', 'lawn_mower.dock']);

/** Nobody but time has touched it: what was opening may be open. */
const isAsLeft = (after: Entity, now: Entity): boolean =>
  describeState(after.domain, after) === describeState(now.domain, now) || MOVING.has(after.state);

const RESTORED = ['switch', 'input_boolean', 'humidifier', 'siren', 'automation', 'group', 'remote', 'water_heater'];

/** What makes a thing as it was; undefined where nothing does. */
function servicesFor(before: Entity, now: Entity): readonly Service[] | undefined {
  const { domain, state } = before;
  const value = (key: string): number | undefined => {
    const was = numberIn(before, key);
    return was !== undefined && was !== numberIn(now, key) ? was : undefined;
  };
  switch (domain) {
    case 'light':
      return state === 'on' ? [{ service: 'light.turn_on', data: lightData(before) }] : [{ service: 'light.turn_off' }];
    case 'fan': {
      if (state !== 'on') return [{ service: 'fan.turn_off' }];
      const percentage = value('percentage');
      return percentage === undefined
        ? [{ service: 'fan.turn_on' }]
        : [{ service: 'fan.set_percentage', data: { percentage } }];
    }
    case 'cover':
    case 'valve': {
      const position = value('current_position');
      const set = domain === 'cover' ? 'cover.set_cover_position' : 'valve.set_valve_position';
      if (state === 'closed') return [{ service: domain === 'cover' ? 'cover.close_cover' : 'valve.close_valve' }];
      if (position !== undefined) return [{ service: set, data: { position } }];
      return state === 'open' ? [{ service: domain === 'cover' ? 'cover.open_cover' : 'valve.open_valve' }] : undefined;
    }
    case 'lock':
      return [{ service: state === 'locked' || state === 'locking' ? 'lock.lock' : 'lock.unlock' }];
    case 'climate': {
      const temperature = value('temperature');
      const low = value('target_temp_low');
      const high = value('target_temp_high');
      return [
        ...(state !== now.state ? [{ service: 'climate.set_hvac_mode', data: { hvac_mode: state } }] : []),
        ...(temperature !== undefined ? [{ service: 'climate.set_temperature', data: { temperature } }] : []),
        ...(low !== undefined || high !== undefined
          ? [
              {
                service: 'climate.set_temperature',
                data: {
                  target_temp_low: low ?? before.attributes.target_temp_low,
                  target_temp_high: high ?? before.attributes.target_temp_high,
                },
              },
            ]
          : []),
        ...(before.attributes.fan_mode !== now.attributes.fan_mode && before.attributes.fan_mode != null
          ? [{ service: 'climate.set_fan_mode', data: { fan_mode: before.attributes.fan_mode } }]
          : []),
      ];
    }
    case 'media_player':
      return playerServices(before, now);
    case 'vacuum':
      return now.state === 'cleaning' ? [{ service: 'vacuum.return_to_base' }] : undefined;
    case 'lawn_mower':
      return now.state === 'mowing' ? [{ service: 'lawn_mower.dock' }] : undefined;
    default:
      if (!RESTORED.includes(domain) || (state !== 'on' && state !== 'off')) return undefined;
      return [{ service: `${domain === 'group' ? 'homeassistant' : domain}.turn_${state}` }];
  }
}

function lightData(before: Entity): Record<string, unknown> {
  const { color_mode: mode, hs_color: hs, color_temp_kelvin: kelvin } = before.attributes;
  const brightness = brightnessOf(before);
  return {
    ...(brightness === undefined ? {} : { brightness: before.attributes.brightness }),
    ...(mode === 'color_temp' && typeof kelvin === 'number' ? { color_temp_kelvin: kelvin } : {}),
    ...(mode !== 'color_temp' &&
    typeof mode === 'string' &&
    !['onoff', 'brightness', 'white'].includes(mode) &&
    Array.isArray(hs)
      ? { hs_color: hs }
      : {}),
  };
}

function playerServices(before: Entity, now: Entity): readonly Service[] | undefined {
  const services: Service[] = [];
  if (before.state !== now.state) {
    const service = PLAYER_STATES[before.state];
    if (service === undefined) return undefined;
    services.push({ service });
  }
  const { volume_level: volume, is_volume_muted: muted } = before.attributes;
  if (typeof volume === 'number' && volume !== now.attributes.volume_level) {
    services.push({ service: 'media_player.volume_set', data: { volume_level: volume } });
  }
  if (typeof muted === 'boolean' && muted !== now.attributes.is_volume_muted) {
    services.push({ service: 'media_player.volume_mute', data: { is_volume_muted: muted } });
  }
  return services.length === 0 ? undefined : services;
}

const PLAYER_STATES: Readonly<Record<string, string>> = {
  on: 'media_player.turn_on',
  idle: 'media_player.media_stop',
  off: 'media_player.turn_off',
  standby: 'media_player.turn_off',
  playing: 'media_player.media_play',
  paused: 'media_player.media_pause',
};
