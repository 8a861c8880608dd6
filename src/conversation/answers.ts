import { chosen } from './choice.js';
import { claims, fromLine } from './claims.js';
import type { Choosing, Pending, Question } from './confirmations.js';
import { phrasesOf } from './language.js';
import { allOf } from './revision.js';
import { ask, command, foreseen, perform, SILENCE, type Subject, type Thought, talk, working } from './thoughts.js';
import { isOneOf, withoutCourtesy, wordsOf } from './words.js';

/** The thought where a text answers the question that is open; undefined where it says something else. */
export function answerTo(question: Question, subject: Subject): Thought | undefined {
  const { confirmations, context, lines, said } = subject;
  const { courtesies, no, yes } = phrasesOf(context.language);
  const words = wordsOf(said.text);
  const bare = withoutCourtesy(words, courtesies);
  const isAny = (phrases: readonly string[]): boolean => isOneOf(words, phrases) || isOneOf(bare, phrases);
  if (isAny(no)) {
    const thought = talk('talk', fromLine(lines.pick('cancelled'), 'talk'));
    return {
      ...thought,
      act: (acting) => {
        confirmations.cancel(context);
        return thought.act(acting);
      },
    };
  }
  if ('choices' in question) return choiceOf(question, bare, subject);
  return isAny(yes) ? confirmed(question, subject) : undefined;
}

/** What was asked about is done, once the yes is all that was said. */
function confirmed(pending: Pending, subject: Subject): Thought {
  const { lines, said } = subject;
  const { parts, plain } = pending;
  const work = allOf(parts);
  const commands = parts.map((part) => part.command);
  const thought = command(claims(foreseen(work, subject), lines, plain), commands, (acting) =>
    perform(work, acting, { said: [pending.said], plain }, subject),
  );
  // A draft may go on: "yes … no, wait".
  if (said.kind !== 'final') return { ...thought, act: async (acting) => ask(pending, subject, acting) };
  return once(pending, thought, subject);
}

/** One of several things was named; the rest is as if it had been from the beginning. */
function choiceOf(open: Choosing, words: string, subject: Subject): Thought | undefined {
  const choices = chosen(words, open, phrasesOf(subject.context.language));
  if (choices.length === 0) return undefined;
  const parts = choices.map(({ command, name }) => ({ text: `${open.said} ${name}`, command }));
  return once(open, working(allOf(parts), open.plain, subject), subject);
}

/** A question is answered once: not again by somebody who thought of it at the same time. */
const once = (question: Question, thought: Thought, { confirmations, context, lines }: Subject): Thought => ({
  ...thought,
  act: async (acting) => {
    if (confirmations.take(context, question)) return thought.act(acting);
    acting.speak(fromLine(lines.pick('cancelled'), 'talk'));
    return SILENCE;
  },
});
