import { isAbort, messageOf } from '../../faults.js';
import type { SituationName } from '../../persona/situations.js';
import type { ChatMessage, Home, Outcome, Prompt, Result, Run, Say } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { type Acting, carryOut } from '../act.js';
import { claims, fromLine, type Spoken } from '../claims.js';
import type { Part } from '../compound.js';
import { allOf } from '../revision.js';
import type { Subject, Thought } from '../thoughts.js';
import { answerText, isWhole } from './answer-text.js';
import { type Called, callAll } from './calls.js';
import { factsAbout } from './facts.js';
import { after } from './gap.js';
import { isUnfounded, type Known } from './guard.js';
import type { Mind } from './mind.js';
import { promptOf } from './prompt.js';
import { lineOfTrouble, troubleOf } from './trouble.js';
import { wordingOf } from './wording.js';

/** A text for a language model, and what belongs to it. */
export interface Asked {
  readonly subject: Subject;
  readonly run: Run;
  readonly home: Pick<Home, 'perform'>;
  /** The written line for it where the model fails, if there is one. */
  readonly instead?: SituationName;
  /** The text begins with what was said last. */
  readonly goesOn: boolean;
  /** Nobody listens: the answer is taken as a whole, and no wait is filled. */
  readonly silent: boolean;
  /** Asks for a spoken yes. */
  readonly confirm: (part: Part, acting: Acting) => Result;
}

/** To read, to act on what was read, and to put right what was wrong. */
const MOST_ROUNDS = 3;
const SENTENCES = 3;
const SENTENCES_WANTED = 12;
/** Of a sentence, on average: one that never ends is many. */
const CHARACTERS = 100;
/** The gap is filled by ourselves. */
const NO_TAUNT: Milliseconds = 86_400_000;

/**
 * A thought that a language model has. It begins to think at once, before the turn has decided to act; what is to be
 * spoken or changed waits for that. Nothing is said to have been done but what a home reports, in a written line: what
 * the model itself says of deeds is left out, and after a deed it only goes on where there is more to do.
 */
export function thinkAloud(asked: Asked, mind: Mind): Thought {
  const { run, silent, subject } = asked;
  const { clock } = mind;
  const begun = clock.now();
  const isGrave = wordingOf(subject.context.language).grave.test(subject.said.text);
  const exclamation =
    silent || isGrave || !mind.gaps.exclaims ? [] : fromLine(subject.lines.pick('exclamation'), 'talk').slice(0, 1);

  let begin: (acting: Acting) => void = () => {};
  const acting = new Promise<Acting>((resolve, reject) => {
    begin = resolve;
    const giveUp = (): void => reject(run.signal.reason);
    if (run.signal.aborted) giveUp();
    else run.signal.addEventListener('abort', giveUp, { once: true });
  });
  acting.catch(() => {});
  const answer = new Answer(asked, mind, acting, exclamation[0]?.say.text);
  const answered = answer.give();

  return {
    understanding: { kind: 'talk', extendable: false, risk: 'harmless', likely: exclamation.map(({ say }) => say) },
    act: async (bound) => {
      let filled: 'exclamation' | 'taunt' | undefined = exclamation.length > 0 ? 'exclamation' : undefined;
      bound.speak(exclamation);
      const mayTaunt = !silent && !isGrave && filled === undefined && mind.gaps.taunts;
      const callOff = mayTaunt
        ? after(begun + mind.tauntAfter, clock, run.signal, () => {
            if (answer.firstAt !== undefined) return;
            filled = 'taunt';
            bound.speak(fromLine(bound.lines.pick('taunt'), 'taunt'));
          })
        : () => {};
      const speak: Acting['speak'] = (spoken) => {
        if (spoken.length > 0) answer.first();
        callOff();
        bound.speak(spoken);
      };
      begin({ ...bound, speak, tauntAfter: NO_TAUNT });
      try {
        return await answered;
      } finally {
        callOff();
        const { firstAt } = answer;
        if (!silent) mind.gaps.note(filled, firstAt === undefined ? undefined : firstAt - begun);
      }
    },
  };
}

