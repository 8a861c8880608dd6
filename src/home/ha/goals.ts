/** What Home Assistant's intents want of the things they reach, so that "done" is said of what is done. */
import { brightnessOf, type CoreState, domainOf, numberIn, volumeOf } from './state.js';

/** How far a thing is: `moving` is on its way and needs its time. */
export type Progress = 'reached' | 'moving' | 'not yet';

export interface Goal {
  progress(now: CoreState): Progress;
  /** The state that is wanted, as far as it is known beforehand. */
  readonly ideal: string;
  /** Happens anew each time, and leaves no state behind. */
  readonly passing?: true;
}

/** Values of an intent's slots. */
export type Slots = Readonly<Record<string, unknown>>;

const is = (done: boolean, moving = false): Progress => (done ? 'reached' : moving ? 'moving' : 'not yet');

const goal = (ideal: string, ...moving: readonly string[]): Goal => ({
  ideal,
  progress: ({ state }) => is(state === ideal, moving.includes(state)),
});
const anyOf = (ideal: string, ...others: readonly string[]): Goal => ({
  ideal,
  progress: ({ state }) => is(state === ideal || others.includes(state)),
});
const notIn = (ideal: string, ...states: readonly string[]): Goal => ({
  ideal,
  progress: ({ state }) => is(!states.includes(state)),
});

const SLEEPING = ['off', 'standby', 'unavailable', 'unknown'];
/** Covers that stop a little short of their end are open. */
const NEARLY_OPEN = 95;

const opened: Goal = {
  ideal: 'open',
  progress: (now) =>
    is(now.state === 'open' && (numberIn(now, 'current_position') ?? 100) >= NEARLY_OPEN, now.state === 'opening'),
};

/** Its state is the time when it last ran. */
const ranSince = (before: CoreState, ideal: string): Goal => ({
  ideal,
  passing: true,
  progress: (now) => is(now.state !== before.state),
});
/** Runs at its own pace; that it was started is all that can be known. */
const started: Goal = { ideal: 'started', passing: true, progress: () => 'reached' };

const ON: Readonly<Record<string, (before: CoreState) => Goal | undefined>> = {
  lock: () => goal('locked', 'locking'),
  cover: () => opened,
  valve: () => opened,
  media_player: () => notIn('on', ...SLEEPING),
  climate: () => notIn('on', 'off', 'unavailable', 'unknown'),
  water_heater: () => notIn('on', 'off', 'unavailable', 'unknown'),
  scene: (before) => ranSince(before, 'activated'),
  script: () => started,
  button: (before) => ranSince(before, 'pressed'),
  input_button: (before) => ranSince(before, 'pressed'),
  vacuum: () => undefined,
  group: () => undefined,
};
const OFF: Readonly<Record<string, (before: CoreState) => Goal | undefined>> = {
  lock: () => goal('unlocked', 'unlocking'),
  cover: () => goal('closed', 'closing'),
  valve: () => goal('closed', 'closing'),
  media_player: () => anyOf('off', 'standby'),
  scene: () => undefined,
  vacuum: () => undefined,
  group: () => undefined,
};

/** What an intent wants of one thing that is in the state `before`; undefined where that cannot be told from states. */
export function goalOf(intent: string, slots: Slots, entity: string, before: CoreState): Goal | undefined {
  const domain = domainOf(entity);
  const on = (): Goal | undefined => (Object.hasOwn(ON, domain) ? ON[domain]!(before) : goal('on'));
  const off = (): Goal | undefined => (Object.hasOwn(OFF, domain) ? OFF[domain]!(before) : goal('off'));
  switch (intent) {
    case 'HassTurnOn':
    case 'HassOpenCover':
      return on();
    case 'HassTurnOff':
    case 'HassCloseCover':
      return off();
    case 'HassToggle':
      return ['on', 'open', 'locked', 'playing'].includes(before.state) ? off() : on();
    case 'HassLightSet':
      return lightGoal(slots);
    case 'HassSetPosition':
      return valueGoal(slots.position, (now) => numberIn(now, 'current_position'), 2, ['opening', 'closing']);
    case 'HassStopMoving':
      return notIn('stopped', 'opening', 'closing');
    case 'HassFanSetSpeed':
      return fanGoal(slots, before);
    case 'HassClimateSetTemperature':
      return valueGoal(slots.temperature, (now) => numberIn(now, 'temperature'), 0.26);
    case 'HassClimateSetFanMode':
      return attributeGoal('fan_mode', slots.fan_mode);
    case 'HassHumidifierSetpoint':
      return valueGoal(slots.humidity, (now) => numberIn(now, 'humidity'), 1);
    case 'HassHumidifierMode':
      return attributeGoal('mode', slots.mode);
    case 'HassSetVolume':
      return valueGoal(slots.volume_level, volumeOf, 1);
    case 'HassSetVolumeRelative':
      return louderGoal(slots, before);
    case 'HassMediaPause':
      return anyOf('paused', 'idle', 'off', 'standby');
    case 'HassMediaUnpause':
      return goal('playing', 'buffering');
    case 'HassMediaPlayerMute':
      return attributeGoal('is_volume_muted', true);
    case 'HassMediaPlayerUnmute':
      return attributeGoal('is_volume_muted', false);
    case 'HassVacuumStart':
      return goal('cleaning');
    case 'HassLawnMowerStartMowing':
      return goal('mowing');
    case 'HassVacuumReturnToBase':
    case 'HassLawnMowerDock':
      return anyOf('docked', 'returning');
    default:
      return undefined;
  }
}

