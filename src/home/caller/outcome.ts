import type { Change, Outcome } from '../../stages.js';
import { spokenList } from '../speech.js';
import { endsIn, isCover, isFan, isPlayer } from './open-slots.js';
import type { Target, Told } from './told.js';

/** The state that something has when a deed has been done. */
const REACHED: Readonly<Record<string, string>> = {
  on: 'on',
  off: 'off',
  open: 'open',
  close: 'closed',
  lock: 'locked',
  unlock: 'unlocked',
};
const TIMERS = new Set(['timer', 'timer_more', 'timer_other', 'cancel']);
const LIGHTS = new Set('light lights lamp lamps bulb lantern lighting'.split(' '));
const KINDS: Readonly<Record<string, string>> = {
  light: 'lights',
  fan: 'fans',
  switch: 'switches',
  media_player: 'speakers',
};

/**
 * What comes of it if all goes well. Home Assistant speaks our words only then, and its own where it fails; so this is
 * both what is foreseen and what is claimed.
 */
export function outcomeOf(told: Told): Outcome {
  const { deed, intent, targets, value } = told;
  const nothing = { intent, already: [], failed: [] };
  // The answer comes with the intent.
  if (deed.startsWith('ask_')) return { ...nothing, changed: [], slots: {}, speech: '' };
  const changed = targets.map((target) => changeOf(target, deed));
  const [target] = targets;
  const isTimer = TIMERS.has(deed);
  const name = isTimer ? 'timer' : targets.length === 1 ? target!.name : undefined;
  const area = targets.length === 1 ? target!.area : undefined;
  const names = isTimer ? 'the timer' : namesOf(targets);
  return {
    ...nothing,
    changed,
    slots: {
      ...(name !== undefined && { name }),
      ...(names !== undefined && { names }),
      ...(area !== undefined && { area }),
      ...(value !== undefined && { value }),
    },
  };
}

function changeOf(target: Target, deed: string): Change {
  const name = target.name ?? groupOf(target) ?? target.area ?? 'house';
  const domain = typeof target.domain === 'string' ? target.domain : domainOf(target, deed);
  const entity = `${domain}.${name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_')}`;
  return { entity, name, from: 'unknown', to: REACHED[deed] ?? 'unknown' };
}

/** By what it is called. */
function domainOf({ device_class, name = '' }: Target, deed: string): string {
  if (device_class !== undefined || isCover(name)) return 'cover';
  if (endsIn(name, LIGHTS) || deed === 'brightness' || deed === 'colour') return 'light';
  if (isFan(name)) return 'fan';
  return isPlayer(name) ? 'media_player' : 'unknown';
}

/** "kitchen lights". */
function groupOf({ area, floor, device_class, domain }: Target): string | undefined {
  const place = area ?? floor;
  if (place === undefined || (domain ?? device_class) === undefined) return undefined;
  const kind = device_class !== undefined ? 'blinds' : typeof domain === 'string' ? KINDS[domain] : 'devices';
  return kind && `${place} ${kind}`;
}

/** "the desk lamp, Emma's lamp and the kitchen lights". */
function namesOf(targets: readonly Target[]): string | undefined {
  const names = targets.map((target) => target.name ?? groupOf(target));
  if (!names.every((name) => name !== undefined)) return undefined;
  return spokenList(names.map((name) => (/^\p{L}+['’]s\s/u.test(name) ? name : `the ${name}`)));
}
