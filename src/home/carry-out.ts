import type { Change, Outcome } from '../stages.js';
import { type Action, applyTo } from './actions.js';
import type { Entity, EntityState, House, States } from './house.js';
import type { Meaning } from './meaning.js';
import { spokenNumber } from './numbers.js';
import { degrees, describe, percent, withArticles } from './speech.js';

type ChangeOfState = Extract<Meaning, { kind: 'change' }>;

/** What was done, and the house after it. */
export interface Done {
  readonly outcome: Outcome;
  readonly states: States;
}

/**
 * Pure: the house after a command, and what of it came true. With `tried`, things that fail when they are told
 * something do so; without, all goes well as far as anyone can know.
 */
export function carryOut(meaning: ChangeOfState, house: House, states: States, tried: boolean): Done {
  const next = new Map(states);
  const changed: Change[] = [];
  const already: string[] = [];
  const failed: { name: string; reason: string }[] = [];
  for (const id of meaning.entities) {
    const entity = house.entities.get(id)!;
    const now = states.get(id)!;
    const effect = applyTo(entity, now, meaning.action);
    if ('reason' in effect) failed.push({ name: entity.name, reason: effect.reason });
    else if (effect.next === now) already.push(id);
    else if (tried && entity.fails !== undefined) failed.push({ name: entity.name, reason: entity.fails });
    else {
      next.set(id, effect.next);
      changed.push(changeOf(entity, now, effect.next));
    }
  }
  const fine = meaning.entities.filter((id) => changed.some(({ entity }) => entity === id) || already.includes(id));
  const slots = slotsOf(meaning, fine, house, next);
  return { outcome: { intent: meaning.intent, changed, already, failed, slots }, states: next };
}

export const changeOf = (entity: Entity, from: EntityState, to: EntityState): Change => ({
  entity: entity.id,
  name: entity.name,
  from: describe(from),
  to: describe(to),
});

/** What lines may say: only of what is as it should be. */
function slotsOf(meaning: ChangeOfState, fine: readonly string[], house: House, after: States): Record<string, string> {
  const names = fine.map((id) => house.entities.get(id)!.name);
  const [first] = fine;
  if (first === undefined) return {};
  const values = new Set(fine.map((id) => spokenValue(meaning.action, house.entities.get(id)!, after.get(id)!)));
  // A value that only some of them have is none.
  const [value] = values.size === 1 ? values : [undefined];
  const whole = fine.length === meaning.entities.length;
  return {
    ...(names.length === 1 ? { name: names[0]! } : {}),
    names: whole && meaning.group !== undefined ? meaning.group : listOf(names),
    ...(meaning.area !== undefined ? { area: meaning.area } : {}),
    ...(value !== undefined ? { value } : {}),
  };
}

/** The longest list that anyone listens to. */
const MOST_NAMES = 4;
const listOf = (names: readonly string[]): string =>
  names.length > MOST_NAMES ? `${spokenNumber(names.length)} devices` : withArticles(names);

/** The value that a thing has now, if the command was about one. */
function spokenValue(action: Action, entity: Entity, { state, attributes }: EntityState): string | undefined {
  if (action.deed === 'colour') return action.colour;
  if (action.deed !== 'level' && action.deed !== 'step') return undefined;
  switch (entity.domain) {
    case 'light':
      // Dimming what is off leaves it off.
      if (state !== 'on' && action.deed === 'step') return undefined;
      return percent(state === 'on' ? Number(attributes.brightness) : 0);
    case 'fan':
      return percent(state === 'on' ? Number(attributes.percentage) : 0);
    case 'cover':
      return percent(Number(attributes.position));
    case 'media_player':
      return percent(Number(attributes.volume));
    case 'climate':
      return degrees(Number(attributes.temperature));
    default:
      return undefined;
  }
}
