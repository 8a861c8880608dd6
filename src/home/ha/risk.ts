/** How dangerous it would be to have understood a sentence wrongly: judged on what it does and to what, never on its words. */
import type { Entity, House } from '../../home-assistant/house.js';
import type { Risk } from '../../stages.js';
import type { Slots } from './goals.js';
import { domainOf } from './state.js';

export interface RiskRules {
  /** What the user has marked: ids of entities, areas, domains, device classes, intents. */
  readonly marked: ReadonlySet<string>;
  /** More things than this at once are asked about. */
  readonly confirmAbove: number;
}

/** From how many things on a command is `wide` though they are in one room. */
const MANY = 5;

/** Doors that let somebody in. A garage door is one; blinds, curtains and windows with a motor are not. */
const DOORS = new Set(['garage', 'door', 'gate']);
/** What moves to its safe side without a question: nobody is let in, nothing floods, nothing howls. */
const SAFE: Readonly<Record<string, readonly string[]>> = {
  lock: ['HassTurnOn'],
  cover: ['HassTurnOff', 'HassCloseCover', 'HassStopMoving'],
  valve: ['HassTurnOff', 'HassStopMoving'],
  siren: ['HassTurnOff'],
  lawn_mower: ['HassLawnMowerDock', 'HassTurnOff'],
};
const GUARDED_DOMAINS = ['lock', 'alarm_control_panel', 'valve', 'siren', 'lawn_mower'];

/** Whether a thing is one that nobody should move by mistake. A cover that is not exposed could be any. */
export function isGuarded(id: string, house: House): boolean {
  const domain = domainOf(id);
  if (GUARDED_DOMAINS.includes(domain)) return true;
  if (domain !== 'cover') return false;
  const entity = house.entity(id);
  return entity === undefined || DOORS.has(entity.deviceClass ?? '');
}

export function isMarked(id: string, house: House, { marked }: RiskRules): boolean {
  if (marked.size === 0) return false;
  const entity = house.entity(id);
  return [id, domainOf(id), entity?.deviceClass, entity?.area?.id, entity?.area?.name.toLowerCase()].some(
    (one) => one !== undefined && marked.has(one),
  );
}

/** Nobody needs to confirm what makes a house safer: Core's own sentences for "lock" are an intent to turn on. */
const isSafeFor = (id: string, intent: string, slots: Slots): boolean =>
  SAFE[domainOf(id)]?.includes(intent) === true || (intent === 'HassSetPosition' && slots.position === 0);

const MOST_MEMBERS = 500;

/** A thing and what it consists of: groups, scenes. Core hands a command on to members that are not exposed, too. */
export function withMembers(ids: readonly string[], house: House): ReadonlySet<string> {
  const all = new Set<string>();
  const open = [...ids];
  while (open.length > 0 && all.size < MOST_MEMBERS) {
    const id = open.pop()!;
    if (all.has(id)) continue;
    all.add(id);
    const members = house.entity(id)?.attributes.entity_id;
    if (Array.isArray(members)) open.push(...members.filter((one) => typeof one === 'string'));
  }
  return all;
}

/** What a sentence would do. */
export interface Deed {
  readonly intent: string;
  readonly slots: Slots;
  readonly targets: readonly string[];
}

/** The risk of one of Core's own intents. */
export function riskOf({ intent, slots, targets }: Deed, house: House, rules: RiskRules): Risk {
  if (rules.marked.has(intent)) return 'guarded';
  const direct = new Set(targets);
  for (const id of withMembers(targets, house)) {
    if (isMarked(id, house, rules)) return 'guarded';
    if (!isGuarded(id, house)) continue;
    // A scene puts its members into any state; a group tells them what it was told itself.
    const told = direct.has(id) || !targets.some((one) => domainOf(one) === 'scene');
    if (!told || !isSafeFor(id, intent, slots)) return 'guarded';
  }
  if (targets.length > rules.confirmAbove) return 'guarded';
  return isWide(
    slots,
    targets.flatMap((id) => house.entity(id) ?? []),
  )
    ? 'wide'
    : 'harmless';
}

/** More than one room, or many things in one. */
function isWide(slots: Slots, things: readonly Entity[]): boolean {
  if (things.some(({ domain }) => domain === 'automation')) return true;
  const rooms = new Set(things.map(({ area }) => area?.id));
  const everywhere = slots.name === undefined && slots.area === undefined;
  return things.length >= MANY || rooms.size > 1 || (things.length > 1 && everywhere);
}
