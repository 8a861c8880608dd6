import { Fault, isAbort } from '../faults.js';
import type {
  Audio,
  Endpointer,
  Outcome,
  Playback,
  Responder,
  Run,
  Say,
  Speaker,
  SpeechEvent,
  Synthesizer,
  Transcriber,
  Transcript,
  TurnContext,
  Understanding,
} from '../stages.js';
import type { Timeline } from '../timeline/timeline.js';
import type { SampleIndex } from '../units.js';
import { type Attempt, openAttempt } from './attempt.js';
import { createChannel } from './channel.js';
import { beginTurn, stepTurn, type TurnAction, type TurnInput, type TurnSettings } from './machine.js';

/** What a turn is made of. */
export interface TurnStages {
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  readonly respond: Responder;
  /** The responder for a sentence that goes on after something was done for its beginning. */
  readonly reopen: (previous: readonly Outcome[]) => Responder;
  readonly synthesize: Synthesizer;
  /** Renders a sentence that will probably be needed. */
  readonly prepare: (say: Say, signal: AbortSignal) => Promise<void>;
  readonly speak: Speaker;
  /** "Yes, mortal." */
  readonly acknowledgement: () => Say;
  /** What is said when a stage fails. */
  readonly excuse: () => Say;
  /** Takes the wake word off the front of a text. */
  readonly withoutWakeWord: (text: string) => string;
}

/** Something that a stage could not do. Shown in the log; the turn goes on where it can. */
export type OnFault = (stage: 'endpoint' | 'transcribe' | 'respond' | 'speak', error: unknown) => void;

/** What came of a turn. */
export interface TurnResult {
  readonly reason: 'answered' | 'nothing heard' | 'closed' | 'interrupted' | 'failed';
  /** The words that were acted on. */
  readonly said?: Transcript;
  readonly understanding?: Understanding;
  /** What was said in reply, the acknowledgement not included. */
  readonly replies: readonly Say[];
  readonly outcomes: readonly Outcome[];
  readonly playback?: Playback;
  readonly expectsAnswer: boolean;
  /** How often speech went on after the turn had acted. */
  readonly reopened: number;
  /** Of the attempt that was acted on. */
  readonly timeline: Timeline;
  /** Of the acknowledgement, where there was one. */
  readonly acknowledged?: Timeline;
}

/** Speech events that may wait for a recogniser: 10 s in pieces of 20 ms. Then the detector is held back, and the ring counts what is lost. */
const SPEECH_QUEUE = 500;

export interface TurnBegin {
  /** The end of the wake word, or of the question that awaits an answer. */
  readonly from: SampleIndex;
  readonly followUp?: boolean;
  readonly context: TurnContext;
  readonly settings: TurnSettings;
  /** What was noted before the turn: its wake word. */
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  readonly onFault: OnFault;
  readonly onTranscript?: (transcript: Transcript) => void;
}

/**
 * Runs one turn on what the microphone hears, to the end of its answer. Settles in any case; rejects only for a
 * defect. `begin.signal` interrupts it: the answer falls silent, what was done stays done.
 */