function valueGoal(
  wanted: unknown,
  read: (now: CoreState) => number | undefined,
  tolerance: number,
  moving: readonly string[] = [],
): Goal | undefined {
  if (typeof wanted !== 'number') return undefined;
  return {
    ideal: String(wanted),
    progress: (now) => is(Math.abs((read(now) ?? Number.NaN) - wanted) <= tolerance, moving.includes(now.state)),
  };
}

const attributeGoal = (key: string, wanted: unknown): Goal | undefined =>
  wanted === undefined ? undefined : { ideal: String(wanted), progress: (now) => is(now.attributes[key] === wanted) };

/** A fan has steps, and takes the next. */
function fanGoal({ percentage }: Slots, before: CoreState): Goal | undefined {
  if (typeof percentage !== 'number') return undefined;
  if (percentage === 0) return goal('off');
  const step = numberIn(before, 'percentage_step') ?? 1;
  return {
    ideal: String(percentage),
    // The speed of a fan that is off is the one it had.
    progress: (now) =>
      is(now.state === 'on' && Math.abs((numberIn(now, 'percentage') ?? Number.NaN) - percentage) < Math.max(step, 1)),
  };
}

/** `up`, `down`, or so many percent. */
function louderGoal({ volume_step: step }: Slots, before: CoreState): Goal | undefined {
  const up = step === 'up' || (typeof step === 'number' && step > 0);
  const was = volumeOf(before);
  if (was === undefined || step === undefined) return undefined;
  return {
    ideal: up ? 'louder' : 'quieter',
    progress: (now) => {
      const volume = volumeOf(now) ?? was;
      return is(up ? volume > was || volume >= 100 : volume < was || volume <= 0);
    },
  };
}

/** Hues of the CSS colours that Home Assistant's sentences know, in degrees; white has none. */
const HUES: Readonly<Record<string, number | undefined>> = {
  red: 0,
  brown: 0,
  orange: 39,
  yellow: 60,
  green: 120,
  blue: 240,
  purple: 300,
  pink: 350,
  turquoise: 174,
};
const NEAR_HUE = 12;
/** Whiter than this is white. */
const PALE = 15;

function lightGoal({ brightness, color, temperature }: Slots): Goal | undefined {
  const wants: ((now: CoreState) => boolean)[] = [];
  if (brightness === 0) return goal('off');
  if (typeof brightness === 'number') {
    wants.push((now) => Math.abs((brightnessOf(now) ?? Number.NaN) - brightness) <= 2);
  }
  if (typeof temperature === 'number') {
    wants.push((now) => Math.abs((numberIn(now, 'color_temp_kelvin') ?? 0) - temperature) <= temperature / 50);
  }
  if (typeof color === 'string') wants.push((now) => hasColour(now, color));
  if (wants.length === 0) return undefined;
  return { ideal: 'on', progress: (now) => is(now.state === 'on' && wants.every((met) => met(now))) };
}

function hasColour({ attributes }: CoreState, colour: string): boolean {
  const { hs_color: hs, color_mode: mode } = attributes;
  if (!Array.isArray(hs)) return false;
  const [hue, saturation] = hs.map(Number) as [number, number];
  if (colour === 'white') return mode === 'color_temp' || mode === 'white' || saturation <= PALE;
  const wanted = HUES[colour];
  if (wanted === undefined) return true;
  const apart = Math.abs(hue - wanted);
  return saturation > PALE && Math.min(apart, 360 - apart) <= NEAR_HUE;
}
