import type { SituationName } from '../persona/situations.js';
import type { Change, Outcome } from '../stages.js';

/** The line for what an intent did, where the intent alone says it. Home Assistant's names. */
const BY_INTENT: Readonly<Record<string, SituationName>> = {
  HassClimateSetTemperature: 'done.climate',
  HassSetPosition: 'done.position',
  HassFanSetSpeed: 'done.fan_speed',
  HassMediaUnpause: 'done.media_play',
  HassMediaPause: 'done.media_pause',
  HassMediaNext: 'done.media_skip',
  HassMediaPrevious: 'done.media_skip',
  HassSetVolume: 'done.volume',
  HassSetVolumeRelative: 'done.volume',
  HassMediaPlayerMute: 'done.volume',
  HassMediaPlayerUnmute: 'done.volume',
  HomeUndo: 'undone',
  HassStartTimer: 'done.timer_start',
  HassCancelTimer: 'done.timer_cancel',
  HassCancelAllTimers: 'done.timer_cancel',
};

/** States by what a line may claim of them. Home Assistant's names. */
const REACHED: Readonly<Record<string, State>> = {
  on: 'on',
  playing: 'on',
  off: 'off',
  open: 'open',
  opening: 'open',
  closed: 'closed',
  closing: 'closed',
  locked: 'locked',
  locking: 'locked',
  unlocked: 'unlocked',
  unlocking: 'unlocked',
};
type State = 'on' | 'off' | 'open' | 'closed' | 'locked' | 'unlocked';

const DONE: Readonly<Record<State, SituationName>> = {
  on: 'done.turn_on',
  off: 'done.turn_off',
  open: 'done.open',
  closed: 'done.close',
  locked: 'done.lock',
  unlocked: 'done.unlock',
};

const domainOf = (entity: string): string => entity.split('.')[0]!;

/** The state that all changes reached, where they agree. */
function reached(changes: readonly Change[]): State | undefined {
  const states = new Set(changes.map(({ to }) => REACHED[/^\w+/.exec(to)?.[0].toLowerCase() ?? '']));
  return states.size === 1 ? [...states][0] : undefined;
}

/** The line for something that was done, from what changed rather than from what was asked. */
export function doneSituation(outcome: Outcome): SituationName {
  const { intent, changed, already, slots } = outcome;
  const known = BY_INTENT[intent];
  if (known) return known;
  const domains = new Set(changed.map(({ entity }) => domainOf(entity)));
  if (['scene', 'script'].some((domain) => domains.has(domain)) && domains.size === 1) return 'done.scene';
  if (intent === 'HassLightSet' && slots.value) {
    return /\d|percent|per cent|%|bright|dim/i.test(slots.value) ? 'done.brightness' : 'done.colour';
  }
  const state = reached(changed);
  if (state === undefined || (intent === 'HassLightSet' && state === 'on')) return 'done';
  const line = DONE[state];
  if (line !== 'done.turn_on' && line !== 'done.turn_off') return line;
  // A group that was named as such, and whose things are not known.
  const isGroup = slots.name === undefined && slots.names !== undefined;
  const many = isGroup || changed.length + already.length > 1;
  if (domains.size === 1 && domains.has('light')) return many ? `${line}.lights` : `${line}.light`;
  if (many) return `${line}.several`;
  return domains.has('fan') ? `${line}.fan` : line;
}

/** What has the states on and off, and is not called something else when it has them. */
const SWITCHED = new Set(['light', 'switch', 'fan', 'media_player', 'input_boolean', 'humidifier', 'siren']);

/** The line for something that needed no doing. */
export function alreadySituation({ intent, already }: Outcome): SituationName {
  const domains = new Set(already.map(domainOf));
  const only = domains.size === 1 ? [...domains][0]! : '';
  const on = intent === 'HassTurnOn';
  if (!on && intent !== 'HassTurnOff') return BY_INTENT_ALREADY[intent] ?? 'already';
  if (only === 'lock') return on ? 'already.locked' : 'already.unlocked';
  if (only === 'cover') return on ? 'already.open' : 'already.closed';
  if (![...domains].every((domain) => SWITCHED.has(domain))) return 'already';
  return on ? 'already.on' : 'already.off';
}

const BY_INTENT_ALREADY: Readonly<Record<string, SituationName>> = {
  HassOpenCover: 'already.open',
  HassCloseCover: 'already.closed',
};

/** A home's reason where it is told by the options to keep away from something guarded. */
const FORBIDDEN = /^that is not allowed$/i;

/** The line for what could not be done, by the home's reason. */
export function failedSituation(reasons: readonly string[]): SituationName {
  const all = (pattern: RegExp): boolean => reasons.length > 0 && reasons.every((reason) => pattern.test(reason));
  if (all(/unavailable|not available|offline|unreachable|not respond|no answer|not answer|timed? ?out/i)) {
    return 'failed.unavailable';
  }
  if (all(FORBIDDEN)) return 'failed.forbidden';
  if (all(/not allowed|not permitted|forbidden|denied|refus|not exposed/i)) return 'failed.refused';
  return 'failed.because';
}

/** The question before something guarded, by what it would change. */
export function confirmSituation(foreseen: Outcome | undefined): SituationName {
  switch (foreseen && reached(foreseen.changed)) {
    case 'locked':
      return 'confirm.lock';
    case 'unlocked':
      return 'confirm.unlock';
    case 'open':
      return 'confirm.open';
    case 'closed':
      return 'confirm.close';
    default:
      return 'confirm';
  }
}
