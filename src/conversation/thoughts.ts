import type { LinePicker } from '../persona/picker.js';
import type { SituationName } from '../persona/situations.js';
import type { Home, Outcome, Result, Risk, Transcript, TurnContext, Understanding } from '../stages.js';
import { type Acting, carryOut, type Manner, retract } from './act.js';
import { undecided, whichOne } from './choice.js';
import { claims, fromLine, type Spoken } from './claims.js';
import type { Confirmations, Pending } from './confirmations.js';
import type { History } from './history.js';
import type { Replan } from './replan.js';
import { type Work, withEarlier } from './revision.js';
import { confirmSituation } from './situation-of.js';
import { wordsOf } from './words.js';

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
  readonly history: History;
  /** Has a language model answer; `line` is the written one that comes nearest. */
  readonly think?: (subject: Subject, line: SituationName) => Thought;
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
  /** A persona need not have lines for everything. */
  const small = (name: SituationName): Thought => {
    const spoken = line(name);
    if (spoken.length > 0 && name !== 'not_understood') return talk('talk', spoken, { outcomes: previous });
    return talk('talk', line('not_understood'), { outcomes: previous, trouble: 'not-understood' });
  };
  switch (planned.kind) {
    case 'nothing':
      return NO_THOUGHT;
    case 'stop':
      return talk('stop', line(planned.line), { outcomes: previous });
    case 'warning':
      return talk('talk', [{ say: { text: planned.text, kind: 'talk', plain: true }, use: () => {} }], {
        outcomes: previous,
      });
    case 'unfinished':
      return talk('unfinished', line('unfinished'), { outcomes: previous, trouble: 'not-understood' });
    case 'again':
      return again(subject) ?? small('nothing_to_repeat');
    case 'talk':
      return subject.think && !planned.closely ? subject.think(subject, planned.line) : small(planned.line);
    case 'repeat': {
      const thought = talk('talk', tell(previous, subject, false), { outcomes: previous });
      const manner = { said: [wordsOf(subject.said.text)], plain: false };
      return { ...thought, act: async (acting) => askWhich(await thought.act(acting), subject, manner) };
    }
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
  { outcomes = [], trouble }: Partial<Pick<Result, 'outcomes' | 'trouble'>> = {},
): Thought => ({
  understanding: { kind, extendable: kind === 'unfinished', risk: 'harmless', likely: saysOf(spoken) },
  act: async ({ speak }) => {
    speak(spoken);
    return { outcomes, expectsAnswer: kind === 'unfinished', ...(trouble && { trouble }) };
  },
});

/** The last reply, all of it, also where it was cut. */
function again({ context, history, previous }: Subject): Thought | undefined {
  const last = history.of(context).findLast(({ reply }) => reply.length > 0);
  if (!last) return undefined;
  const { expectsAnswer, reply } = last;
  const spoken = reply.map((say): Spoken => ({ say: { ...say, kind: 'talk' }, use: () => {} }));
  const thought = talk('talk', spoken, { outcomes: previous });
  return { ...thought, act: async (acting) => ({ ...(await thought.act(acting)), expectsAnswer }) };
}

/** The thought where there is something to do, or to ask before it is done. */
export function working(work: Work, plain: boolean, subject: Subject): Thought {
  const { asCommand, text } = subject.said;
  const said = [text, ...(asCommand === undefined ? [] : [asCommand])].map(wordsOf);
  const commands = work.todo.map(({ part }) => part.command);
  if (!commands.some(({ risk }) => risk === 'guarded')) {
    const likely = tell([...work.keep, ...foreseen(work, subject)], subject, plain);
    return command(likely, commands, (acting) => perform(work, acting, { said, plain }, subject));
  }
  const pending: Pending = { parts: work.todo.map(({ part }) => part), said: wordsOf(text), plain };
  return command(question(pending, subject), commands, async (acting) => {
    const { outcomes } = await carryOut({ ...work, todo: [] }, acting, { said, plain, silent: true });
    return { ...ask(pending, subject, acting), outcomes };
  });
}

/** Does it, and asks which thing was meant where that is not clear. `manner.said` begins with what was asked for. */
export async function perform(work: Work, acting: Acting, manner: Manner, subject: Subject): Promise<Result> {
  const result = await carryOut(work, acting, manner);
  acting.speak(whichOne(undecided(result.outcomes), subject, manner.plain));
  return acting.run.signal.aborted ? result : askWhich(result, subject, manner);
}

/** What there is to say of outcomes, and what to ask. */
function tell(outcomes: readonly Outcome[], subject: Subject, plain: boolean): Spoken[] {
  const unclear = undecided(outcomes);
  const told = outcomes.filter((outcome) => outcome !== unclear);
  return [...claims(told, subject.lines, plain), ...whichOne(unclear, subject, plain)];
}

/** Waits for an answer where the outcomes leave something to choose. */
function askWhich(result: Result, { confirmations, context }: Subject, { plain, said }: Manner): Result {
  const choices = undecided(result.outcomes)?.choices;
  if (choices === undefined) return result;
  confirmations.ask(context, { choices, said: said[0] ?? '', plain });
  return { ...result, expectsAnswer: true };
}

/** The thought where the home is to do something. */
export const command = (
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

/** Asks before something guarded is done. */
export function ask(pending: Pending, subject: Subject, { run, speak }: Acting): Result {
  speak(question(pending, subject));
  if (!run.signal.aborted) subject.confirmations.ask(subject.context, pending);
  return { outcomes: [], expectsAnswer: true };
}

function question({ parts, said }: Pending, { lines, home }: Subject): Spoken[] {
  const outcome = parts.length === 1 ? home.foresee(parts[0]!.command) : undefined;
  return fromLine(lines.pick(confirmSituation(outcome), { ...outcome?.slots, said }), 'talk');
}

/** What would come of it, as far as the home knows. */
export const foreseen = ({ todo }: Work, { home }: Subject): Outcome[] =>
  todo.flatMap(({ part, over }) => {
    const outcome = home.foresee(part.command);
    return outcome ? [withEarlier(outcome, over)] : [];
  });

const saysOf = (spoken: readonly Spoken[]) => spoken.map(({ say }) => say);

const RISKS: readonly Risk[] = ['harmless', 'wide', 'guarded'];
const riskiest = (risks: readonly Risk[]): Risk => RISKS[Math.max(0, ...risks.map((risk) => RISKS.indexOf(risk)))]!;
