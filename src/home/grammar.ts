import { z } from 'zod';
import { readYaml } from './house.js';
import { compile, type Machine, type Production } from './machine.js';
import { Matcher, type Reading, type SlotFinder } from './matcher.js';
import { Names } from './names.js';
import { findNumber } from './numbers.js';
import { type Part, parseTemplate } from './template.js';

const fixedSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});
const grammarSchema = z.strictObject({
  language: z.string(),
  ignored: z.array(z.string()),
  certain: z.array(z.string()),
  heard: z.record(z.string(), z.array(z.string())).default({}),
  rules: z.record(z.string(), z.string()),
  lists: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
  phrases: z.record(z.string(), z.array(z.strictObject({ say: z.string(), set: fixedSchema }))),
  commands: z.array(z.strictObject({ intent: z.string(), do: z.string(), set: fixedSchema, say: z.array(z.string()) })),
});

/** A reading of a whole text, best first in `Readings`. */
interface Whole {
  readonly reading: Reading;
  /** How far the words are off what was understood, by sound. */
  readonly cost: number;
  readonly rank: number;
}

export interface Readings {
  readonly whole: readonly Whole[];
  /** A longer sentence begins with the text. */
  readonly live: boolean;
  /** The same, afterthoughts left out. */
  readonly opens: boolean;
}

/** Sentences with holes for the names of a house. */
export interface Grammar {
  readonly language: string;
  /** Words that are never a mishearing of others. */
  readonly certain: ReadonlySet<string>;
  /** The words of a text that count. */
  words(text: string): string[];
  /** What it is made of. */
  readonly rules: ReadonlyMap<string, Part>;
  readonly machines: ReadonlyMap<string, Machine>;
  /** What is said for each value of a list. */
  readonly lists: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** What the words may mean. `slots` are those of the house. */
  read(words: readonly string[], slots: ReadonlyMap<string, SlotFinder>, bySound: boolean): Readings;
}

const MAX_WORDS = 40;
/** More is no sentence, and is not looked at. */
const MAX_LETTERS = 600;
const WORD = /\d+(?:[.,]\d+)?|[\p{L}\p{N}]+/gu;

/** Reads and compiles a grammar like `homes/grammar.en.yaml`. Throws a Fault that names the file or the template. */
export function loadGrammar(file: string): Grammar {
  const source = readYaml(file, grammarSchema);
  const rules = new Map<string, Part>(Object.entries(source.rules).map(([name, text]) => [name, parseTemplate(text)]));
  const machines = new Map<string, Machine>();
  for (const [name, forms] of Object.entries(source.phrases)) {
    machines.set(
      name,
      compile(
        forms.map(({ say, set }) => ({ template: parseTemplate(say), fixed: set })),
        rules,
      ),
    );
  }
  const commands: Production[] = source.commands.flatMap(({ intent, do: action, set, say }) =>
    say.map((text) => ({ template: parseTemplate(text), fixed: { ...set, intent, do: action } })),
  );
  machines.set('command', compile(commands, rules));
  const lists = Object.entries(source.lists).map(([name, values]) => [name, listFinder(values)] as const);
  const ignored = new Set(source.ignored);
  const meant = new Map<string, string[]>();
  for (const [word, misheard] of Object.entries(source.heard)) {
    for (const one of misheard) meant.set(one, [...(meant.get(one) ?? []), word]);
  }
  const never: ReadonlyMap<string, readonly string[]> = new Map();

  return {
    language: source.language,
    certain: new Set(source.certain.flatMap((line) => line.split(/,\s*/))),
    rules,
    machines,
    lists: new Map(Object.entries(source.lists).map(([name, values]) => [name, Object.values(values)])),
    words: (text) =>
      text.length > MAX_LETTERS
        ? []
        : (
            text.toLowerCase().replace(/['’]/g, '').replace(/%/g, ' percent ').replace(/°/g, ' degrees ').match(WORD) ??
            []
          ).filter((word) => !ignored.has(word)),
    read(words, slots, bySound) {
      if (words.length === 0 || words.length > MAX_WORDS) return { whole: [], live: false, opens: false };
      const all = new Map<string, SlotFinder>([['number', findNumber], ...lists, ...slots]);
      const { found, live, opens } = new Matcher(machines, all, words, bySound, bySound ? meant : never).find(
        'sentence',
        0,
      );
      const whole = found
        .filter(({ end }) => end === words.length)
        .map(({ value, cost, rank }) => ({ reading: (value as Reading).captures[0]!.value as Reading, cost, rank }))
        .sort((a, b) => a.cost - b.cost || a.rank - b.rank);
      return { whole, live, opens };
    },
  };
}

/** A slot whose values are written in the grammar. */
function listFinder(values: Readonly<Record<string, readonly string[]>>): SlotFinder {
  const entries = Object.entries(values).flatMap(([value, said]) => said.map((text) => [text, value, false] as const));
  const names = new Names<string>(entries, new Set());
  return (words, from) => {
    const { found, live, opens } = names.find(words, from, false);
    return { found: found.map((one) => ({ ...one, value: [...one.value.ids][0]! })), live, opens };
  };
}
