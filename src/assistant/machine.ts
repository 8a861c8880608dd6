import type { SpeechEvent, Transcript, Understanding } from '../stages.js';
import { type Milliseconds, type SampleIndex, toSamples } from '../units.js';
import { type Waits, waitFor } from './wait.js';

/**
 * The decisions of one turn: when to try an understanding, when to act on it, when to take it back. Pure; time is the
 * capture clock, which every input moves on. What the actions do is `turn.ts`'s.
 */

export interface TurnSettings {
  readonly waits: Waits;
  /** Speech that resumes within this time after acting reopens the turn. */
  readonly reopen: Milliseconds;
  /** Silence after the wake word until the persona says that it listens. */
  readonly acknowledgeAfter: Milliseconds;
  /** Silence after which a turn in which nothing was said is given up. */
  readonly listenTimeout: Milliseconds;
}

export type TurnInput =
  | Exclude<SpeechEvent, { kind: 'audio' }>
  /** Sound has arrived up to here. */
  | { readonly kind: 'heard'; readonly at: SampleIndex }
  /** Text without the wake word. */
  | { readonly kind: 'transcript'; readonly transcript: Transcript }
  | { readonly kind: 'understood'; readonly attempt: number; readonly understanding: Understanding }
  /** The reply of an attempt was spoken, or failed. */
  | { readonly kind: 'answered'; readonly attempt: number }
  | { readonly kind: 'acknowledged' }
  /** No more sound will come, and all of it has been transcribed. */
  | { readonly kind: 'closed' };

export type TurnAction =
  /** Ask what this text would mean; nothing may be done yet. */
  | { readonly kind: 'try'; readonly attempt: number; readonly said: Transcript; readonly lastSound: SampleIndex }
  /** Speech went on, or the text changed: forget the attempt. */
  | { readonly kind: 'revoke'; readonly attempt: number }
  | { readonly kind: 'commit'; readonly attempt: number }
  /** Speech went on after acting: silence the answer; the next attempt takes its place. */
  | { readonly kind: 'reopen'; readonly attempt: number }
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'finish'; readonly reason: 'answered' | 'nothing heard' | 'closed' };

interface Attempt {
  readonly id: number;
  readonly said: Transcript;
  readonly lastSound: SampleIndex;
  readonly agreed: boolean;
  readonly understanding?: Understanding;
  readonly committedAt?: SampleIndex;
  readonly answered?: boolean;
}

export interface TurnState {
  readonly now: SampleIndex;
  /** The end of the last sound heard so far, the wake word's included. */
  readonly lastSound: SampleIndex;
  /** The segment that is being spoken, and its pause where there is one. */
  readonly segment?: {
    readonly id: number;
    readonly pause?: number;
    readonly ended: boolean;
    /** The recogniser has looked at this pause and found no words besides the wake word. */
    readonly wordless?: boolean;
  };
  /** What was said in earlier segments of this turn, which a later one continues. */
  readonly earlier?: Pick<Transcript, 'text' | 'asCommand'>;
  readonly attempt?: Attempt;
  readonly attempts: number;
  readonly acknowledged: 'no' | 'speaking' | 'yes';
  readonly closed: boolean;
  readonly finished: boolean;
}

/** A turn that begins at `from`, the end of the wake word. A follow-up has none and is not acknowledged. */
export const beginTurn = (from: SampleIndex, followUp = false): TurnState => ({
  now: from,
  lastSound: from,
  attempts: 0,
  acknowledged: followUp ? 'yes' : 'no',
  closed: false,
  finished: false,
});

export interface Step {
  readonly state: TurnState;
  readonly actions: readonly TurnAction[];
}

export const stepTurn = (state: TurnState, input: TurnInput, settings: TurnSettings): Step => {
  if (state.finished) return { state, actions: [] };
  const taken = take(state, input, settings);
  const decided = decide(taken.state, settings);
  return { state: decided.state, actions: [...taken.actions, ...decided.actions] };
};

