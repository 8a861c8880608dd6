import type { LinePicker } from '../persona/picker.js';
import type { Home, Outcome, Result, Risk, Transcript, TurnContext, Understanding } from '../stages.js';
import { type Acting, carryOut, retract } from './act.js';
import { claims, fromLine, type Spoken } from './claims.js';
import type { Confirmations, Pending } from './confirmations.js';
import { phrasesOf } from './language.js';
import type { Replan } from './replan.js';
import { allOf, type Work, withEarlier } from './revision.js';
import { confirmSituation } from './situation-of.js';
import { isOneOf, withoutCourtesy, wordsOf } from './words.js';

/** What a text means, and what to do about it once the turn has decided to act. */
export interface Thought {
  readonly understanding: Understanding;
  readonly act: (acting: Acting) => Promise<Result>;
}

/** What a thought is about. */
export interface Subject {
  readonly said: Transcript;
  readonly context: TurnContext;
  readonly lines: LinePicker;
  /** What was done for the beginning of the sentence. */
  readonly previous: readonly Outcome[];
  readonly home: Pick<Home, 'foresee'>;
  readonly confirmations: Confirmations;
}

export const SILENCE: Result = { outcomes: [], expectsAnswer: false };
export const NO_THOUGHT: Thought = {
  understanding: { kind: 'nothing', extendable: false, risk: 'harmless', likely: [] },
  act: async () => SILENCE,
};

/** What to do about a plan. */
export function thoughtOf(planned: Replan, subject: Subject): Thought {
  const { lines, previous } = subject;
  const line = (...[name]: Parameters<LinePicker['pick']>): Spoken[] => fromLine(lines.pick(name), 'talk');
  switch (planned.kind) {
    case 'nothing':
      return NO_THOUGHT;
    case 'stop':
      return talk('stop', line(planned.line), previous);
    case 'warning':
      return talk('talk', [{ say: { text: planned.text, kind: 'talk', plain: true }, use: () => {} }], previous);
    case 'unfinished':
      return talk('unfinished', line('unfinished'), previous);
    case 'talk': {
      const answer = line(planned.line);
      return talk('talk', answer.length > 0 ? answer : line('not_understood'), previous);
    }
    case 'repeat':
      return talk('talk', claims(previous, lines, false), previous);
    case 'retract':
      return command(fromLine(lines.pick('undone'), 'claim'), [], (acting) => retract(previous, acting));
    case 'work':
      return working(planned.work, planned.plain, subject);
  }
}

/** Words only. An unfinished sentence waits for its rest. */
export const talk = (
  kind: Understanding['kind'],
  spoken: readonly Spoken[],
  outcomes: readonly Outcome[] = [],
): Thought => ({
  understanding: { kind, extendable: kind === 'unfinished', risk: 'harmless', likely: saysOf(spoken) },
  act: async ({ speak }) => {
    speak(spoken);
    return { outcomes, expectsAnswer: kind === 'unfinished' };
  },
});

/** The thought where a text answers the question that is open; anything but yes or no is not for it. */
export function answerTo(pending: Pending, subject: Subject): Thought | undefined {
  const { said, context, lines, confirmations } = subject;
  const { yes, no, courtesies } = phrasesOf(context.language);
  const words = wordsOf(said.text);
  const bare = withoutCourtesy(words, courtesies);
  const cancelled = fromLine(lines.pick('cancelled'), 'talk');
  if (isOneOf(words, no) || isOneOf(bare, no)) {
    const thought = talk('talk', cancelled);
    return {
      ...thought,
      act: (acting) => {
        confirmations.cancel(context);
        return thought.act(acting);
      },
    };
  }
  if (!isOneOf(words, yes) && !isOneOf(bare, yes)) return undefined;
  const work = allOf(pending.parts);
  const commands = pending.parts.map((part) => part.command);
  return command(claims(foreseen(work, subject), lines, pending.plain), commands, async (acting) => {
    // A draft may go on: "yes … no, wait".
    if (said.kind !== 'final') return ask(pending, subject, acting);
    if (confirmations.take(context, pending))
      return carryOut(work, acting, { said: [pending.said], plain: pending.plain });
    acting.speak(cancelled);
    return SILENCE;
  });
}

function working(work: Work, plain: boolean, subject: Subject): Thought {
  const { lines } = subject;
  const { asCommand, text } = subject.said;
  const said = [text, ...(asCommand === undefined ? [] : [asCommand])].map(wordsOf);
  const commands = work.todo.map(({ part }) => part.command);
  if (!commands.some(({ risk }) => risk === 'guarded')) {
    const likely = claims([...work.keep, ...foreseen(work, subject)], lines, plain);
    return command(likely, commands, (acting) => carryOut(work, acting, { said, plain }));
  }
  const pending: Pending = { parts: work.todo.map(({ part }) => part), said: wordsOf(text), plain };
  return command(question(pending, subject), commands, async (acting) => {
    const { outcomes } = await carryOut({ ...work, todo: [] }, acting, { said, plain, silent: true });
    return { ...ask(pending, subject, acting), outcomes };
  });
}

const command = (
  likely: readonly Spoken[],
  commands: readonly { readonly risk: Risk; readonly extendable: boolean }[],
  act: Thought['act'],
): Thought => ({
  understanding: {
    kind: 'command',
    extendable: commands.at(-1)?.extendable ?? false,
    risk: riskiest(commands.map(({ risk }) => risk)),
    likely: saysOf(likely),
  },
  act,
});

function ask(pending: Pending, subject: Subject, { run, speak }: Acting): Result {
  speak(question(pending, subject));
  if (!run.signal.aborted) subject.confirmations.ask(subject.context, pending);
  return { outcomes: [], expectsAnswer: true };
}

function question({ parts, said }: Pending, { lines, home }: Subject): Spoken[] {
  const outcome = parts.length === 1 ? home.foresee(parts[0]!.command) : undefined;
  return fromLine(lines.pick(confirmSituation(outcome), { ...outcome?.slots, said }), 'talk');
}

const foreseen = ({ todo }: Work, { home }: Subject): Outcome[] =>
  todo.flatMap(({ part, over }) => {
    const outcome = home.foresee(part.command);
    return outcome ? [withEarlier(outcome, over)] : [];
  });

const saysOf = (spoken: readonly Spoken[]) => spoken.map(({ say }) => say);

const RISKS: readonly Risk[] = ['harmless', 'wide', 'guarded'];
const riskiest = (risks: readonly Risk[]): Risk => RISKS[Math.max(0, ...risks.map((risk) => RISKS.indexOf(risk)))]!;
