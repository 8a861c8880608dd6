import { type Clock, systemClock } from '../clock.js';
import { Fault, isAbort, messageOf } from '../faults.js';
import type { LinePicker } from '../persona/picker.js';
import type { SituationName } from '../persona/situations.js';
import type { Home, Outcome, Playback, Reply, Responder, Result, Run, Transcript, TurnContext } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Acting } from './act.js';
import { answerTo } from './answers.js';
import { fromLine, type Spoken } from './claims.js';
import { createConfirmations } from './confirmations.js';
import { heldPicks } from './held-picks.js';
import { createHistory, type History, type Telling } from './history.js';
import { phrasesOf } from './language.js';
import { createLeftPicks } from './left-picks.js';
import { thinkAloud } from './mind/aloud.js';
import { createMind, type MindOptions } from './mind/mind.js';
import type { Planner } from './plan.js';
import { planReadings } from './readings.js';
import { replan } from './replan.js';
import type { Origin } from './revision.js';
import { createSays } from './says.js';
import { ask, NO_THOUGHT, SILENCE, type Subject, type Thought, talk, thoughtOf } from './thoughts.js';
import { wordsOf } from './words.js';

/** What is needed of a logger; pino's fits. What was said is never handed to it. */
interface Log {
  error(details: object, message: string): void;
}

export interface ResponderOptions extends Planner {
  readonly home: Home;
  /** The persona's lines in a language: `linePickers`. */
  readonly lines: (language: string) => LinePicker;
  readonly log: Log;
  readonly clock?: Clock;
  /** A home that takes longer than this is covered by a taunt. */
  readonly tauntAfter?: Milliseconds;
  /** How long a yes is waited for after the question was handed to the voice. */
  readonly confirmWithin?: Milliseconds;
  /** How long a spoken reply stays open after its claim for what a slow home has still to tell. */
  readonly lateWithin?: Milliseconds;
  /** How long a conversation is remembered after its last exchange. */
  readonly rememberFor?: Milliseconds;
  /** Answers what neither the home nor a written line does. Without it, written lines answer everything. */
  readonly mind?: MindOptions;
}

export interface Conversation {
  readonly respond: Responder;
  /**
   * Answers the joined text of a sentence whose beginning was acted on: what is still wanted is kept, what is no longer
   * meant is undone, what is new is done. The outcomes must come from this conversation. The result has those that
   * stand: the kept ones too.
   */
  readonly reopen: (previous: readonly Outcome[]) => Responder;
  /** Answers where a reply is taken as a whole: `respond` without the wait for late news. */
  readonly respondAtOnce: Responder;
  /** To be told how much of a reply was heard, where it was spoken. */
  readonly heard: (reply: Reply, playback: Playback) => void;
  readonly history: History;
  /** Has the mind read ahead what it will be asked with: at the start, and when the house has other names. Never rejects. */
  readonly warm: (context: TurnContext) => Promise<void>;
  /** Ends what is read ahead. */
  readonly close: () => void;
}

const TAUNT_AFTER: Milliseconds = 150;
const CONFIRM_WITHIN: Milliseconds = 15_000;
const LATE_WITHIN: Milliseconds = 4_000;
const REMEMBER_FOR: Milliseconds = 5 * 60_000;

/**
 * Answers texts in character and has the home do what they ask. Nothing is said, done or remembered before
 * `run.committed`; a run that is given up ends quietly. No promise of a reply rejects, nor do its `says` throw.
 */
