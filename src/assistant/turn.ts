import type { Audio, Outcome, Playback, Say, Transcript, TurnContext, Understanding } from '../stages.js';
import type { Timeline } from '../timeline/timeline.js';
import type { SampleIndex } from '../units.js';
import { Actor, type Mind } from './actor.js';
import { type Ears, listen } from './hearing.js';
import { beginTurn, stepTurn, type TurnInput, type TurnSettings } from './machine.js';
import type { Mouth } from './speaking.js';

/** What a turn is made of. */
export interface TurnStages extends Ears, Mind, Mouth {}

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
 * Runs one turn on what the microphone hears, to the end of its answer: what is heard and what comes of it goes to the
 * machine, and what the machine decides to the actor. Settles in any case; rejects only for a defect. `begin.signal`
 * interrupts it: the answer falls silent, what was done stays done.
 */
export const runTurn = async (stages: TurnStages, microphone: Audio, begin: TurnBegin): Promise<TurnResult> => {
  const { context, followUp = false, onFault, settings, timeline } = begin;
  const over = new AbortController();
  const signal = AbortSignal.any([begin.signal, over.signal]);
  let state = beginTurn(begin.from, followUp);
  let reason: TurnResult['reason'] | undefined;

  const decide = (input: TurnInput): void => {
    const step = stepTurn(state, input, settings);
    state = step.state;
    for (const action of step.actions) {
      if (action.kind !== 'finish') actor.act(action);
      else {
        reason ??= action.reason;
        over.abort();
      }
    }
  };
  const actor = new Actor(stages, {
    context,
    timeline,
    interrupt: begin.signal,
    over: signal,
    report: decide,
    onFault,
  });
  let excused: Promise<void> | undefined;

  await listen(stages, microphone, {
    signal,
    wakeWordMayLead: !followUp,
    hear: (input) => {
      if (input.kind === 'transcript') begin.onTranscript?.(input.transcript);
      actor.hear(input);
      decide(input);
    },
    // Without ears there is no turn: say so and end it.
    failed: (stage, error) => {
      onFault(stage, error);
      reason = 'failed';
      excused = actor.excuse().then(() => over.abort());
    },
  });
  await excused;
  decide({ kind: 'closed' });
  if (begin.signal.aborted) reason = 'interrupted';
  const { attempt, ...acted } = await actor.end(state.finished);
  return {
    reason: reason ?? 'closed',
    ...(attempt && { said: attempt.said }),
    ...(attempt?.understanding && { understanding: attempt.understanding }),
    replies: attempt?.spoken ?? [],
    ...(attempt?.answer && { playback: attempt.answer.playback }),
    expectsAnswer: attempt?.answer?.expectsAnswer ?? false,
    timeline: attempt?.timeline ?? timeline,
    ...acted,
  };
};
