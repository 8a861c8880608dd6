import type { Entity } from './house.js';

/** What a thing can be told. */
export type Deed =
  | 'on'
  | 'off'
  | 'toggle'
  | 'level'
  | 'step'
  | 'colour'
  | 'open'
  | 'close'
  | 'stop'
  | 'lock'
  | 'unlock'
  | 'arm'
  | 'disarm'
  | 'play'
  | 'pause'
  | 'next'
  | 'previous'
  | 'mute'
  | 'unmute';

const SWITCHED = ['light', 'switch', 'fan', 'media_player'];
const PLAYERS = ['media_player'];

const DOMAINS: Readonly<Record<Deed, readonly string[]>> = {
  on: [...SWITCHED, 'climate', 'alarm_control_panel'],
  off: [...SWITCHED, 'climate', 'alarm_control_panel'],
  toggle: SWITCHED,
  level: ['light', 'cover', 'fan', 'media_player', 'climate'],
  step: ['light', 'fan', 'media_player', 'climate'],
  colour: ['light'],
  open: ['cover'],
  close: ['cover'],
  stop: ['cover'],
  lock: ['lock'],
  unlock: ['lock'],
  arm: ['alarm_control_panel'],
  disarm: ['alarm_control_panel'],
  play: PLAYERS,
  pause: PLAYERS,
  next: PLAYERS,
  previous: PLAYERS,
  mute: PLAYERS,
  unmute: PLAYERS,
};

export const isDeed = (name: unknown): name is Deed => typeof name === 'string' && Object.hasOwn(DOMAINS, name);

/** Whether such a thing can be told such a thing. */
export const canDo = (entity: Entity, deed: Deed): boolean => DOMAINS[deed].includes(entity.domain);

/** What "everything" is: what is plainly on or off. */
export const isSwitched = (entity: Entity): boolean => SWITCHED.includes(entity.domain);

/** Makes a house safer, so nobody has to confirm it. */
export const isSafe = (deed: Deed): boolean => deed === 'lock' || deed === 'close' || deed === 'stop';

/** Home Assistant's intent for a value or a step, which depends on the thing. */
export const intentFor = (deed: Deed, domain: string): string | undefined => {
  if (deed === 'colour') return 'HassLightSet';
  if (deed !== 'level' && deed !== 'step') return undefined;
  const intents: Readonly<Record<string, string>> = {
    light: 'HassLightSet',
    cover: 'HassSetPosition',
    fan: 'HassFanSetSpeed',
    media_player: deed === 'level' ? 'HassSetVolume' : 'HassSetVolumeRelative',
    climate: 'HassClimateSetTemperature',
  };
  return intents[domain];
};
