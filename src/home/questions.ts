import type { Milliseconds } from '../units.js';
import type { House, States } from './house.js';
import type { Question } from './meaning.js';
import { spokenNumber } from './numbers.js';
import { capitalised, degrees, describe, isPlural, percent, spokenList } from './speech.js';

/** The longest list anyone listens to. */
const MOST = 6;

/** Says what is asked, as a sentence. Reads, and changes nothing. `now` is the wall clock. */
export function answer(question: Question, house: House, states: States, now: Milliseconds): string {
  switch (question.about) {
    case 'time':
      return `It is ${spokenTime(new Date(now))}.`;
    case 'date':
      return `It is ${new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(now))}.`;
    case 'temperature':
    case 'humidity':
      return measured(question.about, question.area, house, states);
    case 'volume': {
      const [id] = question.entities;
      const { volume, muted } = states.get(id!)!.attributes;
      return `The volume is ${percent(Number(volume))}${muted === true ? ', and muted' : ''}.`;
    }
    case 'playing': {
      const { state, attributes } = states.get(question.entities[0]!)!;
      const { playlist, track } = attributes;
      const title = Array.isArray(playlist) ? playlist[Number(track) - 1] : undefined;
      return state === 'playing' && title !== undefined ? `That is ${title}.` : 'Nothing is playing.';
    }
    case 'level':
      return question.entities.map((id) => levelOf(id, house, states)).join(' ');
    case 'report':
      return question.entities.map((id) => `${house.entities.get(id)!.name}: ${describe(states.get(id)!)}`).join('; ');
    case 'state':
      return stateOf(question, house, states);
    case 'which':
      return whichOf(question, house, states);
  }
}

const isIn = (wanted: string, actual: string): boolean => {
  if (wanted === 'on') return ['on', 'playing', 'paused', 'heat'].includes(actual);
  return actual === wanted;
};

const reachable = (states: States) => (id: string) => states.get(id)?.state !== 'unavailable';

function stateOf(question: Extract<Question, { about: 'state' }>, house: House, states: States): string {
  const { entities, state, group } = question;
  const names = entities.map((id) => house.entities.get(id)!.name);
  if (entities.length === 1) {
    const actual = states.get(entities[0]!)!.state;
    const name = names[0]!;
    if (actual === 'unavailable') return `The ${name} is unreachable.`;
    return `${isIn(state, actual) ? 'Yes, the' : 'No, the'} ${name} ${isPlural(name) ? 'are' : 'is'} ${spokenState(actual)}.`;
  }
  const known = entities.filter(reachable(states));
  const so = known.filter((id) => isIn(state, states.get(id)!.state));
  const whole = capitalised(group ?? spokenList(names.map((name) => `the ${name}`)));
  if (so.length === known.length) return `Yes. ${whole} are ${state}.`;
  if (so.length === 0) return `No, none of them ${known.length === 1 ? 'is' : 'are'} ${state}.`;
  const some = so.map((id) => `the ${house.entities.get(id)!.name}`);
  return `Only ${spokenList(some)} ${some.length === 1 ? 'is' : 'are'} ${state}.`;
}

const spokenState = (state: string): string => (state === 'heat' ? 'on' : state);

function whichOf(question: Extract<Question, { about: 'which' }>, house: House, states: States): string {
  const { entities, state, kind, area } = question;
  const where = area ? ` in the ${area}` : '';
  const so = entities.filter(reachable(states)).filter((id) => isIn(state, states.get(id)!.state));
  if (so.length === 0) return kind === 'thing' ? `Nothing${where} is ${state}.` : `No ${kind}${where} are ${state}.`;
  if (so.length > MOST)
    return `${capitalised(spokenNumber(so.length))} ${kind === 'thing' ? 'things' : kind}${where} are ${state}.`;
  const names = so.map((id) => house.entities.get(id)!.name);
  const verb = names.length > 1 || isPlural(names[0]!) ? 'are' : 'is';
  return `${capitalised(spokenList(names.map((name) => `the ${name}`)))} ${verb} ${state}.`;
}

function levelOf(id: string, house: House, states: States): string {
  const entity = house.entities.get(id)!;
  const { state, attributes } = states.get(id)!;
  const the = `The ${entity.name}`;
  const is = isPlural(entity.name) ? 'are' : 'is';
  if (state === 'unavailable') return `${the} ${is} unreachable.`;
  const { brightness, color, position, percentage, temperature, volume } = attributes;
  if (temperature !== undefined) {
    return state === 'off' ? `${the} is off.` : `${the} is set to ${degrees(Number(temperature))}.`;
  }
  if (volume !== undefined) return `${the} ${is} ${state}, its volume ${percent(Number(volume))}.`;
  if (position !== undefined) {
    const open = Number(position);
    return open === 0 || open === 100 ? `${the} ${is} ${state}.` : `${the} ${is} open to ${percent(open)}.`;
  }
  if (entity.measures === 'temperature') return `${the} is ${degrees(Number(state))}.`;
  if (entity.measures === 'humidity') return `${the} is ${percent(Number(state))}.`;
  if (state !== 'on') return `${the} ${is} ${spokenState(state)}.`;
  const level = brightness ?? percentage;
  const detail = [level === undefined ? undefined : `at ${percent(Number(level))}`, color].filter(Boolean);
  return `${the} ${is} on${detail.length > 0 ? `, ${detail.join(', ')}` : ''}.`;
}

function measured(what: 'temperature' | 'humidity', area: string | undefined, house: House, states: States): string {
  const sensors = [...house.entities.values()].filter(({ measures }) => measures === what);
  const sensor =
    sensors.find((entity) => entity.area === area) ??
    (what === 'humidity' && sensors.length === 1 ? sensors[0] : undefined);
  const room = area === undefined ? undefined : house.areas.get(area)?.name;
  const said = (value: number, where: string | undefined): string => {
    const place = where === undefined ? '' : where === 'garden' ? ' outside' : ` in the ${where}`;
    return what === 'temperature' ? `It is ${degrees(value)}${place}.` : `The humidity${place} is ${percent(value)}.`;
  };
  if (sensor) return said(Number(states.get(sensor.id)!.state), house.areas.get(sensor.area)?.name);
  const climate = [...house.entities.values()].find((entity) => entity.domain === 'climate' && entity.area === area);
  const current = climate && states.get(climate.id)?.attributes.current_temperature;
  if (what === 'temperature' && typeof current === 'number') return said(current, room);
  return `I have nothing that measures the ${what}${room === undefined ? '' : ` in the ${room}`}.`;
}

/** "five past four" would be prettier, but "four oh five" is never misheard. */
function spokenTime(date: Date): string {
  const [hours, minutes] = [date.getHours(), date.getMinutes()];
  const hour = spokenNumber(hours % 12 || 12);
  const part = hours < 12 ? 'in the morning' : hours < 18 ? 'in the afternoon' : 'in the evening';
  if (minutes === 0) return `${hour} o'clock ${part}`;
  return `${hour} ${minutes < 10 ? 'oh ' : ''}${spokenNumber(minutes)} ${part}`;
}