export const runTurn = async (stages: TurnStages, microphone: Audio, begin: TurnBegin): Promise<TurnResult> => {
  const { settings, onFault } = begin;
  const over = new AbortController();
  const signal = AbortSignal.any([begin.signal, over.signal]);
  const speech = createChannel<SpeechEvent>(SPEECH_QUEUE);
  const attempts = new Map<number, Attempt>();
  const work = new Set<Promise<void>>();
  const understandings = new Map<number, Understanding>();
  let state = beginTurn(begin.from, begin.followUp);
  let reason: TurnResult['reason'] | undefined;
  /** With the last pause in it; what comes of a pause that is no end is forgotten with its attempt. */
  let heard = begin.timeline;
  let acted: Attempt | undefined;
  let playback: Playback | undefined;
  let expectsAnswer = false;
  let outcomes: readonly Outcome[] = [];
  let previous: Promise<readonly Outcome[]> | undefined;
  let reopened = 0;
  let firstSegment: number | undefined;
  let acknowledgement: { readonly controller: AbortController; readonly timeline: Timeline } | undefined;

  const background = (task: Promise<void>): void => {
    const tracked = task.finally(() => work.delete(tracked));
    work.add(tracked);
  };

  const dispatch = (input: TurnInput): void => {
    const step = stepTurn(state, input, settings);
    state = step.state;
    for (const action of step.actions) act(action);
  };

  const act = (action: TurnAction): void => {
    switch (action.kind) {
      case 'try':
        attempt(action);
        return;
      case 'revoke':
        attempts.get(action.attempt)?.abort('speech went on');
        attempts.delete(action.attempt);
        return;
      case 'commit':
        commit(action.attempt);
        return;
      case 'reopen':
        reopened += 1;
        acted?.abort('speech went on');
        previous = acted && outcomesOf(acted);
        // What it did is in what the next attempt reports as still standing.
        outcomes = [];
        return;
      case 'acknowledge':
        background(acknowledge());
        return;
      case 'finish':
        reason ??= action.reason;
        over.abort();
        return;
    }
  };

  const attempt = ({ attempt: id, said }: Extract<TurnAction, { kind: 'try' }>): void => {
    const opened = openAttempt(id, said, heard.fork(), begin.signal);
    opened.timeline.mark('draft');
    attempts.set(id, opened);
    background(understand(opened));
  };

  const understand = async (opened: Attempt): Promise<void> => {
    try {
      const respond = previous ? stages.reopen(await previous) : stages.respond;
      opened.reply = respond(opened.said, begin.context, opened.run);
      const understanding = await opened.reply.understood;
      understandings.set(opened.id, understanding);
      for (const say of understanding.likely) {
        stages.prepare(say, opened.run.signal).catch((error) => {
          if (!isAbort(error)) onFault('speak', error);
        });
      }
      dispatch({ kind: 'understood', attempt: opened.id, understanding });
    } catch (error) {
      if (opened.run.signal.aborted || isAbort(error)) return;
      onFault('respond', error);
      const nothing: Understanding = { kind: 'talk', extendable: false, risk: 'harmless', likely: [] };
      dispatch({ kind: 'understood', attempt: opened.id, understanding: nothing });
    }
  };

  const commit = (id: number): void => {
    const committed = attempts.get(id);
    if (!committed) throw new Error(`attempt ${id} was committed but never opened`);
    acted = committed;
    committed.timeline.mark('commit');
    committed.commit();
    background(answer(committed));
  };

  const answer = async (committed: Attempt): Promise<void> => {
    const { run, reply } = committed;
    try {
      const says = reply ? reply.says : once(stages.excuse());
      const played = await stages.speak(stages.synthesize(noting(says, committed.spoken), run), run);
      const result = await reply?.result;
      // The answer of an attempt that was reopened may end after the one that took its place.
      if (acted === committed) {
        playback = played;
        outcomes = result?.outcomes ?? [];
        expectsAnswer = result?.expectsAnswer ?? false;
      }
    } catch (error) {
      if (!run.signal.aborted) onFault('speak', error);
    }
    dispatch({ kind: 'answered', attempt: committed.id });
  };

  const acknowledge = async (): Promise<void> => {
    const controller = new AbortController();
    const timeline = begin.timeline.fork();
    acknowledgement = { controller, timeline };
    timeline.mark('commit');
    const run = atOnce(timeline, AbortSignal.any([signal, controller.signal]));
    try {
      await stages.speak(stages.synthesize(once(stages.acknowledgement()), run), run);
    } catch (error) {
      if (!run.signal.aborted) onFault('speak', error);
    }
    dispatch({ kind: 'acknowledged' });
  };

  const listen = async (): Promise<void> => {
    try {
      for await (const event of stages.endpoint(microphone, signal)) {
        if (event.kind === 'started') firstSegment ??= event.segment;
        if (event.kind === 'started' || event.kind === 'resumed') acknowledgement?.controller.abort();
        if (event.kind === 'paused') {
          heard = begin.timeline.fork();
          heard.mark('lastSound', event.lastSound);
          heard.mark('pause');
        }
        await speech.push(event, signal);
        dispatch(event.kind === 'audio' ? { kind: 'heard', at: event.block.from + event.block.samples.length } : event);
      }
    } catch (error) {
      if (!signal.aborted) failed('endpoint', error);
    } finally {
      speech.close();
    }
  };

  const read = async (): Promise<void> => {
    try {
      for await (const heard of stages.transcribe(speech, signal)) {
        const wakeWordMayLead = begin.followUp !== true && heard.segment === firstSegment;
        const transcript = wakeWordMayLead ? withoutWakeWord(heard, stages.withoutWakeWord) : heard;
        begin.onTranscript?.(transcript);
        dispatch({ kind: 'transcript', transcript });
      }
    } catch (error) {
      if (!signal.aborted) failed('transcribe', error);
    }
  };

  /** Without ears there is no turn: say so and end it. */
  const failed = (stage: 'endpoint' | 'transcribe', error: unknown): void => {
    onFault(stage, error);
    reason = 'failed';
    const run = atOnce(begin.timeline.fork(), begin.signal);
    background(
      stages.speak(stages.synthesize(once(stages.excuse()), run), run).then(
        () => over.abort(),
        () => over.abort(),
      ),
    );
  };

  await Promise.all([listen(), read()]);
  dispatch({ kind: 'closed' });
  if (begin.signal.aborted) reason = 'interrupted';
  for (const left of attempts.values()) if (left !== acted || begin.signal.aborted) left.abort('the turn is over');
  while (work.size > 0) await Promise.allSettled(work);
  if (acted) outcomes = outcomes.length > 0 ? outcomes : await outcomesOf(acted);
  return {
    reason: reason ?? 'closed',
    ...(acted && { said: acted.said }),
    ...(acted && understandings.has(acted.id) && { understanding: understandings.get(acted.id) as Understanding }),
    replies: acted?.spoken ?? [],
    outcomes,
    ...(playback && { playback }),
    expectsAnswer,
    reopened,
    timeline: acted?.timeline ?? begin.timeline,
    ...(acknowledgement && { acknowledged: acknowledgement.timeline }),
  };
};

/** Both readings without what is left of the wake word at their beginning. */
const withoutWakeWord = (heard: Transcript, strip: (text: string) => string): Transcript => ({
  ...heard,
  text: strip(heard.text),
  ...(heard.asCommand !== undefined && { asCommand: strip(heard.asCommand) }),
});

/** The run of a sentence that needs nobody's leave. */
const atOnce = (timeline: Timeline, signal: AbortSignal): Run => ({
  signal,
  committed: Promise.resolve(),
  mark: (name, at) => timeline.mark(name, at),
});

async function* once(say: Say): AsyncGenerator<Say> {
  yield say;
}

async function* noting(says: AsyncIterable<Say>, spoken: Say[]): AsyncGenerator<Say> {
  for await (const say of says) {
    spoken.push(say);
    yield say;
  }
}

/** What an attempt has done, also where its answer was cut short. */
const outcomesOf = async (attempt: Attempt): Promise<readonly Outcome[]> => {
  try {
    return (await attempt.reply?.result)?.outcomes ?? [];
  } catch (error) {
    if (error instanceof Fault || isAbort(error)) return [];
    throw error;
  }
};