const later = (a: SampleIndex, b: SampleIndex): SampleIndex => Math.max(a, b);

const take = (state: TurnState, input: TurnInput, settings: TurnSettings): Step => {
  switch (input.kind) {
    case 'heard':
    case 'silence':
      return { state: { ...state, now: later(state.now, input.at) }, actions: [] };
    case 'started':
      return speechBegins(
        { ...state, now: later(state.now, input.at), segment: { id: input.segment, ended: false } },
        input.at,
        settings,
      );
    case 'paused':
      return {
        state: {
          ...state,
          lastSound: later(state.lastSound, input.lastSound),
          segment: { id: input.segment, pause: input.pause, ended: false },
        },
        actions: [],
      };
    case 'resumed':
      return speechBegins(
        { ...state, now: later(state.now, input.at), segment: { id: input.segment, ended: false } },
        input.at,
        settings,
      );
    case 'ended':
      return {
        state: {
          ...state,
          lastSound: later(state.lastSound, input.lastSound),
          segment: { ...(state.segment ?? {}), id: input.segment, ended: true },
        },
        actions: [],
      };
    case 'transcript':
      return heardWords(state, input.transcript);
    case 'understood':
      if (state.attempt?.id !== input.attempt) return { state, actions: [] };
      return { state: { ...state, attempt: { ...state.attempt, understanding: input.understanding } }, actions: [] };
    case 'answered':
      if (state.attempt?.id !== input.attempt) return { state, actions: [] };
      return { state: { ...state, attempt: { ...state.attempt, answered: true } }, actions: [] };
    case 'acknowledged':
      return { state: { ...state, acknowledged: 'yes', lastSound: later(state.lastSound, state.now) }, actions: [] };
    case 'closed':
      return { state: { ...state, closed: true }, actions: [] };
  }
};

/** Somebody speaks (again): what was not done yet is void, what was done a moment ago is reopened. */
const speechBegins = (state: TurnState, at: SampleIndex, settings: TurnSettings): Step => {
  const { attempt } = state;
  if (!attempt) return { state, actions: [] };
  if (attempt.committedAt === undefined) {
    const { attempt: _, ...rest } = state;
    return { state: keepEarlier(rest, attempt), actions: [{ kind: 'revoke', attempt: attempt.id }] };
  }
  if (at - attempt.committedAt > toSamples(settings.reopen)) return { state, actions: [] };
  const { attempt: _, ...rest } = state;
  return { state: keepEarlier(rest, attempt), actions: [{ kind: 'reopen', attempt: attempt.id }] };
};

/** A new segment continues the text of the last one; inside a segment the recogniser does that itself. */
const keepEarlier = (state: TurnState, attempt: Attempt): TurnState => {
  if (attempt.said.segment === state.segment?.id) return state;
  return { ...state, earlier: attempt.said };
};

const heardWords = (state: TurnState, transcript: Transcript): Step => {
  if (transcript.kind === 'partial') return { state, actions: [] };
  const current = state.segment;
  if (!current || transcript.segment !== current.id) return { state, actions: [] };
  // A draft of a pause that is over says nothing about how the sentence goes on.
  if (transcript.kind === 'draft' && transcript.pause !== current.pause) return { state, actions: [] };
  if (state.attempt?.committedAt !== undefined) return { state, actions: [] };
  const said = joined(state.earlier, transcript);
  if (said.text === '') return { state: { ...state, segment: { ...current, wordless: true } }, actions: [] };
  const { attempt } = state;
  // A recogniser that heard nothing does not take back what another one heard at the same pause.
  if (attempt && transcript.text === '') return { state, actions: [] };
  const needsFinal = attempt?.understanding?.risk === 'guarded';
  if (
    attempt &&
    attempt.said.text === said.text &&
    attempt.said.asCommand === said.asCommand &&
    !(transcript.kind === 'final' && needsFinal && attempt.said.kind !== 'final')
  ) {
    return {
      state: { ...state, attempt: { ...attempt, agreed: attempt.agreed || said.agreed === true } },
      actions: [],
    };
  }
  const id = state.attempts + 1;
  const next: Attempt = { id, said, lastSound: state.lastSound, agreed: said.agreed === true };
  return {
    state: { ...state, attempts: id, attempt: next },
    actions: [
      ...(attempt ? [{ kind: 'revoke', attempt: attempt.id } as const] : []),
      { kind: 'try', attempt: id, said, lastSound: state.lastSound },
    ],
  };
};

