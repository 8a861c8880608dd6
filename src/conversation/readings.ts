import { soundDistance } from '../phonetics/distance.js';
import type { Transcript } from '../stages.js';
import type { Phrases } from './language.js';
import type { Replan } from './replan.js';
import { wordsOf } from './words.js';

/**
 * The reading as a command may be this far from the text by sound. Of 330 commands by as many synthetic voices those
 * that only it got right were within 0.2.
 */
const NEAR = 0.25;

/**
 * Plans the text, and where that makes no sense the same sound as a sentence of the home. A text that means something
 * goes first, as the other reading makes a command of whatever it hears; and nothing that is guarded is done by it.
 */
export async function planReadings(
  { asCommand = '', text }: Transcript,
  { particles }: Pick<Phrases, 'particles'>,
  planOf: (text: string) => Promise<Replan>,
): Promise<Replan> {
  const planned = await planOf(text);
  if (!isUnclear(planned) || asCommand === text || !isNear(asCommand, text)) return planned;
  if (areContrary(asCommand, text, particles)) return planned;
  const instead = await planOf(asCommand);
  return isHarmlessWork(instead) ? instead : planned;
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
