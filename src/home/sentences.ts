import { soundDistance } from '../phonetics/distance.js';
import type { Machine, Production } from './machine.js';
import { spokenNumber } from './numbers.js';
import type { Part } from './template.js';

/** All that can be said, by a grammar and the names of a house. */
export interface Vocabulary {
  readonly rules: ReadonlyMap<string, Part>;
  readonly machines: ReadonlyMap<string, Pick<Machine, 'productions'>>;
  /** What is said for each value of a list. */
  readonly lists: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly names: readonly string[];
  readonly areas: readonly string[];
}

/** How a template is to be said. */
export interface Choices {
  /** The first of all alternatives, and nothing that may be left out. */
  plain?: boolean;
  /** Of the first thing, and the first room, in the sentence; any others by chance. */
  name?: string;
  area?: string;
  /** Of the first number that is counted so. */
  number?: { readonly as: string; readonly words?: string };
  /** A value of a list. */
  readonly value?: { readonly slot: string; readonly words: string };
}

export interface Template {
  readonly part: Part;
  /** Its place among the ways to say this; the grammar has common ones first. */
  readonly place: number;
}

export interface Sentences {
  /** Of the commands. */
  readonly templates: readonly Template[];
  /** The slots that a template can come to use, a number as `number:percent`. */
  usesOf(template: Part): ReadonlySet<string>;
  /** One way to say a template. */
  say(template: Part, choices: Choices): string;
  /** A command with the words that people put around it. */
  courteous(command: string): string;
}

/** Of articles so many are "the". */
const ARTICLE = 0.97;
/** Of what may be left out so much is said. An article is always. */
const OPTIONAL = 0.25;
const AFTERTHOUGHT = 0.12;
/** "twenty two" is mostly followed by "degrees". */
const UNIT = 0.8;
/** An alternative further back in the grammar is rarer, by this power of its place. */
const RARER = 2.5;
/** An alternative this near to an earlier one is written in the grammar since recognisers write it, not since it is said. */
const HOMOPHONE = 0.18;
/** Of names, where a group of things would do as well. */
const NAMED = 0.85;

/** As a recogniser writes it: the grammar has no apostrophes, and any number of minutes may be a minute. */
const CORRECTIONS: readonly (readonly [RegExp, string])[] = [
  [/\bwhats\b/g, "what's"],
  [/\btodays\b/g, "today's"],
  [/\blets\b/g, "let's"],
  [/\bi d\b|\bid\b/g, "i'd"],
  [
    /(?<=\b(?!one)(?:\w+(?:ty|teen)|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half)) (hour|minute|second|degree)\b(?! timer)/g,
    ' $1s',
  ],
];

/** How numbers are said where a number is wanted, and what of them. */
export const NUMBERS: Readonly<Record<string, { readonly to: number; readonly round: number }>> = {
  percent: { to: 100, round: 5 },
  degrees: { to: 30, round: 1 },
  plain: { to: 100, round: 5 },
  hours: { to: 24, round: 1 },
  minutes: { to: 90, round: 5 },
  seconds_more: { to: 90, round: 5 },
};

