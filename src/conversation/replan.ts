import type { Home, Outcome, TurnContext } from '../stages.js';
import { phrasesOf } from './language.js';
import { type Plan, type Planner, plan } from './plan.js';
import { allOf, type Origin, revise, type Work } from './revision.js';
import { isOneOf, withoutCourtesy, wordsOf } from './words.js';

/** What a sentence asks for whose beginning has been acted on. */
export type Replan =
  | Exclude<Plan, { kind: 'commands' }>
  | { readonly kind: 'work'; readonly work: Work; readonly plain: boolean }
  /** "… no, wait": everything back. */
  | { readonly kind: 'retract' }
  /** What followed was not meant for us: the answer that was cut is given again. */
  | { readonly kind: 'repeat' };

/**
 * Plans the whole sentence anew; where that is no command, what was added to it. `previous` is what was done for its
 * beginning. Changes nothing.
 */
export async function replan(
  text: string,
  previous: readonly Outcome[],
  originOf: (outcome: Outcome) => Origin | undefined,
  context: TurnContext,
  signal: AbortSignal,
  planner: Planner & { readonly home: Pick<Home, 'foresee'> },
): Promise<Replan> {
  const whole = await plan(text, context, signal, planner);
  if (whole.kind === 'commands') {
    return { kind: 'work', work: revise(previous, whole.parts, originOf, planner.home), plain: whole.plain };
  }
  if (previous.length === 0 || whole.kind === 'warning') return whole;
  const { retract, courtesies } = phrasesOf(context.language);
  const tail = tailOf(
    text,
    previous.flatMap((outcome) => originOf(outcome)?.said ?? []),
  );
  const words = wordsOf(tail);
  if (isOneOf(words, retract) || isOneOf(withoutCourtesy(words, courtesies), retract)) return { kind: 'retract' };
  const added = await plan(tail, context, signal, planner);
  if (added.kind === 'commands') {
    return { kind: 'work', work: { ...allOf(added.parts), keep: previous }, plain: added.plain };
  }
  if (whole.kind === 'unfinished') return whole;
  if (added.kind === 'stop' || (added.kind === 'talk' && added.line !== 'not_understood')) return added;
  return { kind: 'repeat' };
}

/** What was said after the longest of the beginnings; empty where a recogniser has changed its mind about those words. */
function tailOf(text: string, beginnings: readonly string[]): string {
  const words = wordsOf(text);
  const known = beginnings.filter((said) => words.startsWith(`${said} `)).sort((a, b) => b.length - a.length)[0];
  return known === undefined ? '' : words.slice(known.length + 1).replace(/^(?:and|then|also)\s+/, '');
}
