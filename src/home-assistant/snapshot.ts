import type { EntityState } from './entity-states.js';
import type { Area, Entity, Floor, House } from './house-shape.js';
import { type Entry, readName } from './registry.js';

/** What the registries say. */
export interface Registries {
  readonly floors: ReadonlyMap<string, Floor>;
  readonly areas: ReadonlyMap<string, Area>;
  /** Id of the area of each device that has one. */
  readonly devices: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, Entry>;
}

const collator = new Intl.Collator('en', { numeric: true });
const byName = (a: { name: string; id: string }, b: { name: string; id: string }): number =>
  collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
const byFloor = (a: Floor | undefined, b: Floor | undefined): number => {
  if (a === b) return 0;
  if (!a || !b) return a ? -1 : 1;
  return (a.level ?? 1000) - (b.level ?? 1000) || byName(a, b);
};
const byPlace = (a: Area | undefined, b: Area | undefined): number => {
  if (a === b) return 0;
  if (!a || !b) return a ? -1 : 1;
  return byFloor(a.floor, b.floor) || byName(a, b);
};

/** What the house makes of an entity. */
export const makeEntity = (id: string, { state, attributes }: EntityState, registries: Registries): Entity => {
  const entry = registries.entries.get(id);
  const own = readName(attributes.friendly_name) ?? entry?.name ?? id.slice(id.indexOf('.') + 1).replaceAll('_', ' ');
  const names = [...new Set(entry ? entry.aliases.map((alias) => alias ?? own) : [own])];
  const areaId = entry?.area ?? (entry?.device === undefined ? undefined : registries.devices.get(entry.device));
  const area = areaId === undefined ? undefined : registries.areas.get(areaId);
  const deviceClass = typeof attributes.device_class === 'string' ? attributes.device_class : entry?.deviceClass;
  const features = attributes.supported_features;
  return {
    id,
    domain: id.slice(0, id.indexOf('.')),
    name: names[0] ?? own,
    names,
    ...(deviceClass === undefined ? {} : { deviceClass }),
    ...(area === undefined ? {} : { area }),
    ...(entry?.device === undefined ? {} : { device: entry.device }),
    supportedFeatures: typeof features === 'number' ? features : 0,
    state,
    attributes,
  };
};

/** An entity of the same names at the same place with another state. */
export const sameNames = (a: Entity | undefined, b: Entity | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.area === b.area &&
  a.name === b.name &&
  a.deviceClass === b.deviceClass &&
  a.names.length === b.names.length &&
  a.names.every((name, index) => name === b.names[index]);

/** The order of `House.entities`. */
export const inOrder = (entities: Iterable<Entity>): Entity[] =>
  [...entities].sort((a, b) => byPlace(a.area, b.area) || byName(a, b));

/** `entities` in order. */
export const makeHouse = (entities: readonly Entity[], { areas, floors, devices }: Registries): House => {
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  let byArea: Map<string, Entity[]> | undefined;
  const places = (): Map<string, Entity[]> => {
    const map = new Map<string, Entity[]>();
    for (const entity of entities) {
      if (!entity.area) continue;
      const there = map.get(entity.area.id);
      if (there) there.push(entity);
      else map.set(entity.area.id, [entity]);
    }
    return map;
  };
  return {
    entities,
    areas: [...areas.values()].sort(byPlace),
    floors: [...floors.values()].sort(byFloor),
    entity: (id) => byId.get(id),
    inArea(area) {
      byArea ??= places();
      return byArea.get(area) ?? [];
    },
    areaOf: (device) => areas.get(devices.get(device) ?? ''),
  };
};
