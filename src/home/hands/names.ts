/** Finds the things and rooms that a language model names. What it only nearly names is put right where that is no guess. */
import { Fault } from '../../faults.js';
import { quoted } from '../../home-assistant/prompt-text.js';

/** A floor or an area, as far as its names go. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
}

export interface Place extends Named {
  readonly floor?: Named;
}

/** Something that a tool may be told to touch. */
export interface Thing {
  /** `light.desk_lamp`. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly names: readonly string[];
  readonly area?: Place;
}

export interface Inventory {
  /** Everything that is exposed. */
  readonly things: readonly Thing[];
  readonly areas: readonly Place[];
  readonly floors: readonly Named[];
  /** Never to be touched by a name that was only nearly right. */
  readonly isGuarded: (id: string) => boolean;
}

const LONGEST_NAME = 60;
const MOST_NAMES = 12;
/** A word of this many letters may have a wrong one. */
const LONG_WORD = 5;
/** Mistakes per letter. */
const MOST_WRONG = 0.25;

const FILLERS = new Set(['the', 'my', 'in', 'of', 'a', 'an']);

/** What is left of a name when case, marks and small words do not count. */
const normal = (text: string): string =>
  text
    .slice(0, 200)
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !FILLERS.has(word))
    .join(' ');

interface Keys {
  /** What it is called by itself, and together with its room. */
  readonly own: readonly string[];
  readonly placed: readonly string[];
}

/** A big house has thousands of names, and most things are the same objects from one call to the next. */
const known = new WeakMap<Thing, Keys>();

const keysOf = (thing: Thing): Keys => {
  const before = known.get(thing);
  if (before) return before;
  const { id, names, area } = thing;
  const name = normal(thing.name);
  const called = [id.slice(id.indexOf('.') + 1), ...names].map(normal);
  const own = [...new Set([name, ...called, normal(id)])].filter((key) => key !== '');
  const rooms = area ? [area.name, ...area.aliases].map(normal) : [];
  const placed = rooms.flatMap((room) => [name, ...called].flatMap((one) => [`${room} ${one}`, `${one} ${room}`]));
  const keys = { own, placed };
  known.set(thing, keys);
  return keys;
};

/** For a language model: names are other people's text. */
const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, MOST_NAMES).map((name) => quoted(name, LONGEST_NAME));
  const more = names.length - shown.length;
  return shown.length === 0 ? 'none' : `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** Whether a name can stand in a tool as it is: it is somebody else's text. */
const isPlain = (name: string): boolean => name !== '' && quoted(name, LONGEST_NAME) === `"${name}"`;

/** What to call each so that no other is meant: its name, or its id where several of `all` share the name. */
export const callNames = <T extends { readonly id: string; readonly name: string }>(
  things: readonly T[],
  all: readonly T[],
): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { name } of all) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return things.map(({ id, name }) => (isPlain(name) && counts.get(name.toLowerCase()) === 1 ? name : id));
};

/** The place that is called so, and the things in it. Throws a `Fault` 'input' that names those there are. */
export function findPlace(
  wanted: string,
  { areas, floors }: Inventory,
): { readonly name: string; holds(thing: Thing): boolean } {
  const key = normal(wanted);
  const called = ({ id, name, aliases }: Named): boolean => [id, name, ...aliases].some((one) => normal(one) === key);
  const area = areas.filter(called);
  if (area.length === 1) return { name: area[0]!.name, holds: (thing) => thing.area?.id === area[0]!.id };
  const floor = area.length === 0 ? floors.filter(called) : [];
  if (floor.length === 1) return { name: floor[0]!.name, holds: (thing) => thing.area?.floor?.id === floor[0]!.id };
  const all = [...areas, ...floors].map(({ name }) => name);
  throw new Fault('input', `There is no area ${quoted(wanted, LONGEST_NAME)}. There are: ${listed(all)}.`);
}

/**
 * The one of `candidates` that is called `wanted`. Where several are, the one that is `here`. A slip in the name is put right
 * if one thing alone comes near it, and never to something guarded. Throws a `Fault` 'input' that names those there are.
 */
export function findThing(
  wanted: string,
  candidates: readonly Thing[],
  inventory: Inventory,
  here: string | undefined,
): Thing {
  const key = normal(wanted);
  const named = (things: readonly Thing[]): Thing[] => {
    const own = things.filter((one) => keysOf(one).own.includes(key));
    return own.length > 0 ? own : things.filter((one) => keysOf(one).placed.includes(key));
  };
  const exact = named(candidates);
  if (exact.length === 1) return exact[0]!;
  const near = exact.filter(({ area }) => here !== undefined && area?.id === here);
  if (near.length === 1) return near[0]!;
  const shown = quoted(wanted, LONGEST_NAME);
  if (exact.length > 1) {
    const which = exact.map(({ id, area }) => (area ? `${id} in ${quoted(area.name, LONGEST_NAME)}` : id));
    throw new Fault('input', `Several things are called ${shown}: ${which.slice(0, MOST_NAMES).join(', ')}.`);
  }
  const [other] = named(inventory.things);
  const others = listed(callNames(candidates, inventory.things));
  if (other)
    throw new Fault('input', `${shown} is ${other.id}, which this cannot be done to. It can be to: ${others}.`);
  const meant = nearly(wanted, candidates);
  if (meant.length === 1 && nearly(wanted, inventory.things).length === 1 && !inventory.isGuarded(meant[0]!.id)) {
    return meant[0]!;
  }
  throw new Fault('input', `There is nothing called ${shown}. There are: ${others}.`);
}

/** Those whose name has the same words but for a slip: a plural, a lamp for a light, a wrong letter in a long word. */
const nearly = (wanted: string, things: readonly Thing[]): readonly Thing[] => {
  const words = normal(wanted.replace(/^[a-z_]+\./, '')).split(' ');
  return things.filter((thing) => {
    const { own, placed } = keysOf(thing);
    return [...own, ...placed].some((key) => isNear(words, key.split(' ')));
  });
};

const isNear = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.join('') !== '' && a.every((word, at) => isSlip(word, b[at]!));

const SAME: Readonly<Record<string, string>> = { lamp: 'light', lights: 'light', lamps: 'light' };
const stem = (word: string): string => SAME[word] ?? (word.length > 3 ? word.replace(/s$/, '') : word);

function isSlip(a: string, b: string): boolean {
  const [x, y] = [stem(a), stem(b)];
  if (x === y) return true;
  // "lamp 1" is not "lamp 2".
  if (/\p{N}/u.test(x + y)) return false;
  const longer = Math.max(x.length, y.length);
  return Math.min(x.length, y.length) >= LONG_WORD && mistakes(x, y) <= longer * MOST_WRONG;
}

/** Edit distance: Wagner & Fischer, JACM 21, 1974. */
function mistakes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, exchanged));
    }
    row = next;
  }
  return row[b.length]!;
}
