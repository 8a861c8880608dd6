import type { Area, Floor } from './house-shape.js';
import { plain } from './plain.js';

/** Longer names cannot be meant to be spoken. */
const LONGEST_NAME = 100;
const MOST_ALIASES = 20;

/** What the entity registry says of an entity. */
export interface Entry {
  /** In the user's order; `null` stands for the entity's own name. */
  readonly aliases: readonly (string | null)[];
  readonly name?: string;
  readonly area?: string;
  readonly device?: string;
  readonly deviceClass?: string;
}

type Raw = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const rows = (value: unknown): Raw[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A name or the like; undefined where nothing can be read in it. */
export const readName = (value: unknown): string | undefined =>
  typeof value === 'string' ? plain(value, LONGEST_NAME) || undefined : undefined;

const readId = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined;

const readAliases = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [])
    .slice(0, MOST_ALIASES)
    .flatMap((alias) => readName(alias) ?? [])
    // Core gives them in the order of a hash: theirs changes from start to start, ours does not.
    .sort();

/** `config/floor_registry/list`. */
export const readFloors = (answer: unknown): Map<string, Floor> =>
  new Map(
    rows(answer).flatMap((row): [string, Floor][] => {
      const id = readId(row.floor_id);
      const name = readName(row.name);
      if (id === undefined || name === undefined) return [];
      const level = typeof row.level === 'number' ? { level: row.level } : {};
      return [[id, { id, name, aliases: readAliases(row.aliases), ...level }]];
    }),
  );

/** `config/area_registry/list`. */
export const readAreas = (answer: unknown, floors: ReadonlyMap<string, Floor>): Map<string, Area> =>
  new Map(
    rows(answer).flatMap((row): [string, Area][] => {
      const id = readId(row.area_id);
      const name = readName(row.name);
      if (id === undefined || name === undefined) return [];
      const floor = floors.get(String(row.floor_id));
      return [[id, { id, name, aliases: readAliases(row.aliases), ...(floor ? { floor } : {}) }]];
    }),
  );

/** `config/device_registry/list`: the id of each device's area, a part of a device being where the whole is. */
export const readDevices = (answer: unknown): Map<string, string> => {
  const all = rows(answer);
  const byId = new Map(all.map((row) => [row.id, row]));
  const areaOf = (row: Raw | undefined, depth: number): string | undefined =>
    row === undefined || depth > 8
      ? undefined
      : (readId(row.area_id) ?? areaOf(byId.get(row.parent_device_id), depth + 1));
  return new Map(
    all.flatMap((row): [string, string][] => {
      const id = readId(row.id);
      const area = areaOf(row, 0);
      return id === undefined || area === undefined ? [] : [[id, area]];
    }),
  );
};

/** `config/entity_registry/get_entries`; an entity without an entry is not in the map. */
export const readEntries = (answer: unknown): Map<string, Entry> =>
  new Map(
    Object.entries(isObject(answer) ? answer : {}).flatMap(([id, row]): [string, Entry][] => {
      if (!isObject(row)) return [];
      const name = readName(row.name) ?? readName(row.original_name);
      const area = readId(row.area_id);
      const device = readId(row.device_id);
      const deviceClass = readId(row.device_class) ?? readId(row.original_device_class);
      const aliases = (Array.isArray(row.aliases) ? row.aliases : [null])
        .slice(0, MOST_ALIASES)
        .flatMap((alias) => (alias === null ? [null] : (readName(alias) ?? [])));
      const entry = {
        aliases,
        ...(name === undefined ? {} : { name }),
        ...(area === undefined ? {} : { area }),
        ...(device === undefined ? {} : { device }),
        ...(deviceClass === undefined ? {} : { deviceClass }),
      };
      return [[id, entry]];
    }),
  );

/** `homeassistant/expose_entity/list`: the ids that Assist may see. */
export const readExposed = (answer: unknown): string[] => {
  const listed = isObject(answer) ? answer.exposed_entities : undefined;
  return Object.entries(isObject(listed) ? listed : {})
    .flatMap(([id, by]) => (isObject(by) && by.conversation === true && /^\w+\.\w+$/.test(id) ? [id] : []))
    .sort();
};
