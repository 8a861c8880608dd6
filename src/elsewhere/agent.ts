import { type Clock, systemClock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { Outcome, Playback, Reply, Responder, Result, Run, Say, TurnContext, Understanding } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Context } from '../wyoming/index.js';
import { askAgent, conversationIds } from './agent-events.js';
import type { Log, Service } from './services.js';

/** The side of a conversation that answers; our own has more. */
export interface Answers {
  readonly respond: Responder;
  readonly reopen: (previous: readonly Outcome[]) => Responder;
  readonly respondAtOnce: Responder;
  readonly heard: (reply: Reply, playback: Playback) => void;
}

export interface AgentElsewhereOptions {
  readonly service: Service;
  /** Text that is still being written, sentence by sentence. */
  readonly sentences: (text: AsyncIterable<string>, signal: AbortSignal) => AsyncIterable<Say>;
  /** What is said where the agent has done nothing and has no words for it. */
  readonly refuse: () => Say;
  /** Silence after which a conversation is forgotten. */
  readonly forgetAfter: Milliseconds;
  readonly log: Log;
  readonly clock?: Clock;
  /** From the question to the first words, and from each piece of the answer to the next. */
  readonly within?: Milliseconds;
}

/** A language model on a small computer. What covers the silence until then is nobody's here. */
const WITHIN: Milliseconds = 12_000;
const NO_OUTCOMES: Pick<Result, 'outcomes'> = { outcomes: [] };

/**
 * A conversation whose answers come from a Wyoming agent. Our own side still says what is a stop phrase, which it answers
 * itself, and what plainly breaks off; and it answers where the agent fails before a word of it was said. The agent is asked
 * after `run.committed`, since what it is asked it may do at once.
 */
export const answersElsewhere = <Local extends Answers>(
  local: Local,
  options: AgentElsewhereOptions,
): Local & Answers => {
  const { clock = systemClock, forgetAfter } = options;
  const conversation = conversationIds(clock, forgetAfter);
  const ours = new WeakMap<Reply, Reply>();

  const via =
    (respond: Responder): Responder =>
    (said, context, run) => {
      const gate = gateOf(run);
      const own = respond(said, context, gate.run);
      const { says, result } = answered(() => ask(said.text, context, run), own, gate, run, options);
      const reply: Reply = { understood: own.understood.then(asTalk), says, result };
      ours.set(reply, own);
      return reply;
    };

  async function* ask(text: string, context: TurnContext, run: Run): AsyncGenerator<Say, undefined> {
    const { service, sentences, refuse, within = WITHIN } = options;
    const asked = { service, within, clock };
    const pieces = askAgent(text, contextFor(context, conversation(context)), asked, run.signal);
    let done = true;
    async function* words(): AsyncGenerator<string, undefined> {
      for await (const piece of pieces) {
        if (piece.kind === 'words') yield piece.text;
        else done = false;
      }
      return undefined;
    }
    yield* sentences(words(), run.signal);
    if (!done) yield refuse();
    return undefined;
  }

  return {
    ...local,
    respond: via(local.respond),
    reopen: (previous) => via(local.reopen(previous)),
    respondAtOnce: via(local.respondAtOnce),
    heard: (reply, playback) => local.heard(ours.get(reply) ?? reply, playback),
  };
};

/** Nothing is known of what an agent would do, so nothing is likely, and a whole command waits no less than talk. */
const asTalk = (own: Understanding): Understanding =>
  own.kind === 'command' ? { ...own, kind: 'talk', likely: [] } : own.kind === 'talk' ? { ...own, likely: [] } : own;

interface Gate {
  /** For our own side: committed when it is to answer. */
  readonly run: Run;
  open(): void;
  /** It is not to answer. */
  shut(): void;
}

const gateOf = (run: Run): Gate => {
  const left = new AbortController();
  const signal = AbortSignal.any([run.signal, left.signal]);
  let open = (): void => {};
  const committed = new Promise<void>((resolve, reject) => {
    open = resolve;
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  committed.catch(() => {});
  return { run: { signal, committed, mark: (name, at) => run.mark(name, at) }, open, shut: () => left.abort() };
};

const answered = (
  ask: () => AsyncIterable<Say>,
  own: Reply,
  gate: Gate,
  run: Run,
  { log }: AgentElsewhereOptions,
): Pick<Reply, 'says' | 'result'> => {
  let settle: (result: Result | Promise<Result>) => void = () => {};
  const result = new Promise<Result>((resolve) => {
    settle = resolve;
  });

  let wanted = false;
  async function* ourOwn(): AsyncGenerator<Say, undefined> {
    wanted = true;
    gate.open();
    settle(own.result);
    yield* own.says;
    return undefined;
  }

  async function* says(): AsyncGenerator<Say, undefined> {
    let last = '';
    try {
      const { kind } = await own.understood;
      await run.committed;
      if (kind === 'stop' || kind === 'nothing') return yield* ourOwn();
      try {
        for await (const say of ask()) {
          if (run.signal.aborted) return undefined;
          if (last === '') run.mark('firstText');
          last = say.text;
          yield say;
        }
      } catch (error) {
        if (run.signal.aborted) return undefined;
        log.warn({ stage: 'conversation', error: messageOf(error) }, 'The agent elsewhere failed');
        if (last === '') return yield* ourOwn();
      }
      return undefined;
    } catch (error) {
      if (!run.signal.aborted) throw error;
      return undefined;
    } finally {
      if (!wanted) gate.shut();
      // A second result, after our own, counts for nothing.
      settle({ ...NO_OUTCOMES, expectsAnswer: /[?？]["'”’)]*\s*$/.test(last) });
    }
  }

  const abandoned = (): void => settle({ ...NO_OUTCOMES, expectsAnswer: false });
  if (run.signal.aborted) abandoned();
  else run.signal.addEventListener('abort', abandoned, { once: true });
  return { says: says(), result };
};

const contextFor = (context: TurnContext, conversation: string): Context => ({
  conversation_id: conversation,
  ...(context.device !== undefined && { device_id: context.device }),
  ...(context.satellite !== undefined && { satellite_id: context.satellite }),
});
