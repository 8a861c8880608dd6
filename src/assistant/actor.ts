import { isAbort } from '../faults.js';
import type { Outcome, Responder, Say, TurnContext, Understanding } from '../stages.js';
import type { Timeline } from '../timeline/timeline.js';
import { type Attempt, openAttempt, outcomesOf } from './attempt.js';
import type { TurnAction, TurnInput } from './machine.js';
import { answer, type Mouth, sayAtOnce } from './speaking.js';

/** What a turn thinks with. */
export interface Mind {
  readonly respond: Responder;
  /** The responder for a sentence that goes on after something was done for its beginning. */
  readonly reopen: (previous: readonly Outcome[]) => Responder;
  /** Renders a sentence that will probably be needed. */
  readonly prepare: (say: Say, signal: AbortSignal) => Promise<void>;
}

interface Scope {
  readonly context: TurnContext;
  /** What was noted before the turn: its wake word. */
  readonly timeline: Timeline;
  /** Interrupts the answer. */
  readonly interrupt: AbortSignal;
  /** The turn no longer listens. */
  readonly over: AbortSignal;
  /** Tells the machine what came of an action. */
  readonly report: (input: TurnInput) => void;
  readonly onFault: (stage: 'respond' | 'speak', error: unknown) => void;
}

/** What the actions of a turn have led to. */
export interface Acted {
  /** What was acted on; where the turn was reopened, the last. */
  readonly attempt?: Attempt;
  readonly outcomes: readonly Outcome[];
  readonly reopened: number;
  readonly acknowledged?: Timeline;
}

const NOTHING_UNDERSTOOD: Understanding = { kind: 'talk', extendable: false, risk: 'harmless', likely: [] };

/** Carries out what the machine decides, in the background, and remembers what came of it. */
export class Actor {
  readonly #stages: Mind & Mouth;
  readonly #scope: Scope;
  readonly #attempts = new Map<number, Attempt>();
  readonly #work = new Set<Promise<void>>();
  /** With the last pause in it; what comes of a pause that is no end is forgotten with its attempt. */
  #heard: Timeline;
  #acted: Attempt | undefined;
  /** What was done before speech went on. */
  #previous: Promise<readonly Outcome[]> | undefined;
  #reopened = 0;
  #acknowledgement: { readonly silence: AbortController; readonly timeline: Timeline } | undefined;

  constructor(stages: Mind & Mouth, scope: Scope) {
    this.#stages = stages;
    this.#scope = scope;
    this.#heard = scope.timeline;
  }

  /** Notes the moments of what is heard; whoever speaks is not spoken into. */
  hear(input: TurnInput): void {
    if (input.kind === 'started' || input.kind === 'resumed') this.#acknowledgement?.silence.abort();
    if (input.kind !== 'paused') return;
    this.#heard = this.#scope.timeline.fork();
    this.#heard.mark('lastSound', input.lastSound);
    this.#heard.mark('pause');
  }

  act(action: Exclude<TurnAction, { kind: 'finish' }>): void {
    switch (action.kind) {
      case 'try':
        this.#try(action);
        return;
      case 'revoke':
        this.#attempts.get(action.attempt)?.abort('speech went on');
        this.#attempts.delete(action.attempt);
        return;
      case 'commit':
        this.#commit(action.attempt);
        return;
      case 'reopen':
        this.#reopened += 1;
        this.#acted?.abort('speech went on');
        this.#previous = this.#acted && outcomesOf(this.#acted);
        return;
      case 'acknowledge':
        this.#background(this.#acknowledge());
        return;
    }
  }

  /** Says that something in the turn has failed. Never rejects. */
  async excuse(): Promise<void> {
    const { timeline, interrupt } = this.#scope;
    await sayAtOnce(this.#stages, this.#stages.excuse(), timeline.fork(), interrupt).catch(() => {});
  }

  /**
   * Waits for what is under way. `finished`: the machine has decided, so what was not acted on is given up; else the last
   * words may still be understood, and answered.
   */
  async end(finished: boolean): Promise<Acted> {
    if (finished || this.#scope.interrupt.aborted) this.#giveUp();
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    this.#giveUp();
    const attempt = this.#acted;
    return {
      ...(attempt && { attempt }),
      outcomes: attempt ? await outcomesOf(attempt) : [],
      reopened: this.#reopened,
      ...(this.#acknowledgement && { acknowledged: this.#acknowledgement.timeline }),
    };
  }

  /** Ends what was not acted on, and where the turn is interrupted the answer too. */
  #giveUp(): void {
    for (const left of this.#attempts.values()) {
      if (left !== this.#acted || this.#scope.interrupt.aborted) left.abort('the turn is over');
    }
  }

  #try({ attempt: id, said }: Extract<TurnAction, { kind: 'try' }>): void {
    const attempt = openAttempt(id, said, this.#heard.fork(), this.#scope.interrupt);
    attempt.timeline.mark('draft');
    this.#attempts.set(id, attempt);
    this.#background(this.#understand(attempt));
  }

  async #understand(attempt: Attempt): Promise<void> {
    const { context, onFault, report } = this.#scope;
    const { id, run, said } = attempt;
    try {
      const respond = this.#previous ? this.#stages.reopen(await this.#previous) : this.#stages.respond;
      attempt.reply = respond(said, context, run);
      const understanding = await attempt.reply.understood;
      attempt.understanding = understanding;
      for (const say of understanding.likely) {
        this.#stages.prepare(say, run.signal).catch((error) => {
          if (!isAbort(error)) onFault('speak', error);
        });
      }
      report({ kind: 'understood', attempt: id, understanding });
    } catch (error) {
      if (run.signal.aborted || isAbort(error)) return;
      onFault('respond', error);
      report({ kind: 'understood', attempt: id, understanding: NOTHING_UNDERSTOOD });
    }
  }

  #commit(id: number): void {
    const attempt = this.#attempts.get(id);
    if (!attempt) throw new Error(`attempt ${id} was committed but never opened`);
    this.#acted = attempt;
    attempt.timeline.mark('commit');
    attempt.commit();
    this.#background(this.#answer(attempt));
  }

  async #answer(attempt: Attempt): Promise<void> {
    try {
      await answer(this.#stages, attempt);
    } catch (error) {
      if (!attempt.run.signal.aborted) this.#scope.onFault('speak', error);
    }
    this.#scope.report({ kind: 'answered', attempt: attempt.id });
  }

  async #acknowledge(): Promise<void> {
    const silence = new AbortController();
    const timeline = this.#scope.timeline.fork();
    this.#acknowledgement = { silence, timeline };
    timeline.mark('commit');
    const signal = AbortSignal.any([this.#scope.over, silence.signal]);
    try {
      await sayAtOnce(this.#stages, this.#stages.acknowledgement(), timeline, signal);
    } catch (error) {
      if (!signal.aborted) this.#scope.onFault('speak', error);
    }
    this.#scope.report({ kind: 'acknowledged' });
  }

  #background(task: Promise<void>): void {
    const tracked = task.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}
