import { forLanguage } from '../persona/lines.js';
import type { Persona } from '../persona/load.js';
import type { SituationName } from '../persona/situations.js';
import type { Command, Home, TurnContext } from '../stages.js';
import { type Part, understandParts } from './compound.js';
import { phrasesOf } from './language.js';
import { wordingOf } from './mind/wording.js';
import { topicsOf } from './topics.js';
import { isAllOf, isOneOf, triggers, withoutCourtesy, wordsOf } from './words.js';

/** What a text asks for. */
export type Plan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'stop'; readonly line: SituationName }
  | {
      readonly kind: 'commands';
      readonly parts: readonly Part[];
      /** It is about something grave: no jest, no effect. */
      readonly plain: boolean;
    }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'unfinished' }
  /** The last reply once more. */
  | { readonly kind: 'again' }
  | {
      readonly kind: 'talk';
      readonly line: SituationName;
      /** The text is about nothing else: the written line answers all of it. */
      readonly closely: boolean;
    };

export interface Planner {
  readonly home: Pick<Home, 'understand'>;
  readonly persona: Pick<Persona, 'stop' | 'safety'>;
  /** Whether a text that is no command plainly breaks off: "turn on the". */
  readonly unfinished: (text: string, language: string) => boolean;
}

/**
 * Finds out what a text asks for; changes nothing. A stop phrase counts only as the whole text; a command of the home
 * goes before a warning about one of its words ("turn on the smoke alarm light"), which then only makes the reply plain.
 */
export async function plan(
  text: string,
  context: TurnContext,
  signal: AbortSignal,
  { home, persona, unfinished }: Planner,
): Promise<Plan> {
  const { language } = context;
  const words = wordsOf(text);
  if (words === '') return { kind: 'nothing' };
  const { again, courtesies } = phrasesOf(language);
  const bare = withoutCourtesy(words, courtesies);
  const stop = forLanguage(persona.stop, language);
  if (stop && [words, bare].some((said) => isOneOf(said, stop.hush))) return { kind: 'stop', line: 'stopped' };
  if (stop && [words, bare].some((said) => isOneOf(said, stop.farewell))) return { kind: 'stop', line: 'goodbye' };

  const warning = Object.values(forLanguage(persona.safety, language) ?? {}).find((topic) => triggers(words, topic));
  const ask = (part: string): Promise<Command | undefined> => home.understand(part, context, signal);
  const whole = await ask(text);
  const parts = whole ? [{ text, command: whole }] : await understandParts(text, ask, phrasesOf(language));
  if (parts) return { kind: 'commands', parts, plain: warning !== undefined };
  if (warning) return { kind: 'warning', text: warning.say };
  if (isOneOf(words, again) || isOneOf(bare, again)) return { kind: 'again' };
  if (unfinished(text, language)) return { kind: 'unfinished' };
  const topic = topicsOf(language).find(([, on]) => triggers(words, on) || triggers(bare, on));
  if (!topic) return { kind: 'talk', line: 'not_understood', closely: false };
  return { kind: 'talk', line: topic[0], closely: isAllOf(words, topic[1], wordingOf(language).filler) };
}
