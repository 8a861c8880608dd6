import type { Deed } from './abilities.js';
import type { Attributes, Entity, EntityState } from './house.js';
import { spokenNumber } from './numbers.js';

export interface Action {
  readonly deed: Deed;
  /** Percent, or degrees for a thermostat. */
  readonly amount?: number;
  /** Up or down, for steps. */
  readonly by?: 1 | -1;
  readonly colour?: string;
}

/** What an action makes of a thing: its next state, the same object where it is as wanted, or why it cannot be. */
export type Effect = { readonly next: EntityState } | { readonly reason: string };

const PERCENT_STEP = 20;
const VOLUME_STEP = 10;
const DEGREE_STEP = 1;
/** As bright as a lamp goes on that was never dimmed, in percent. */
const FULL = 100;

const number = (attributes: Attributes, key: string, otherwise = 0): number => {
  const value = attributes[key];
  return typeof value === 'number' ? value : otherwise;
};

/** Pure: what would happen to one thing. Does not know of `fails`, which nobody knows before it is tried. */
export function applyTo(entity: Entity, now: EntityState, action: Action): Effect {
  if (now.state === 'unavailable') return { reason: 'it is unreachable' };
  const effect = BY_DOMAIN[entity.domain]?.(now, action) ?? { reason: 'it cannot do that' };
  return 'next' in effect && equal(effect.next, now) ? { next: now } : effect;
}

const equal = (a: EntityState, b: EntityState): boolean =>
  a.state === b.state &&
  Object.keys({ ...a.attributes, ...b.attributes }).every((key) => a.attributes[key] === b.attributes[key]);

const to = (now: EntityState, state: string, attributes: Attributes = {}): Effect => ({
  next: { state, attributes: { ...now.attributes, ...attributes } },
});

const refuse = (reason: string): Effect => ({ reason });

/** A level in percent from a level or a step; a reason where it is out of range. */
function percentFrom(now: number, action: Action, step: number, what: string): number | { reason: string } {
  if (action.deed === 'step') {
    return Math.max(0, Math.min(100, now + (action.by ?? 1) * (action.amount ?? step)));
  }
  const value = action.amount ?? Number.NaN;
  return value >= 0 && value <= 100 ? value : { reason: `${what} goes from zero to one hundred percent` };
}

type Simulation = (now: EntityState, action: Action) => Effect | undefined;

const light: Simulation = (now, action) => {
  const brightness = number(now.attributes, 'brightness');
  switch (action.deed) {
    case 'on':
      return now.state === 'on' ? to(now, 'on') : to(now, 'on', { brightness: brightness || FULL });
    case 'off':
      return to(now, 'off');
    case 'toggle':
      return light(now, { deed: now.state === 'on' ? 'off' : 'on' });
    case 'level':
    case 'step': {
      const wanted = percentFrom(now.state === 'on' ? brightness : 0, action, PERCENT_STEP, 'brightness');
      if (typeof wanted !== 'number') return wanted;
      // A step down stops at the faintest light: who says "dimmer" does not say "off".
      const floor = action.deed === 'step' && now.state === 'on' ? 5 : 0;
      const level = Math.max(floor, Math.round(wanted));
      return level === 0 ? to(now, 'off') : to(now, 'on', { brightness: level });
    }
    case 'colour':
      if (now.attributes.color === undefined) return refuse('it has no colours');
      return to(now, 'on', { color: action.colour ?? 'white', brightness: brightness || FULL });
    default:
      return undefined;
  }
};

const plainSwitch: Simulation = (now, { deed }) => {
  if (deed === 'on' || deed === 'off') return to(now, deed);
  return deed === 'toggle' ? to(now, now.state === 'on' ? 'off' : 'on') : undefined;
};

