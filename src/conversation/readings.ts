import { soundDistance } from '../phonetics/distance.js';
import type { Transcript } from '../stages.js';
import type { Replan } from './replan.js';
import { wordsOf } from './words.js';

/**
 * The reading as a command may be this far from the text by sound. Of 107 commands by synthetic voices that it alone got
 * word for word, 105 were within this; "close the gap", read as "close the garage", is at 0.18 and "boss", read as
 * "pause", at 0.21.
 */
const NEAR = 0.175;

/** What a home expects to hear, and a language. */
export interface Expected {
  /** Whether a word is one of the home's. */
  readonly isKnown: (word: string) => boolean;
  readonly particles: readonly string[];
}

/** A plan, and the reading that it is of. */
export interface Believed {
  readonly planned: Replan;
  readonly text: string;
}

/**
 * Plans the text, and where that makes no sense, or only by what its words sound like, the same sound as a sentence of the
 * home. A text in the home's words that means something goes first, as the other reading makes a command of whatever it
 * hears; and the other reading neither does what is guarded nor takes its place.
 */
export async function planReadings(
  { asCommand = '', text }: Transcript,
  { isKnown, particles }: Expected,
  planOf: (text: string) => Promise<Replan>,
): Promise<Believed> {
  const planned = await planOf(text);
  const asWritten = { planned, text };
  if (asCommand === text || !isNear(asCommand, text) || areContrary(asCommand, text, particles)) return asWritten;
  const guessed = isHarmlessWork(planned) && !wordsOf(text).split(' ').every(isKnown);
  if (!guessed && !isUnclear(planned)) return asWritten;
  const instead = await planOf(asCommand);
  return isHarmlessWork(instead) ? { planned: instead, text: asCommand } : asWritten;
}

/** Stop phrases, warnings, small talk and commands are clear. */
const isUnclear = (planned: Replan): boolean =>
  planned.kind === 'unfinished' ||
  planned.kind === 'repeat' ||
  (planned.kind === 'talk' && planned.line === 'not_understood');

const isNear = (asCommand: string, text: string): boolean =>
  asCommand !== '' && !asCommand.includes('[') && soundDistance(asCommand, text) <= NEAR;

const isHarmlessWork = (planned: Replan): boolean =>
  planned.kind === 'work' && planned.work.todo.every(({ part }) => part.command.risk !== 'guarded');

/** Whether one says "on" where the other says "off": nearly the same by sound, and the opposite. */
const areContrary = (one: string, other: string, particles: readonly string[]): boolean => {
  const [a, b] = [one, other].map((text) =>
    wordsOf(text)
      .split(' ')
      .filter((word) => particles.includes(word)),
  );
  return a!.length > 0 && b!.length > 0 && a!.join() !== b!.join();
};