/** One answer as it is given: of several rounds where the model acts. */
class Answer {
  /** When there was something to say. */
  firstAt: Milliseconds | undefined;
  readonly #asked: Asked;
  readonly #mind: Mind;
  readonly #acting: Promise<Acting>;
  readonly #begin: string | undefined;
  readonly #outcomes: Outcome[] = [];
  readonly #seen = new Set<string>();
  /** Ends the model's work where no more of it is wanted. */
  readonly #enough = new AbortController();
  #sentences = 0;
  #characters = 0;
  /** Something was said for an outcome: from then on the model has nothing to add. */
  #claimed = false;
  #invalid = 0;

  constructor(asked: Asked, mind: Mind, acting: Promise<Acting>, begin: string | undefined) {
    this.#asked = asked;
    this.#mind = mind;
    this.#acting = acting;
    this.#begin = begin;
  }

  first(): void {
    this.firstAt ??= this.#mind.clock.now();
  }

  /** Rejects only where the run is given up before the turn has decided. */
  async give(): Promise<Result> {
    const { run } = this.#asked;
    try {
      return await this.#rounds();
    } catch (error) {
      if (run.signal.aborted) return this.#result();
      return await this.#fail(error);
    } finally {
      this.#enough.abort();
    }
  }

  async #rounds(): Promise<Result> {
    const { goesOn, home, run, subject } = this.#asked;
    const { hands, check, warmth } = this.#mind;
    const { context, history, said } = subject;
    warmth.interrupt();
    const beginning = this.#mind.beginning(context);
    const facts = hands ? factsAbout(said.text, hands.describe(context)) : [];
    const known: Known = { language: context.language, names: this.#mind.names(context), facts };
    let prompt = promptOf({
      beginning,
      exchanges: goesOn ? earlier(history.of(context), said.text) : history.of(context),
      said: said.text,
      facts,
      budget: this.#mind.budget,
      ...(this.#begin !== undefined && { begin: this.#begin }),
    });
    for (let round = 1; ; round++) {
      const { calls, text, unfounded } = await this.#speak(prompt, known);
      if (calls.length === 0 || !hands || !check) {
        return this.#end(unfounded);
      }
      const called = await callAll(calls, {
        hands,
        home,
        check,
        run,
        context,
        seen: this.#seen,
        tools: prompt.tools ?? [],
        carryOut: (part) => this.#carryOut(part),
        tell: (outcome) => this.#tell(outcome),
      });
      const end = await this.#afterCalls(called, round);
      if (end) return end;
      const { begin: _, ...rest } = prompt;
      prompt = {
        ...rest,
        messages: [...rest.messages, { role: 'assistant', text, calls } satisfies ChatMessage, ...called.results],
      };
    }
  }

  /** The end of the answer, or undefined where the model is asked once more. */
  async #afterCalls({ guarded, invalid, outcomes, results }: Called, round: number): Promise<Result | undefined> {
    const { confirm, subject } = this.#asked;
    // What was carried out has been noted already.
    for (const outcome of outcomes) if (!this.#outcomes.includes(outcome)) this.#outcomes.push(outcome);
    if (guarded) {
      const result = confirm(guarded, await this.#acting);
      return { ...result, outcomes: this.#outcomes };
    }
    if (outcomes.some(({ expectsAnswer }) => expectsAnswer)) return { ...this.#result(), expectsAnswer: true };
    // Wrong again, or only what was called before.
    if ((invalid > 0 && this.#invalid > 0) || (invalid === 0 && outcomes.length === 0)) return this.#end(false);
    this.#invalid += invalid;
    const wantsMore = wordingOf(subject.context.language).several.test(subject.said.text);
    const goesOn = invalid > 0 || !this.#claimed || wantsMore;
    return goesOn && round < MOST_ROUNDS && results.length > 0 ? undefined : this.#end(false);
  }

  /** One round of the model: what may be spoken of it is. */
  async #speak(
    prompt: Prompt,
    known: Known,
  ): Promise<{
    readonly calls: ReturnType<typeof answerText>['calls'];
    readonly text: string;
    readonly unfounded: boolean;
  }> {
    const { run, subject } = this.#asked;
    const { clock, model, speaker } = this.#mind;
    const signal = AbortSignal.any([run.signal, this.#enough.signal]);
    const offered = (prompt.tools ?? []).length > 0;
    const most = wordingOf(subject.context.language).longer.test(subject.said.text) ? SENTENCES_WANTED : SENTENCES;
    const { calls, sentences } = answerText(model.ask(prompt, signal, run.committed), {
      speaker: speaker.name,
      signal,
      clock,
    });
    const text: string[] = [];
    let unfounded = false;
    for await (const sentence of sentences) {
      unfounded ||= isUnfounded(sentence, known);
      // A call may still come that does what was claimed.
      if (unfounded && !offered) break;
      if (unfounded || this.#claimed || this.#sentences >= most) continue;
      const room = most * CHARACTERS - this.#characters;
      const fitting =
        sentence.length > room + CHARACTERS ? `${sentence.slice(0, sentence.lastIndexOf(' ', room))}…` : sentence;
      await this.#say({ text: fitting, kind: 'talk' });
      text.push(fitting);
      this.#characters += fitting.length;
      if (isWhole(fitting)) this.#sentences += 1;
      if (this.#characters >= most * CHARACTERS || fitting !== sentence) this.#sentences = most;
      if (this.#sentences >= most && !offered) break;
    }
    return { calls, text: text.join(' '), unfounded };
  }

  async #say(say: Say): Promise<void> {
    const { run } = this.#asked;
    if (this.firstAt === undefined) {
      this.first();
      this.#mind.prepare?.(say, run.signal).catch(() => {});
    }
    await this.#speakAll([{ say, use: () => {} }]);
  }

  async #carryOut(part: Part): Promise<readonly Outcome[]> {
    const acting = await this.#acting;
    const { outcomes } = await carryOut(allOf([part]), acting, { said: [part.text], plain: false });
    this.#outcomes.push(...outcomes);
    this.#claimed = true;
    return outcomes;
  }

  async #tell(outcome: Outcome): Promise<void> {
    const spoken = claims([outcome], this.#asked.subject.lines, false);
    if (outcome.speech === undefined || spoken.length === 0) return;
    await this.#speakAll(spoken);
    this.#claimed = true;
  }

  async #speakAll(spoken: readonly Spoken[]): Promise<void> {
    (await this.#acting).speak(spoken);
  }

  /** Where nothing could be said of the answer, a written line says why. */
  async #end(unfounded: boolean): Promise<Result> {
    if (this.#claimed) return this.#result();
    if (unfounded) await this.#speakAll(this.#line('unclaimed'));
    else if (this.#sentences === 0 && this.firstAt === undefined) {
      const { instead } = this.#asked;
      await this.#speakAll(this.#line(instead ?? 'not_understood'));
      return { ...this.#result(), ...(!instead && { trouble: 'not-understood' }) };
    }
    return this.#result();
  }

  async #fail(error: unknown): Promise<Result> {
    const { instead } = this.#asked;
    const acting = await this.#acting;
    const trouble = troubleOf(error);
    const begun = this.firstAt !== undefined;
    if (trouble === undefined && !isAbort(error)) {
      acting.speak(acting.onError(error));
      return { ...this.#result(), trouble: 'failed' };
    }
    this.#mind.log.warn({ stage: 'llm', trouble }, `the mind failed: ${messageOf(error)}`);
    if (!this.#claimed) acting.speak(this.#line(begun || !instead ? lineOfTrouble(error, begun) : instead));
    return { ...this.#result(), trouble: 'failed' };
  }

  #line(name: SituationName): Spoken[] {
    const { lines } = this.#asked.subject;
    const spoken = fromLine(lines.pick(name), 'talk');
    return spoken.length > 0 ? spoken : fromLine(lines.pick('not_understood'), 'talk');
  }

  #result(): Result {
    return { outcomes: this.#outcomes, expectsAnswer: false };
  }
}

/** The talk without the exchange that is only the beginning of this one. */
const earlier = <Exchange extends { readonly said: string }>(
  all: readonly Exchange[],
  said: string,
): readonly Exchange[] => {
  const last = all.at(-1);
  return last && last.said !== '' && said.startsWith(`${last.said} `) ? all.slice(0, -1) : all;
};
