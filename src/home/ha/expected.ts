/** The sentences that a house of Home Assistant's is likely to hear, in English: by the grammar of the demo house, with its names. */
import type { Entity as CoreEntity, House as CoreHouse } from '../../home-assistant/house.js';
import type { Grammar } from '../grammar.js';
import type { Entity, House } from '../house.js';
import { Names } from '../names.js';
import { phrasesOf } from '../phrases.js';
import { type Places, placesOf } from '../places.js';
import { type Understander, understander } from '../understand.js';
import { isGuarded, isMarked, type RiskRules } from './risk.js';

export interface Expected {
  /** Made at the first call, which takes up to a second. */
  phrases(): readonly string[];
  unfinished(text: string): boolean;
  /** Somebody wants the last command taken back. */
  isUndo(text: string): boolean;
  /**
   * The text with a name put right that it only sounds like, likeliest first; the cost is 0…1. `unknown` are the words of it
   * that should be a name and are not, where that is known.
   */
  corrections(text: string, unknown: readonly string[]): readonly { readonly text: string; readonly cost: number }[];
}

/** A recogniser that expects more names than this hears none of them better. */
const MOST_NAMES = 160;
/** Two corrections this near each other, by sound, are a toss-up. */
export const TOSS_UP = 0.03;
const MOST_CORRECTIONS = 3;
const MOST_WORDS = 16;
const MOST_COMPARED = 400;

/** Where things are that are nowhere: no word, so nobody says it. */
const NOWHERE = '\u0000';

/** What is spoken of most comes first. */
const SPOKEN_OF = ['light', 'switch', 'cover', 'fan', 'climate', 'media_player', 'lock', 'alarm_control_panel'];
const MEASURES: Readonly<Record<string, Entity['measures']>> = {
  temperature: 'temperature',
  humidity: 'humidity',
  window: 'opening',
  door: 'opening',
};

/** What to expect in a house; pure, and made anew when its names change. */
export function expectedOf(core: CoreHouse, grammar: Grammar, rules: RiskRules): Expected {
  const said = (name: string): string => grammar.words(name).join(' ');
  const house = houseOf(core, said, rules);
  let made: { places: Places; understander: Understander } | undefined;
  const machinery = (): { places: Places; understander: Understander } => {
    const places = made?.places ?? placesOf(house, grammar.certain);
    made ??= { places, understander: understander(house, grammar, places) };
    return made;
  };
  let known: { things: Names<string>; areas: Names<string> } | undefined;
  const names = (): { things: Names<string>; areas: Names<string> } => {
    known ??= namesOf(core, said, grammar.certain, rules);
    return known;
  };
  let phrases: readonly string[] | undefined;

  return {
    phrases() {
      const { places, understander } = machinery();
      const sayable = (all: readonly string[]): string[] =>
        all.filter((name) => name !== '' && !name.includes(NOWHERE));
      const vocabulary = { ...grammar, names: sayable(places.things), areas: sayable(places.areas) };
      phrases ??=
        vocabulary.names.length === 0
          ? []
          : phrasesOf({ vocabulary, withRooms: sayable(places.withRooms), makesSense: understander.makesSense });
      return phrases;
    },
    unfinished: (text) => machinery().understander.unfinished(text),
    isUndo: (text) => {
      const readings = grammar.read(grammar.words(text), machinery().places.slots, false);
      return readings.whole[0]?.reading.fixed.do === 'undo';
    },
    corrections(text, unknown) {
      const written = text.split(/\s+/).filter((word) => word !== '');
      if (written.length > MOST_WORDS) return [];
      const words = written.map(bare);
      const doubtful = unknown.flatMap((one) => spanOf(one.split(/\s+/).map(bare), words));
      // Without a hint all the words are compared with all the names.
      if (doubtful.length === 0 && core.entities.length > MOST_COMPARED) return [];
      const starts = doubtful.length > 0 ? [...new Set(doubtful)] : words.keys();
      const { things, areas } = names();
      const best = new Map<string, number>();
      for (const from of starts) {
        for (const list of [things, areas]) {
          for (const { end, value, cost } of list.find(words, from, true).found) {
            if (cost === 0) continue;
            const put = [...written.slice(0, from), ...value.words, ...written.slice(end)].join(' ');
            best.set(put, Math.min(cost, best.get(put) ?? 1));
          }
        }
      }
      return [...best]
        .map(([corrected, cost]) => ({ text: corrected, cost }))
        .sort((a, b) => a.cost - b.cost)
        .slice(0, MOST_CORRECTIONS);
    },
  };
}

const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Where a row of words stands in another. */
function spanOf(row: readonly string[], words: readonly string[]): number[] {
  const at = words.findIndex((_, start) => row.every((word, index) => words[start + index] === word));
  return at < 0 ? [] : row.map((_, index) => at + index);
}

/** Names that a text can sound like. What is guarded is among them, so that nothing else is taken for it, and is never guessed. */
function namesOf(core: CoreHouse, said: (name: string) => string, certain: ReadonlySet<string>, rules: RiskRules) {
  const areaNames = core.areas.flatMap(({ id, name, aliases }) =>
    [name, ...aliases].map((one) => [said(one), id] as const),
  );
  const words = new Set([...certain, ...areaNames.flatMap(([name]) => name.split(' '))]);
  const things = core.entities.flatMap((entity) => {
    const guessable = !isGuarded(entity.id, core) && !isMarked(entity.id, core, rules);
    return entity.names.map((name) => [said(name), entity.id, guessable] as const);
  });
  const named = <T extends readonly [string, ...unknown[]]>(entries: readonly T[]): T[] =>
    entries.filter(([name]) => name !== '');
  return {
    things: new Names<string>(named(things), words),
    areas: new Names<string>(named(areaNames.map(([name, id]) => [name, id, true] as const)), certain),
  };
}

/** Core's house as the demo house's machinery knows one. */
function houseOf(core: CoreHouse, said: (name: string) => string, rules: RiskRules): House {
  const areas = core.areas.map(({ id, name, aliases }) => ({ id, name: said(name), also: aliases.map(said) }));
  const rank = ({ domain }: CoreEntity): number => SPOKEN_OF.indexOf(domain) + 1 || SPOKEN_OF.length + 1;
  const entities = [...core.entities]
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST_NAMES)
    .flatMap((entity): (readonly [string, Entity])[] => {
      const [name, ...also] = entity.names.map(said).filter((one) => one !== '');
      if (name === undefined) return [];
      const { id, domain } = entity;
      const made: Entity = {
        id,
        domain,
        name,
        also,
        area: entity.area?.id ?? NOWHERE,
        guarded: isGuarded(id, core) || isMarked(id, core, rules),
        main: domain === 'climate',
        measures: domain === 'sensor' || domain === 'binary_sensor' ? MEASURES[entity.deviceClass ?? ''] : undefined,
        fails: undefined,
      };
      return [[id, made]];
    });
  return {
    // Somebody who says "the lights" is where there are some.
    here: entities.find(([, { area }]) => area !== NOWHERE)?.[1].area,
    areas: new Map([...areas, { id: NOWHERE, name: NOWHERE, also: [] }].map((area) => [area.id, area])),
    entities: new Map(entities),
    initial: new Map(),
  };
}
