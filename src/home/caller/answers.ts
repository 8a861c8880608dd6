import type { Told } from './told.js';

/** Home Assistant's states that somebody means who asks whether something is so; contacts of doors are "on" or "off". */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  on: ['on', 'playing', 'heat', 'cool', 'heat_cool', 'cleaning'],
  off: ['off'],
  open: ['open', 'opening', 'on'],
  closed: ['closed', 'closing', 'off'],
  locked: ['locked', 'locking'],
  unlocked: ['unlocked', 'unlocking', 'open'],
  playing: ['playing'],
  paused: ['paused'],
};
/** Else a lock would be asked whether it is open, and a light whether it is locked. */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  open: ['cover', 'binary_sensor', 'valve'],
  closed: ['cover', 'binary_sensor', 'valve'],
  locked: ['lock'],
  unlocked: ['lock'],
};

/** Slots for a question about a state. */
export const stateSlots = (state: string): Readonly<Record<string, unknown>> => ({
  state: MEANT[state] ?? [state],
  ...(ABOUT[state] && { domain: ABOUT[state] }),
});

const UNKNOWN = 'I know of no such thing.';
/** Left to right for what is left of a timer. */
const TIMERS =
  "{% set one = slots.timers | first %}{% if not one %}There is no timer.{% else %}{{ [one.hours_left ~ ' hours' if one.hours_left, one.minutes_left ~ ' minutes' if one.minutes_left, one.seconds_left ~ ' seconds' if one.seconds_left] | select | join(', ') or 'no time' }} left.{% endif %}";

/**
 * The answer to a question, as a template that Home Assistant fills with what it knows. Nothing of what somebody has said
 * is in it.
 */
export function answerTemplate({ deed, state = '' }: Pick<Told, 'deed' | 'state'>): string | undefined {
  switch (deed) {
    case 'ask_state':
      return `{% if query.matched %}Yes. {{ query.matched[0].name }} is ${state}.{% elif query.unmatched %}No. {{ query.unmatched[0].name }} is not ${state}.{% else %}${UNKNOWN}{% endif %}`;
    case 'ask_which':
      return "{% if query.matched %}{{ query.matched | map(attribute='name') | join(', ') }}.{% else %}None of them.{% endif %}";
    case 'ask_value':
      return `{% if state %}{{ state.name }} is {{ state.state_with_unit }}.{% else %}${UNKNOWN}{% endif %}`;
    case 'ask_temperature':
      return "{% set warmth = state.attributes.current_temperature if state.domain in ['climate', 'water_heater'] else state.state %}{{ warmth }} degrees.";
    case 'ask_weather':
      return "{{ (state.state | replace('partlycloudy', 'partly cloudy') | replace('-', ' ')) | capitalize }}, {{ state.attributes.temperature }} degrees.";
    case 'ask_time':
      return "It is {{ slots.time.strftime('%H:%M') }}.";
    case 'ask_date':
      return "It is {{ slots.date.strftime('%A, %B %d') }}.";
    case 'ask_timers':
      return TIMERS;
    default:
      return undefined;
  }
}