/** Says sentences of a grammar, by chance but likely ones more often. */
export function openSentences(vocabulary: Vocabulary, random: () => number): Sentences {
  const { areas, lists, machines, names, rules } = vocabulary;
  const commands: Template[] = [];
  for (const [at, { fixed, template: part }] of machines.get('command')!.productions.entries()) {
    const before = machines.get('command')!.productions[at - 1];
    const same = before !== undefined && before.fixed.do === fixed.do && before.fixed.by === fixed.by;
    commands.push({ part, place: same ? commands.at(-1)!.place + 1 : 0 });
  }
  const uniform = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

  const likely = <T>(values: readonly T[]): T => {
    const weights = values.map((_, i) => (i + 1) ** -RARER);
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return values[i]!;
    }
    return values.at(-1)!;
  };

  const said = new Map<Part, readonly Part[]>();
  const alternatives = (choice: Part & { readonly kind: 'choice' }): readonly Part[] => {
    const known = said.get(choice) ?? choice.parts.filter((part, at) => !isHomophone(part, choice.parts.slice(0, at)));
    said.set(choice, known);
    return known;
  };

  const walk = (part: Part, choices: Choices): string => {
    const { plain = false } = choices;
    switch (part.kind) {
      case 'word':
        return part.word;
      case 'slot':
        return fill(part.slot, part.as, choices);
      case 'rule':
        return isArticle(part) && random() < ARTICLE ? 'the' : walk(rules.get(part.rule)!, choices);
      case 'row':
        return part.parts.map((one) => walk(one, choices)).join(' ');
      case 'choice':
        return walk(plain ? part.parts[0]! : likely(alternatives(part)), choices);
      case 'optional': {
        const chance = plain ? 0 : part.late ? AFTERTHOUGHT : OPTIONAL;
        return isArticle(part.part) || random() < (isUnit(part.part) ? UNIT : chance) ? walk(part.part, choices) : '';
      }
    }
  };

  const fill = (slot: string, as: string, choices: Choices): string => {
    if (slot === 'name') return once(choices, 'name') ?? uniform(names);
    if (slot === 'area') return once(choices, 'area') ?? uniform(areas);
    if (slot === 'number') {
      return (as === choices.number?.as ? once(choices, 'number')?.words : undefined) ?? numberFor(as, random);
    }
    const machine = machines.get(slot);
    if (machine !== undefined) return walk(production(slot, machine.productions, choices).template, choices);
    if (slot === choices.value?.slot) return choices.value.words;
    const forms = uniform(lists.get(slot)!);
    return choices.plain ? forms[0]! : likely(forms.filter((one, at) => !isHeardFor(one, forms.slice(0, at))));
  };

  const production = (slot: string, all: readonly Production[], { area, name, number, plain }: Choices): Production => {
    const wanted = number ? `number:${number.as}` : area ? 'area' : undefined;
    const fitting = all.filter(({ template }) => wanted !== undefined && usesOf(template).has(wanted));
    if (fitting.length > 0) return plain ? fitting[0]! : uniform(fitting);
    if (slot === 'target' && name !== undefined) {
      return plain || random() < NAMED ? all.find(({ template }) => usesOf(template).has('name'))! : uniform(all);
    }
    return slot === 'target' ? uniform(all) : plain ? all[0]! : likely(all);
  };

  const uses = new Map<Part, ReadonlySet<string>>();
  const usesOf = (part: Part): ReadonlySet<string> => {
    const known = uses.get(part);
    if (known !== undefined) return known;
    const found = new Set(slotsOf(part));
    uses.set(part, found);
    return found;
  };
  const slotsOf = (part: Part): readonly string[] => {
    switch (part.kind) {
      case 'word':
        return [];
      case 'slot': {
        const within = machines.get(part.slot)?.productions ?? [];
        return [
          part.slot === 'number' ? `number:${part.as}` : part.slot,
          ...within.flatMap(({ template }) => [...usesOf(template)]),
        ];
      }
      case 'rule':
        return [...usesOf(rules.get(part.rule)!)];
      case 'optional':
        return [...usesOf(part.part)];
      default:
        return part.parts.flatMap((one) => [...usesOf(one)]);
    }
  };

  return {
    templates: commands,
    usesOf,
    say: (template, choices) => tidy(walk(template, { ...choices })),
    courteous(command) {
      const around = machines.get('sentence')?.productions[0]?.template;
      if (around === undefined) return command;
      return tidy(walk(replaceSlot(around, 'command', command), {}));
    },
  };
}

/** Takes a wish, so that it is fulfilled once. */
const once = <Key extends 'name' | 'area' | 'number'>(choices: Choices, key: Key): Choices[Key] => {
  const wish = choices[key];
  delete choices[key];
  return wish;
};

const tidy = (text: string): string =>
  CORRECTIONS.reduce(
    (all, [from, to]) => all.replace(from, to),
    text
      .replace(/\s+/g, ' ')
      .replace(/\bthe the\b/g, 'the')
      .trim(),
  );

const replaceSlot = (part: Part, slot: string, word: string): Part => {
  if (part.kind === 'row' || part.kind === 'choice') {
    return { ...part, parts: part.parts.map((one) => replaceSlot(one, slot, word)) };
  }
  return part.kind === 'slot' && part.slot === slot ? { kind: 'word', word } : part;
};

const isArticle = (part: Part): boolean =>
  part.kind === 'row' && part.parts.length === 1
    ? isArticle(part.parts[0]!)
    : (part.kind === 'rule' && part.rule === 'the') || (part.kind === 'word' && part.word === 'the');

const isUnit = (part: Part): boolean =>
  part.kind === 'word' ? part.word in NUMBERS : 'parts' in part && part.parts.some(isUnit);

/** The words of a part that has nothing but words. */
const wordsOf = (part: Part): string | undefined => {
  if (part.kind === 'word') return part.word;
  if (part.kind !== 'row' || part.parts.length === 0) return undefined;
  const words = part.parts.map(wordsOf);
  return words.every((word) => word !== undefined) ? words.join(' ') : undefined;
};

const isHomophone = (part: Part, earlier: readonly Part[]): boolean => {
  const words = wordsOf(part);
  return words !== undefined && isHeardFor(words, earlier.map(wordsOf));
};

/** Whether words are another way to write earlier ones, and not their plural. */
const isHeardFor = (words: string, earlier: readonly (string | undefined)[]): boolean =>
  earlier.some(
    (one) => one !== undefined && one !== `${words}s` && words !== `${one}s` && soundDistance(one, words) < HOMOPHONE,
  );

/** Mostly a round number. */
const numberFor = (as: string, random: () => number): string => {
  const { round, to } = NUMBERS[as] ?? { to: 100, round: 5 };
  const step = random() < 0.5 ? round : 1;
  const value = step * Math.ceil((random() * to) / step);
  return spokenNumber(as === 'degrees' && random() < 0.1 ? value + 0.5 : value);
};
