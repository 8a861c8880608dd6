/** Sentences for a recogniser to expect: what the grammar says, with the names of a house in it. */
import { seededRandom } from '../random.js';
import { spokenNumber } from './numbers.js';
import { type Choices, NUMBERS, openSentences, type Template, type Vocabulary } from './sentences.js';

export interface PhrasesOptions {
  readonly vocabulary: Vocabulary;
  /** Names with a room before them, which are said less. */
  readonly withRooms: readonly string[];
  /** Whether a sentence is, as it is written, something that the house can do or answer. */
  readonly makesSense: (text: string) => boolean;
}

/** How a recogniser writes what it was told not to expect. */
const UNKNOWN = '[unk]';
/** Bounds the time and memory that a recogniser takes to read them. */
const MOST_PHRASES = 15_000;
const MOST_LETTERS = 900_000;
const SEED = 1;
/** Ways to say a template, beside the plain one, with each name. */
const VARIANTS = 2;
/** Of names with a room before them so many are brought together with a verb. */
const WITH_ROOM = 0.3;
/** A way to say something that is further back in the grammar is rarer, by this power of its place. */
const RARER = 1.5;
const EACH_NUMBER = 3;
/** After so many attempts to make sense with a number there are fewer sentences with it. */
const TRIES = 40;
/** Sentences of a template without names. */
const NAMELESS = 24;
/** The plain form weighs as much as so many others: it is said that often. */
const PLAIN_WEIGHT = 3;
/** Sentences of two commands, as a part of all. */
const COMPOUND = 0.12;
/** Sentences with "could you" or "now" about them, as a part of all. */
const COURTEOUS = 0.06;
/** Lists whose every value is said with every thing that can have it. */
const VALUES = ['state', 'colour'];
const CONNECTORS = ['and', 'and', 'and', 'and then', 'then'];
const QUESTION = /^(?:is|are|was|were|did|have|what|what's|which|how|when|do|check|tell|give)\b/;

/**
 * Sentences that bring each name together with each verb that makes sense with it, each number with each unit, and each
 * pair of words that is said in a row: a recogniser learns from pairs and how often they come. What is said often is
 * among them several times. Always the same for the same house.
 */
export function phrasesOf({ vocabulary, withRooms, makesSense }: PhrasesOptions): readonly string[] {
  const random = seededRandom(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const sentences = openSentences(vocabulary, random);
  const phrases: string[] = [];
  const add = (text: string, weight = 1): boolean => {
    if (!makesSense(text)) return false;
    for (let i = 0; i < weight; i++) phrases.push(text);
    return true;
  };

  /** Whether a form is said this time: the grammar has common ones first. */
  const isSaid = ({ place }: Template): boolean => random() < (1 + place) ** -RARER;

  for (const template of sentences.templates) {
    const { part, place } = template;
    const uses = sentences.usesOf(part);
    if (uses.has('name')) {
      // A lamp has percent, a thermostat has degrees.
      const units = Object.keys(NUMBERS).filter((as) => uses.has(`number:${as}`));
      const forms = units.length === 0 ? [{}] : units.map((as) => ({ number: { as } }));
      for (const name of [...vocabulary.names, ...withRooms.filter(() => random() < WITH_ROOM)]) {
        // "locked" and "unlocked", "red" and "blue": none is left to chance.
        for (const slot of VALUES.filter((one) => uses.has(one) && place === 0)) {
          for (const [words = ''] of vocabulary.lists.get(slot) ?? []) {
            add(sentences.say(part, { plain: true, name, value: { slot, words } }));
          }
        }
        if (!isSaid(template)) continue;
        const weight = place === 0 ? PLAIN_WEIGHT : 1;
        const fits = (choices: Choices): boolean => add(sentences.say(part, { ...choices, plain: true }), weight);
        const choices = forms.find((number) => fits({ name, ...number }));
        if (choices === undefined) continue;
        for (let i = 0; i < VARIANTS; i++) add(sentences.say(part, { name, ...choices }));
      }
    } else {
      for (let i = 0; i < NAMELESS; i++) if (isSaid(template)) add(sentences.say(part, { plain: i % 2 === 0 }));
    }
    if (!uses.has('area')) continue;
    for (const area of vocabulary.areas) {
      for (let i = 0; i <= VARIANTS; i++) if (isSaid(template)) add(sentences.say(part, { plain: i === 0, area }));
    }
  }
  for (const name of notAmong(phrases, [...vocabulary.names, ...withRooms])) {
    sentences.templates.some(
      ({ part }) => sentences.usesOf(part).has('name') && add(sentences.say(part, { plain: true, name })),
    );
  }
  for (const [as, { to }] of Object.entries(NUMBERS)) {
    const counting = sentences.templates.filter(({ part }) => sentences.usesOf(part).has(`number:${as}`));
    for (let value = 1; value <= to; value++) {
      let said = 0;
      for (let tries = 0; said < EACH_NUMBER && tries < TRIES; tries++) {
        const template = pick(counting);
        const choices = { plain: tries % 2 === 0, number: { as, words: spokenNumber(value) } };
        if (isSaid(template) && add(sentences.say(template.part, choices))) said++;
      }
    }
  }

  const alone = phrases.slice();
  const orders = alone.filter((text) => !QUESTION.test(text) && text.split(' ').length < 10);
  for (let i = 0; i < alone.length * COMPOUND; i++) phrases.push(`${pick(orders)} ${pick(CONNECTORS)} ${pick(orders)}`);
  for (let i = 0; i < alone.length * COURTEOUS; i++) add(sentences.courteous(pick(alone)));
  return bounded(shuffled(phrases, random));
}

const notAmong = (phrases: readonly string[], names: readonly string[]): readonly string[] => {
  const all = phrases.join('\n');
  return names.filter((name) => !all.includes(name));
};

/** What is left out is as varied as what is kept. */
function bounded(phrases: readonly string[]): readonly string[] {
  const kept = [UNKNOWN];
  let letters = 0;
  for (const text of phrases) {
    letters += text.length + 3;
    if (kept.length === MOST_PHRASES || letters > MOST_LETTERS) break;
    kept.push(text);
  }
  return kept;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
