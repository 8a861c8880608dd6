import { wordsOf } from '../words.js';

/** The state of a thing that somebody speaks of. */
export interface Fact {
  /** As people call it. */
  readonly names: readonly string[];
  readonly state: string;
}

interface Described {
  readonly things: string;
  readonly states: string;
}

/** More are a report, and each costs the model time to read. */
const MOST_FACTS = 6;

/** The names in a description of a house, `light.desk "Desk lamp" or "Lamp"` and `Area "Kitchen":`. */
export const namesIn = (things: string): readonly string[] =>
  [...things.matchAll(/"([^"\n]+)"/g)].map(([, name]) => name!);

/**
 * The states of what a text is about: things that are called by their name, or by part of it and their room. Only these
 * are told to a model, because every line takes a small one a tenth of a second to read.
 */
export function factsAbout(text: string, { things, states }: Described): readonly Fact[] {
  const said = new Set(wordsOf(text).split(' ').flatMap(bothNumbers));
  const isSaid = (name: string): boolean =>
    wordsOf(name)
      .split(' ')
      .every((word) => said.has(word));
  const stateOf = new Map(
    states.split('\n').flatMap((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 2)] as const];
    }),
  );
  const called: Fact[] = [];
  const meant: Fact[] = [];
  let room: readonly string[] = [];
  for (const line of things.split('\n')) {
    const id = /^([a-z_]+\.\w+) /.exec(line)?.[1];
    const names = namesIn(line);
    if (id === undefined) {
      room = names;
      continue;
    }
    const state = stateOf.get(id);
    if (state === undefined) continue;
    const ofRoom = wordsOf(room.join(' ')).split(' ');
    const isPartly = names.some((name) =>
      wordsOf(name)
        .split(' ')
        .some((word) => word.length > 2 && said.has(word) && !ofRoom.includes(word)),
    );
    if (names.some(isSaid)) called.push({ names, state });
    else if (isPartly && room.some(isSaid)) meant.push({ names, state });
  }
  return (called.length > 0 ? called : meant).slice(0, MOST_FACTS);
}

/** "Lights" speaks of a light too. */
const bothNumbers = (word: string): string[] => (word.endsWith('s') ? [word, word.slice(0, -1)] : [word]);
