import type { HomeAssistant } from './connection.js';
import { type Entry, readAreas, readDevices, readEntries, readExposed, readFloors } from './registry.js';
import type { Registries } from './snapshot.js';

/**
 * What can be read anew by itself. `entities`: what is exposed, and the registry entries of it; `exposure`: the same,
 * but the entries only if something else is exposed than before.
 */
export type Part = 'areas' | 'devices' | 'entities' | 'exposure';
export const ALL_PARTS: readonly Part[] = ['areas', 'devices', 'entities'];

/** Registries, and the ids of what is exposed. */
export interface Knowledge {
  readonly registries: Registries;
  readonly exposed: readonly string[];
}

/** An answer with all entries of a big home would hold up the event loop for as long as it takes to parse. */
const ENTRIES_AT_ONCE = 250;
/** A Core that has just started is slow. */
const TIMEOUT = 30_000;

/** Reads `parts` anew; the others stay as in `before`. Rejects as `HomeAssistant.call` does. */
export const loadRegistries = async (
  home: HomeAssistant,
  parts: ReadonlySet<Part>,
  before: Knowledge,
  signal: AbortSignal,
): Promise<Knowledge> => {
  const ask = (type: string, fields: object = {}): Promise<unknown> =>
    home.call({ type, ...fields }, { signal, timeout: TIMEOUT });

  const places = async () => {
    if (!parts.has('areas')) return { floors: before.registries.floors, areas: before.registries.areas };
    const [floorRows, areaRows] = await Promise.all([
      ask('config/floor_registry/list'),
      ask('config/area_registry/list'),
    ]);
    const floors = readFloors(floorRows);
    return { floors, areas: readAreas(areaRows, floors) };
  };
  const devices = async () =>
    parts.has('devices') ? readDevices(await ask('config/device_registry/list')) : before.registries.devices;
  const entities = async () => {
    const same = { exposed: before.exposed, entries: before.registries.entries };
    if (!parts.has('entities') && !parts.has('exposure')) return same;
    const exposed = readExposed(await ask('homeassistant/expose_entity/list'));
    if (!parts.has('entities') && exposed.join() === before.exposed.join()) return same;
    const entries = new Map<string, Entry>();
    for (let from = 0; from < exposed.length; from += ENTRIES_AT_ONCE) {
      const ids = exposed.slice(from, from + ENTRIES_AT_ONCE);
      const answer = await ask('config/entity_registry/get_entries', { entity_ids: ids });
      for (const [id, entry] of readEntries(answer)) entries.set(id, entry);
    }
    return { exposed, entries };
  };

  const [where, what, which] = await Promise.all([places(), devices(), entities()]);
  return { registries: { ...where, devices: what, entries: which.entries }, exposed: which.exposed };
};
