import type { LinePicker } from '../persona/picker.js';
import type { Outcome, TurnContext } from '../stages.js';
import { fromLine, type Spoken } from './claims.js';
import type { Choosing } from './confirmations.js';
import { type Phrases, phrasesOf } from './language.js';
import { isOneOf, wordsOf } from './words.js';

/** Nobody keeps more in mind while they are read out. */
const MOST_CHOICES = 4;

/** The outcome that leaves something to choose, if there is one: the first, as one question at a time is enough. */
export const undecided = (outcomes: readonly Outcome[]): Outcome | undefined =>
  outcomes.find(({ choices = [] }) => choices.length > 1 && choices.length <= MOST_CHOICES);

/** "Which one: the bedroom or the hallway?" */
export function whichOne(
  outcome: Outcome | undefined,
  { context, lines }: { readonly context: TurnContext; readonly lines: LinePicker },
  plain: boolean,
): Spoken[] {
  if (outcome?.choices === undefined) return [];
  const { choice } = phrasesOf(context.language);
  const names = choice.list(outcome.choices.map(({ name }) => name));
  // Who may be in danger, and a persona without a line for it, is asked in plain words.
  const line = plain ? [] : fromLine(lines.pick('which', { names }), 'talk');
  if (line.length > 0) return line;
  return [{ say: { text: choice.question(names), kind: 'talk', ...(plain && { plain }) }, use: () => {} }];
}

/**
 * What a text chooses; empty where it says something else. Besides the name there may be only words of the sentence that
 * was asked about, and such as "the … one": "turn off the bedroom lamp" is a command of its own.
 */
export function chosen(text: string, { choices, said }: Choosing, { choice }: Phrases): Choosing['choices'] {
  if (isOneOf(text, choice.all)) return choices;
  const words = wordsOf(text).split(' ');
  const names = choices.map(({ name }) => wordsOf(name).split(' '));
  // "The back one" of two doors.
  const shared = names[0]!.filter((word) => names.every((name) => name.includes(word)));
  const filler = new Set([...choice.around, ...said.split(' '), ...shared]);
  // "The bedroom's" has lost its apostrophe.
  const isIn = (word: string, taken: readonly string[]): boolean =>
    taken.some((one) => word === one || word === `${one}s`);
  const isSaid = (telling: readonly string[]): boolean =>
    telling.every((one) => words.some((word) => isIn(word, [one]))) &&
    words.every((word) => isIn(word, telling) || filler.has(word));
  const named = choices.filter((_, at) => {
    const telling = names[at]!.filter((word) => !shared.includes(word));
    return isSaid(telling.length > 0 ? telling : names[at]!);
  });
  if (named.length === 1) return named;
  return choices.filter((_, at) => at < choice.ordinals.length && isSaid([choice.ordinals[at]!]));
}