export function createResponder(options: ResponderOptions): Conversation {
  const { home, log, clock = systemClock, tauntAfter = TAUNT_AFTER, confirmWithin = CONFIRM_WITHIN } = options;
  const { lateWithin = LATE_WITHIN, rememberFor = REMEMBER_FOR } = options;
  const confirmations = createConfirmations(clock, confirmWithin);
  const history = createHistory(clock, rememberFor);
  const leftPicks = createLeftPicks(clock);
  const tellings = new WeakMap<Reply, { readonly telling: Telling; readonly context: TurnContext }>();
  const origins = new WeakMap<Outcome, Origin>();
  const mind = options.mind && createMind(options.mind, clock);
  const canThink = (): boolean => mind?.available?.() ?? mind !== undefined;
  const warm = async (context: TurnContext): Promise<void> => {
    if (canThink()) await mind?.warm(context, history.of(context));
  };
  // Late: a home may take long to make its phrases, and a recogniser that reads two ways has asked for them before.
  let known: ReadonlySet<string> | undefined;
  const isKnown = (word: string): boolean => {
    known ??= new Set(home.phrases().flatMap((phrase) => wordsOf(phrase).split(' ')));
    return known.has(word);
  };

  const think = async (subject: Subject, signal: AbortSignal): Promise<Thought> => {
    const { said, context, previous } = subject;
    const pending = previous.length === 0 ? confirmations.pending(context) : undefined;
    const answer = pending && answerTo(pending, subject);
    if (answer) return asSaid(said.text, answer, said);
    const { planned, text: believed } = await planReadings(said, { isKnown, ...phrasesOf(context.language) }, (text) =>
      replan(text, previous, (outcome) => origins.get(outcome), context, signal, options),
    );
    const { understanding, act } = thoughtOf(planned, subject);
    const thought: Thought = {
      understanding,
      act: (acting) => {
        if (planned.kind === 'again') {
          // Who has not heard the question has the whole time to answer it.
          if (pending && confirmations.take(context, pending)) confirmations.ask(context, pending);
        } else if (planned.kind !== 'nothing') {
          // Whatever else is said is no yes.
          confirmations.cancel(context);
        }
        return act(acting);
      },
    };
    return asSaid(believed, thought, said);
  };

  const reply = (said: Transcript, context: TurnContext, run: Run, { atOnce, goesOn, previous }: Manner): Reply => {
    const { signal } = run;
    let telling: Telling | undefined;
    const says = createSays(() => telling?.take());
    const ofLanguage = options.lines(context.language);
    const before = leftPicks.take(ofLanguage, [said.text, ...(said.asCommand === undefined ? [] : [said.asCommand])]);
    const lines = heldPicks(ofLanguage, before);
    const giveUp = (): void => {
      says.drop();
      telling?.cut();
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });

    const speak = (spoken: readonly Spoken[]): void => {
      for (const { say, use } of spoken) {
        if (signal.aborted) return;
        run.mark('firstText');
        use();
        telling?.say(say);
        says.push(say);
      }
    };
    const onError = (error: unknown): Spoken[] => {
      const code = error instanceof Fault ? error.code : 'internal';
      log.error({ code, error: messageOf(error) }, 'the home failed');
      return fromLine(lines.pick(code === 'network' ? 'error.home' : 'error'), 'talk');
    };
    const acting: Acting = {
      home,
      run,
      lines,
      speak,
      clock,
      tauntAfter,
      lateWithin: atOnce ? 0 : lateWithin,
      origins,
      onError,
    };

    const thinking = mind &&
      canThink() && {
        think: (subject: Subject, line: SituationName): Thought =>
          thinkAloud(
            {
              subject,
              run,
              home,
              goesOn,
              silent: atOnce,
              ...(line !== 'not_understood' && { instead: line }),
              confirm: (part, bound) => ask({ parts: [part], said: part.text, plain: false }, subject, bound),
            },
            mind,
          ),
      };
    const thought = think({ said, context, lines, previous, home, confirmations, history, ...thinking }, signal).then(
      (done) => {
        if (!signal.aborted) run.mark('understood');
        leftPicks.leave(ofLanguage, done.understanding.text ?? said.text, lines);
        return done;
      },
      (error: unknown) =>
        signal.aborted || isAbort(error)
          ? { ...NO_THOUGHT }
          : talk('talk', onError(error), { outcomes: previous, trouble: 'failed' }),
    );

    const answer = async (): Promise<Result> => {
      try {
        const { act, understanding } = await thought;
        await run.committed;
        leftPicks.withdraw(lines);
        signal.throwIfAborted();
        if (understanding.kind !== 'nothing') {
          telling = history.begin(context, said.text, goesOn);
          tellings.set(answered, { telling, context });
        }
        const result = await act(acting);
        if (telling) telling.expectsAnswer = result.expectsAnswer;
        if (atOnce && !signal.aborted) {
          telling?.heard({ complete: true, heard: 0 });
          void warm(context);
        }
        return result;
      } catch (error) {
        if (signal.aborted || isAbort(error)) return { ...SILENCE, outcomes: previous };
        speak(onError(error));
        return { ...SILENCE, outcomes: previous, trouble: 'failed' };
      } finally {
        says.end();
      }
    };

    const answered: Reply = { understood: thought.then(({ understanding }) => understanding), says, result: answer() };
    return answered;
  };

  const anew: Manner = { previous: [], goesOn: false, atOnce: false };
  return {
    respond: (said, context, run) => reply(said, context, run, anew),
    reopen: (previous) => (said, context, run) => reply(said, context, run, { ...anew, previous, goesOn: true }),
    respondAtOnce: (said, context, run) => reply(said, context, run, { ...anew, atOnce: true }),
    heard: (reply, playback) => {
      const told = tellings.get(reply);
      told?.telling.heard(playback);
      // While nobody speaks: whoever goes on is answered sooner.
      if (told) void warm(told.context);
    },
    history,
    warm,
    close: () => mind?.warmth.close(),
  };
}

/** The thought with the reading it is of, where there are two. */
const asSaid = (text: string, { act, understanding }: Thought, { asCommand }: Transcript): Thought => ({
  understanding: asCommand === undefined ? understanding : { ...understanding, text },
  act,
});

interface Manner {
  /** What was done for the beginning of the sentence. */
  readonly previous: readonly Outcome[];
  /** The sentence has a beginning that was acted on. */
  readonly goesOn: boolean;
  /** Nobody listens to it: it is taken as a whole. */
  readonly atOnce: boolean;
}
