/** What the user's own scripts and automations may do, read from how they are written. */
import type { House } from '../../home-assistant/house.js';
import { isGuarded, isMarked, type RiskRules, withMembers } from './risk.js';
import { domainOf } from './state.js';

/** `unknown`: they decide when they run. */
export type Effect = 'guarded' | 'unknown' | 'known';

const ENTITY = /^[a-z_]+\.[a-z0-9_]+$/;
const TEMPLATE = /\{\{|\{%/;
/** Actions whose whole domain lets somebody in or makes an alarm, whatever they are told to touch. */
const GUARDED_ACTIONS = /^(?:lock|alarm_control_panel|valve|siren|lawn_mower)\./;
/** Targets that are more than is written: what is in a room or has a label changes. */
const BROAD = new Set(['area_id', 'device_id', 'label_id', 'floor_id', 'use_blueprint']);
const DEEPEST = 12;

/**
 * The effect of a configuration as Core gives it: `guarded` where it names something guarded, `unknown` where it could reach
 * more than it names. What it only looks at counts as if it were touched: a question too many.
 */
export function effectOf(config: unknown, house: House, rules: RiskRules): Effect {
  let unknown = false;
  const named: string[] = [];

  const walk = (value: unknown, depth: number): boolean => {
    if (depth > DEEPEST) {
      unknown = true;
      return false;
    }
    if (typeof value === 'string') {
      if (TEMPLATE.test(value)) unknown = true;
      if (ENTITY.test(value)) named.push(value);
      return GUARDED_ACTIONS.test(value);
    }
    if (Array.isArray(value)) return value.some((one) => walk(one, depth + 1));
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([key, inner]) => {
      if (BROAD.has(key)) unknown = true;
      // What a device is told has its domain beside it.
      if (key === 'domain' && typeof inner === 'string' && GUARDED_ACTIONS.test(`${inner}.`)) return true;
      // What starts it is not what it does.
      return key === 'triggers' || key === 'trigger' ? false : walk(inner, depth + 1);
    });
  };

  if (walk(config, 0)) return 'guarded';
  const reached = withMembers(named, house);
  if ([...reached].some((id) => (ENTITY.test(id) && isGuardedName(id, house)) || isMarked(id, house, rules))) {
    return 'guarded';
  }
  // A script that runs a script, and services that are no domain of ours: `python_script.x`, `shell_command.x`.
  if (named.some((id) => OPAQUE.has(domainOf(id)))) unknown = true;
  if (unknown && named.some((id) => OPENING.has(id))) return 'guarded';
  return unknown ? 'unknown' : 'known';
}

const OPAQUE = new Set([
  'script',
  'automation',
  'python_script',
  'pyscript',
  'shell_command',
  'rest_command',
  'mqtt',
  'scene',
]);

/** `cover.close_cover` is an action, and reads like an entity. */
const isGuardedName = (id: string, house: House): boolean =>
  domainOf(id) === 'cover' && COVER_ACTIONS.has(id) ? false : isGuarded(id, house);
/** Told to what is not named, it may be the garage door. */
const OPENING = new Set(['cover.open_cover', 'cover.toggle', 'cover.set_cover_position']);
const COVER_ACTIONS = new Set([
  ...OPENING,
  'cover.close_cover',
  'cover.stop_cover',
  'cover.open_cover_tilt',
  'cover.close_cover_tilt',
  'cover.stop_cover_tilt',
  'cover.toggle_cover_tilt',
  'cover.set_cover_tilt_position',
]);
