import { canDo, type Deed, isSwitched } from './abilities.js';
import type { Entity, House } from './house.js';
import type { Reading } from './matcher.js';
import { spokenList } from './speech.js';

/** What was named, resolved as far as it can be. */
export interface Targets {
  readonly entities: readonly Entity[];
  /** A group as it was named. */
  readonly group?: string;
  readonly area?: string;
  /** Somebody said "all" of the house, or "everything". */
  readonly sweeping: boolean;
  /** Names that several things share, or a room that is not known. */
  readonly unclear?: { readonly name: string; readonly reason: string; readonly candidates?: readonly Entity[] };
}

interface Target extends Targets {
  readonly named: boolean;
}

/**
 * Resolves one or more targets; undefined where one of them is nothing that can be told so. `within` is a room that was
 * said for all of them: "turn the lights on in the kitchen".
 */
export function resolveTargets(
  readings: readonly Reading[],
  usable: (entity: Entity) => boolean,
  house: House,
  here: string | undefined,
  within?: string,
): Targets | undefined {
  const parts: Target[] = [];
  for (const reading of readings) {
    const part = resolve(reading, usable, house, here, within);
    if (!part) return undefined;
    parts.push(part);
  }
  if (parts.length === 1) return parts[0];
  const unclear = parts.find((part) => part.unclear)?.unclear;
  return {
    entities: [...new Set(parts.flatMap(({ entities }) => entities))],
    sweeping: parts.some(({ sweeping }) => sweeping),
    ...(unclear ? { unclear } : {}),
    ...(parts.every(({ named }) => named)
      ? {}
      : { group: spokenList(parts.map(({ group, entities }) => group ?? `the ${entities[0]?.name ?? 'rest'}`)) }),
  };
}

const captured = (reading: Reading, as: string): unknown =>
  reading.captures.find((capture) => capture.as === as)?.value;

const KINDS: Readonly<Record<string, string>> = {
  light: 'lights',
  switch: 'switches',
  cover: 'blinds',
  lock: 'doors',
  fan: 'fans',
  media_player: 'speakers',
  opening: 'windows',
};

/** "lights", for a kind of the grammar's list. */
export const kindName = (kind: string): string => KINDS[kind] ?? kind;

/** Whether a thing is of a kind of the grammar's list. */
export const isOfKind = (entity: Entity, kind: string): boolean =>
  kind === 'opening' ? entity.measures === 'opening' : entity.domain === kind;

function resolve(
  reading: Reading,
  usable: (entity: Entity) => boolean,
  house: House,
  here: string | undefined,
  within: string | undefined,
): Target | undefined {
  const ids = captured(reading, 'name') as ReadonlySet<string> | undefined;
  if (ids) {
    const there = [...ids]
      .map((id) => house.entities.get(id)!)
      .filter(({ area }) => within === undefined || area === within);
    return oneOf(there.filter(usable), here, house);
  }

  const { fixed } = reading;
  const kind = captured(reading, 'kind') as string | undefined;
  const everything = fixed.everything === true;
  const said = (captured(reading, 'area') as string | undefined) ?? within;
  const what = everything ? 'everything' : kindName(kind ?? '');
  // Doors and windows are the house's, lights are a room's.
  const whole = said === undefined && (fixed.all === true || kind === 'lock' || kind === 'opening');
  const area = whole ? undefined : (said ?? (fixed.here ? here : undefined));
  if (area === undefined && !whole) {
    const unclear = {
      name: what,
      reason: 'I do not know which room this is',
      speech: `In which room are the ${what}?`,
    };
    return { entities: [], sweeping: false, named: false, unclear };
  }
  const entities = [...house.entities.values()].filter(
    (entity) =>
      (area === undefined || entity.area === area) &&
      (everything ? isSwitched(entity) : isOfKind(entity, kind ?? '')) &&
      usable(entity) &&
      // "The blinds" are not the garage door; only the doors are guarded things by kind.
      (!entity.guarded || kind === 'lock'),
  );
  if (entities.length === 0) return undefined;
  const room = area === undefined ? undefined : house.areas.get(area)!.name;
  const group = everything
    ? room === undefined
      ? 'everything'
      : `everything in the ${room}`
    : room === undefined
      ? `all ${what}`
      : `the ${room} ${what}`;
  // A group of one is that one.
  if (entities.length === 1 && !everything) return { entities, sweeping: false, named: true };
  return { entities, group, sweeping: everything || area === undefined, named: false, ...(room ? { area: room } : {}) };
}

function oneOf(candidates: readonly Entity[], here: string | undefined, house: House): Target | undefined {
  if (candidates.length === 0) return undefined;
  if (candidates.length === 1) return { entities: candidates, sweeping: false, named: true };
  const near = candidates.filter(({ area }) => area === here);
  if (near.length === 1) return { entities: near, sweeping: false, named: true };
  const name = sharedName(candidates);
  const rooms = candidates.map(({ area }) => house.areas.get(area)!.name);
  const reason = `there is ${spokenList(rooms.map((room) => `one in the ${room}`))}`;
  return { entities: [], sweeping: false, named: true, unclear: { name, reason, candidates } };
}

/** The name that all of them have. */
const sharedName = ([first, ...others]: readonly Entity[]): string =>
  [...first!.also, first!.name].find((name) => others.every((other) => [other.name, ...other.also].includes(name))) ??
  first!.name;

/** The ability that a deed needs. */
export const ableTo =
  (deed: Deed, only: unknown) =>
  (entity: Entity): boolean =>
    canDo(entity, deed) && (only === undefined || entity.domain === only);
