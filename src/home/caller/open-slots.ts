import type { Grammar } from '../grammar.js';
import { type Findings, type Found, nothingFound, type SlotFinder } from '../matcher.js';

/** A text in words, and how each of them was written. */
interface Written {
  readonly words: readonly string[];
  /** The words from one to before another, as they were written: a name may need its apostrophe. */
  as(from: number, end: number): string;
}

/** Splits a text into the words that count. */
export function written(text: string, grammar: Pick<Grammar, 'words'>): Written {
  const words: string[] = [];
  const spelt: string[] = [];
  for (const token of text.split(/\s+/)) {
    const parts = grammar.words(token);
    words.push(...parts);
    const whole = token.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    // "50%" is two words.
    spelt.push(...(parts.length === 1 ? [whole] : parts));
  }
  return { words, as: (from, end) => spelt.slice(from, end).join(' ') };
}

/**
 * Words that are in no name: without them a name would go on to the end of every sentence. "All" is a name to Home
 * Assistant, of everything there is.
 */
const NEVER = new Set(
  `the a an my our your his her their this that these those and or but then than to in on off out up down at for with from
  by of into onto inside is are was were be been am do does did if when while because so not no now today tomorrow tonight
  me you i it its them him us we they what which who how why where all every everything everybody both each any some
  immediately thanks thank again too also still currently as well other same timer timers open opened closed locked unlocked
  switched turned playing paused running`.split(/\s+/),
);
/** A name does not begin with what somebody is to do: "turn on the lamp and open blinds" is two sentences. */
const VERBS = new Set(
  `turn switch put set open close shut dim brighten start stop play pause resume lock unlock add remove cancel toggle mute
  unmute raise lower increase decrease make change tell give show ask enable disable activate deactivate broadcast announce
  broadcasting halfway half`.split(/\s+/),
);
/** Too many things are called so, and none of them is: which room? */
const GROUPS = new Set(
  'light lights lamps lighting fans switches plugs sockets outlets speakers devices volume brightness music sound'.split(
    ' ',
  ),
);

const ROOMS = new Set(
  `room kitchen bedroom bathroom livingroom lounge office study hall hallway corridor entrance entry foyer garden yard
  backyard patio terrace balcony porch garage basement cellar attic loft nursery playroom laundry pantry closet wardrobe
  den library gym workshop shed stairs staircase landing conservatory toilet restroom ensuite suite driveway`.split(
    /\s+/,
  ),
);
/** What moves. Also what is asked about before it is opened. */
const COVERS = new Set(
  `blind blinds curtain curtains shade shades shutter shutters drape drapes awning awnings door doors gate gates garage window
  windows skylight skylights cover covers screen hatch valve roof`.split(/\s+/),
);
const FANS = new Set('fan fans ventilator ventilation purifier'.split(' '));
const PLAYERS = new Set(
  `speaker speakers tv television radio player stereo soundbar receiver amplifier amp sonos walkman projector chromecast
  echo homepod`.split(/\s+/),
);
const VACUUMS = new Set('vacuum hoover cleaner robot'.split(' '));
const SENSORS = new Set(
  'temperature humidity pressure power consumption energy voltage battery level brightness illuminance quality'.split(
    ' ',
  ),
);
const LEVELS = new Set(['floor', 'storey', 'level', 'upstairs', 'downstairs']);
/** Names that end so are whole; after others, "the kitchen" or "the desk", more may follow. */
const WHOLE = new Set([
  ...'light lights lamp lamps bulb lantern machine heater plug socket outlet switch thermostat heatpump heating dishwasher'.split(
    ' ',
  ),
  ...COVERS,
  ...FANS,
  ...PLAYERS,
  ...VACUUMS,
]);
WHOLE.delete('garage');

const MOST_WORDS = 6;
const MOST_FREE_WORDS = 20;

export const endsIn = (text: string, last: ReadonlySet<string>): boolean =>
  last.has(text.toLowerCase().split(' ').at(-1)!);
const isRoom = (text: string): boolean => endsIn(text, ROOMS);
export const isCover = (text: string): boolean => endsIn(text, COVERS);
export const isFan = (text: string): boolean => endsIn(text, FANS);
export const isPlayer = (text: string): boolean => endsIn(text, PLAYERS);

const before = ({ found, ...more }: Findings<unknown>, end: number): Findings<unknown> => ({
  ...more,
  found: found.filter((one) => one.end < end),
});

/** A name that is not waited for. */
const ANY: ReadonlySet<string> = new Set();

interface Shape {
  /** Words. */
  readonly most?: number;
  /** Has to end in a certain word. */
  readonly waits?: boolean;
  /** Last words that need no more after them. */
  readonly whole?: ReadonlySet<string>;
}

/** The open slots of `homes/caller.en.yaml`, for one text. */
export function openSlots(text: Written): ReadonlyMap<string, SlotFinder> {
  const named =
    (fits: (name: string) => boolean, { most = MOST_WORDS, waits = false, whole = WHOLE }: Shape = {}): SlotFinder =>
    (words, from) => {
      const found: Found<string>[] = [];
      let end = from;
      while (end < words.length && end - from < most && !NEVER.has(words[end]!)) {
        if (end === from && VERBS.has(words[end]!)) break;
        end++;
        if (fits(words.slice(from, end).join(' '))) found.push({ end, value: text.as(from, end), cost: 0, rank: 0 });
      }
      if (end === from || end < words.length) return { found, live: false, opens: false };
      const said = words.slice(from).join(' ');
      // What has to end in a certain word is begun by the name of a room, and by little else.
      const live = waits ? isRoom(said) : true;
      return { found, live, opens: live && whole !== ANY && !endsIn(said, whole) };
    };
  const ending = (last: ReadonlySet<string>): SlotFinder => named((name) => endsIn(name, last), { waits: true });
  const free: SlotFinder = (words, from): Findings<string> => {
    if (from >= words.length) return nothingFound;
    const most = Math.min(words.length, from + MOST_FREE_WORDS);
    const found: Found<string>[] = [];
    for (let end = from + 1; end <= most; end++) found.push({ end, value: text.as(from, end), cost: 0, rank: 0 });
    return { found, live: true, opens: true };
  };
  const label = named((one) => !/\b(?:hours?|minutes?|seconds?)\b/.test(one), { most: 3, whole: ANY });
  const name = named((one) => !GROUPS.has(one));
  return new Map([
    ['name', name],
    ['place', named(() => true, { most: 4, whole: ROOMS })],
    ['room', named(isRoom, { most: 4, waits: true, whole: ROOMS })],
    ['level', named((one) => endsIn(one, LEVELS), { most: 3, waits: true, whole: LEVELS })],
    ['cover', ending(COVERS)],
    ['fan', ending(FANS)],
    ['player', ending(PLAYERS)],
    ['vacuum', ending(VACUUMS)],
    ['sensor', named((one) => endsIn(one, SENSORS) && one.includes(' '), { waits: true })],
    // "Pizza", before "timer" and after "called": so that "pause the music" is not taken for the beginning of a timer's name.
    ['label', (words, from, bySound) => before(label(words, from, bySound), words.length)],
    ['called', label],
    ['list', named((one) => one.endsWith('list'), { most: 4, waits: true })],
    ['item', free],
    ['message', free],
  ]);
}