const fan: Simulation = (now, action) => {
  const speed = number(now.attributes, 'percentage');
  switch (action.deed) {
    case 'on':
      return now.state === 'on' ? to(now, 'on') : to(now, 'on', { percentage: speed || FULL });
    case 'off':
      return to(now, 'off');
    case 'toggle':
      return fan(now, { deed: now.state === 'on' ? 'off' : 'on' });
    case 'level':
    case 'step': {
      const wanted = percentFrom(now.state === 'on' ? speed : 0, action, PERCENT_STEP, 'the speed');
      if (typeof wanted !== 'number') return wanted;
      return wanted === 0 ? to(now, 'off') : to(now, 'on', { percentage: Math.round(wanted) });
    }
    default:
      return undefined;
  }
};

const cover: Simulation = (now, action) => {
  const position = number(now.attributes, 'position');
  const at = (value: number): Effect => to(now, value === 0 ? 'closed' : 'open', { position: value });
  switch (action.deed) {
    case 'open':
      return at(100);
    case 'close':
      return at(0);
    // Things move at once here, so there is never anything to stop.
    case 'stop':
      return to(now, now.state);
    case 'level': {
      const wanted = percentFrom(position, action, PERCENT_STEP, 'the position');
      return typeof wanted === 'number' ? at(Math.round(wanted)) : wanted;
    }
    default:
      return undefined;
  }
};

const climate: Simulation = (now, action) => {
  const [lowest, highest] = [number(now.attributes, 'min_temp', 7), number(now.attributes, 'max_temp', 30)];
  switch (action.deed) {
    case 'on':
      return to(now, 'heat');
    case 'off':
      return to(now, 'off');
    case 'level':
    case 'step': {
      const { amount } = action;
      const target = number(now.attributes, 'temperature', 20);
      const wanted =
        action.deed === 'step' ? target + (action.by ?? 1) * (amount ?? DEGREE_STEP) : (amount ?? Number.NaN);
      if (!(wanted >= lowest && wanted <= highest)) {
        return refuse(`it goes from ${spokenNumber(lowest)} to ${spokenNumber(highest)} degrees`);
      }
      return to(now, 'heat', { temperature: Math.round(wanted * 2) / 2 });
    }
    default:
      return undefined;
  }
};

const lock: Simulation = (now, { deed }) =>
  deed === 'lock' ? to(now, 'locked') : deed === 'unlock' ? to(now, 'unlocked') : undefined;

const alarm: Simulation = (now, { deed }) => {
  if (deed === 'arm' || deed === 'on') return to(now, 'armed');
  return deed === 'disarm' || deed === 'off' ? to(now, 'disarmed') : undefined;
};

const mediaPlayer: Simulation = (now, action) => {
  const { playlist } = now.attributes;
  const tracks = Array.isArray(playlist) ? playlist.length : 0;
  const running = tracks > 0 ? 'playing' : 'on';
  const skip = (by: number): Effect =>
    tracks === 0
      ? refuse('it plays no tracks')
      : to(now, 'playing', { track: ((number(now.attributes, 'track', 1) - 1 + by + tracks) % tracks) + 1 });
  switch (action.deed) {
    case 'on':
      return now.state === 'off' || tracks > 0 ? to(now, running) : to(now, now.state);
    case 'off':
      return to(now, 'off');
    case 'toggle':
      return mediaPlayer(now, { deed: now.state === 'off' ? 'on' : 'off' });
    case 'play':
      return to(now, running);
    case 'pause':
      return now.state === 'off' ? to(now, 'off') : to(now, 'paused');
    case 'next':
      return skip(1);
    case 'previous':
      return skip(-1);
    case 'mute':
    case 'unmute':
      if (now.state === 'off') return refuse('it is off');
      return to(now, now.state, { muted: action.deed === 'mute' });
    case 'level':
    case 'step': {
      if (now.state === 'off') return refuse('it is off');
      const wanted = percentFrom(number(now.attributes, 'volume'), action, VOLUME_STEP, 'the volume');
      return typeof wanted === 'number' ? to(now, now.state, { volume: Math.round(wanted), muted: false }) : wanted;
    }
    default:
      return undefined;
  }
};

const BY_DOMAIN: Readonly<Record<string, Simulation>> = {
  light,
  switch: plainSwitch,
  fan,
  cover,
  climate,
  lock,
  alarm_control_panel: alarm,
  media_player: mediaPlayer,
};
