import type { House } from './house.js';
import { type Findings, type Found, nothingFound, type SlotFinder } from './matcher.js';
import { Names } from './names.js';

/** What a house calls its things and rooms, as slots of a grammar. */
export interface Places {
  readonly slots: ReadonlyMap<string, SlotFinder>;
  /** The area that is called so, by name or id; undefined where none is. */
  areaCalled(name: string | undefined): string | undefined;
  /** Every name of a thing or a room. */
  names(): readonly string[];
  /** The names that things have, and the same with their rooms put in front. */
  readonly things: readonly string[];
  readonly withRooms: readonly string[];
  /** Every name of a room. */
  readonly areas: readonly string[];
}

/** Links a thing to its room: "the lamp in the bedroom". */
const LINKS = new Set(['in', 'of', 'from', 'inside']);
const ARTICLES = new Set(['the', 'my', 'our', 'da']);

/** Indexes the names of a house. `certain` are words that are never taken for a mishearing. */
export function placesOf(house: House, certain: ReadonlySet<string>): Places {
  const areaNames = [...house.areas.values()].flatMap(({ id, name, also }) =>
    [name, ...also].map((one) => [one, id] as const),
  );
  const areas = new Names<string>(
    areaNames.map(([name, id]) => [name, id, true] as const),
    certain,
  );
  const things = new Names<string>(
    [...house.entities.values()].flatMap((entity) => {
      const own = [entity.name, ...entity.also];
      const rooms = areaNames.filter(([, id]) => id === entity.area).map(([name]) => name);
      const withRoom = own
        .filter((name) => !rooms.some((room) => name.includes(room)))
        .flatMap((name) => rooms.map((room) => `${room} ${name}`));
      return [...own, ...withRoom].map((name) => [name, entity.id, !entity.guarded] as const);
    }),
    new Set([...certain, ...areaNames.flatMap(([name]) => name.split(' '))]),
  );

  const area: SlotFinder = (words, from, bySound) => {
    const { found, live, opens } = areas.find(words, from, bySound);
    return { found: found.map((one) => ({ ...one, value: [...one.value.ids][0]! })), live, opens };
  };

  /** "the fan in the bathroom" is also what is called "bathroom fan". */
  const calledThere = (words: readonly string[], room: string): ReadonlySet<string> => {
    const { name, also } = house.areas.get(room)!;
    const called = [name, ...also].flatMap((one) => {
      const whole = [...one.split(' '), ...words];
      return things.find(whole, 0, false).found.filter(({ end }) => end === whole.length);
    });
    return called[0]?.value.ids ?? new Set();
  };

  /** A thing's name, and perhaps the room it is in. */
  const name: SlotFinder = (words, from, bySound): Findings<ReadonlySet<string>> => {
    if (from >= words.length) return nothingFound;
    const bare = things.find(words, from, bySound);
    const found: Found<ReadonlySet<string>>[] = bare.found.map((one) => ({ ...one, value: one.value.ids }));
    let { live, opens } = bare;
    for (const one of bare.found) {
      // A name that is one thing's is whole; "in the bedroom" after it is an afterthought.
      const shared = one.value.ids.size > 1;
      if (one.end === words.length) {
        live = true;
        opens ||= shared;
        continue;
      }
      if (!LINKS.has(words[one.end]!)) continue;
      const at = ARTICLES.has(words[one.end + 1] ?? '') ? one.end + 2 : one.end + 1;
      if (at >= words.length) live = opens = true;
      const inArea = area(words, at, bySound);
      live ||= inArea.live;
      opens ||= inArea.opens;
      for (const room of inArea.found) {
        const there = new Set([...one.value.ids].filter((id) => house.entities.get(id)?.area === room.value));
        const value = there.size > 0 ? there : calledThere(one.value.words, room.value as string);
        if (value.size > 0) found.push({ end: room.end, value, cost: one.cost + room.cost, rank: one.rank });
      }
    }
    return { found, live, opens };
  };

  const own = new Set([...house.entities.values()].flatMap(({ name, also }) => [name, ...also]));
  const byName = new Map([...areaNames, ...[...house.areas.keys()].map((id) => [id, id] as const)]);
  return {
    slots: new Map([
      ['area', area],
      ['name', name],
    ]),
    areaCalled: (called) => (called === undefined ? undefined : byName.get(called.toLowerCase().trim())),
    things: distinct([...own]),
    withRooms: distinct([...own, ...things.all()]).filter((name) => !own.has(name)),
    areas: distinct(areas.all()),
    names: () => [...new Set([...things.all(), ...areas.all()])].sort(),
  };
}

/** Without those that are an earlier one, written differently: "livingroom". */
function distinct(names: readonly string[]): readonly string[] {
  const bare = names.map((name) => name.replaceAll(' ', ''));
  return names.filter((_, at) => bare.indexOf(bare[at]!) === at);
}