/** A segment as the continuation of what was said before it. Two readings are joined only where both have two. */
const joined = (earlier: TurnState['earlier'], transcript: Transcript): Transcript => {
  if (!earlier) return transcript;
  const both = (one: string, other: string): string => [one, other].filter((part) => part !== '').join(' ');
  const text = both(earlier.text, transcript.text);
  const { asCommand: _, agreed: __, ...rest } = transcript;
  if (earlier.asCommand === undefined || transcript.asCommand === undefined) return { ...rest, text };
  const asCommand = both(earlier.asCommand, transcript.asCommand);
  return { ...rest, text, asCommand, agreed: asCommand === text };
};

/** What is due now. */
const decide = (state: TurnState, settings: TurnSettings): Step => {
  const { attempt } = state;
  if (attempt?.committedAt !== undefined) {
    const windowOver = state.closed || state.now - attempt.committedAt > toSamples(settings.reopen);
    if (!attempt.answered || !windowOver) return { state, actions: [] };
    return finish(state, 'answered');
  }
  if (attempt?.understanding) {
    if (isDue(state, attempt, attempt.understanding, settings)) {
      return {
        state: { ...state, attempt: { ...attempt, committedAt: state.now } },
        actions: [{ kind: 'commit', attempt: attempt.id }],
      };
    }
  }
  if (attempt) {
    // Nothing came of it: no understanding, or a guarded command whose final text never came.
    const lost =
      (state.closed && attempt.understanding !== undefined) ||
      state.now - attempt.lastSound >= toSamples(settings.listenTimeout);
    return lost ? finish(state, 'nothing heard') : { state, actions: [] };
  }
  return decideSilence(state, settings);
};

const isDue = (state: TurnState, attempt: Attempt, understanding: Understanding, settings: TurnSettings): boolean => {
  if (attempt.said.kind === 'final') return true;
  if (state.closed && understanding.risk !== 'guarded') return true;
  const wait = waitFor(understanding, attempt.agreed, settings.waits);
  return wait !== undefined && state.now - attempt.lastSound >= toSamples(wait);
};

const speaking = (state: TurnState): boolean =>
  state.segment !== undefined && !state.segment.ended && state.segment.pause === undefined;

/** Nothing to try: somebody is still speaking, or nobody says anything. */
const decideSilence = (state: TurnState, settings: TurnSettings): Step => {
  if (speaking(state)) return state.closed ? finish(state, 'closed') : { state, actions: [] };
  const silence = state.now - state.lastSound;
  const wordless = state.segment === undefined || state.segment.wordless === true;
  if (
    state.acknowledged === 'no' &&
    state.attempts === 0 &&
    wordless &&
    silence >= toSamples(settings.acknowledgeAfter)
  ) {
    return { state: { ...state, acknowledged: 'speaking' }, actions: [{ kind: 'acknowledge' }] };
  }
  if (state.acknowledged === 'speaking') return { state, actions: [] };
  if (silence >= toSamples(settings.listenTimeout)) return finish(state, 'nothing heard');
  return state.closed ? finish(state, 'closed') : { state, actions: [] };
};

const finish = (state: TurnState, reason: 'answered' | 'nothing heard' | 'closed'): Step => ({
  state: { ...state, finished: true },
  actions: [{ kind: 'finish', reason }],
});
