import type { SpeechEvent } from '../stages.js';
import type { SampleIndex, Samples } from '../units.js';

/** When speech begins and ends. All durations in samples. */
export interface EndpointRules {
  /** Probability from which a frame is speech. */
  readonly enter: number;
  /** Probability below which speech has ceased. Lower than `enter`, so that a weak syllable is no pause. */
  readonly leave: number;
  /** Least length of what starts a segment: a click or a cough is shorter. */
  readonly minSpeech: Samples;
  /** Silence that ends a segment. */
  readonly finalSilence: Samples;
  /** Greatest length of a segment, from its first sound. */
  readonly maxCommand: Samples;
  /** By how much the voice detector lags behind the sound, on the way up as on the way down. */
  readonly lag: Samples;
}

/** What the voice detector says of a piece of sound. */
export interface VoiceFrame {
  readonly from: SampleIndex;
  /** Position after its last sample. */
  readonly to: SampleIndex;
  /** 0…1. */
  readonly probability: number;
  /** Sound was lost before it. */
  readonly fresh?: boolean;
}

/** What follows from a frame, in order. `sound`: here the frame's sound joins the segment. */
export type Moment = Exclude<SpeechEvent, { kind: 'audio' }> | { readonly kind: 'sound'; readonly segment: number };

type Ended = Extract<SpeechEvent, { kind: 'ended' }>;

interface Common {
  /** Of the segment that is open, or of the next. Counts from 1. */
  readonly segment: number;
  /** End of the last frame. */
  readonly heard: SampleIndex;
}
interface Quiet extends Common {
  readonly phase: 'quiet';
  /** Where the sound begins that may belong to the next segment: the last segment, or a gap, is before it. */
  readonly since: SampleIndex;
  /** Where something began that may become speech. */
  readonly onset?: SampleIndex;
  /** A segment was cut while somebody spoke: the rest of that speech starts nothing. */
  readonly cut: boolean;
}
interface InSegment extends Common {
  readonly phase: 'speaking' | 'paused';
  readonly started: SampleIndex;
  readonly pauses: number;
  /** Estimate of the end of the last sound so far. */
  readonly lastSound: SampleIndex;
}
export type EndpointState = Quiet | InSegment;

interface Step {
  readonly state: EndpointState;
  readonly moments: readonly Moment[];
}

export const initial: EndpointState = {
  phase: 'quiet',
  segment: 1,
  heard: Number.NEGATIVE_INFINITY,
  since: 0,
  cut: false,
};

/** What follows from the next frame. Counts in positions, not in frames, so lost sound counts as silence. */
export const step = (state: EndpointState, frame: VoiceFrame, rules: EndpointRules): Step => {
  if (state.phase === 'quiet') return fromQuiet(state, frame, rules);
  // A clock that jumps back is another stream; a gap as long as the final silence ends what was before it.
  const over =
    frame.from < state.heard
      ? ended(state, 'closed', state.heard)
      : frame.from - state.lastSound >= rules.finalSilence
        ? ended(state, 'silence', frame.from)
        : undefined;
  if (!over) return inSegment(state, frame, rules);
  const next = fromQuiet(over.state, frame, rules);
  return { state: next.state, moments: [...over.moments, ...next.moments] };
};

/** What follows from the end of the stream. */
export const close = (state: EndpointState): readonly Ended[] =>
  state.phase === 'quiet' ? [] : ended(state, 'closed', state.heard).moments;

const fromQuiet = (state: Quiet, frame: VoiceFrame, rules: EndpointRules): Step => {
  const { segment } = state;
  const heard = frame.to;
  const since = frame.fresh ? frame.from : state.since;
  const pending = frame.fresh ? undefined : state.onset;
  const cut = state.cut && !frame.fresh && frame.probability >= rules.leave;
  const voiced = !cut && frame.probability >= (pending === undefined ? rules.enter : rules.leave);
  const silence: Moment = { kind: 'silence', at: heard };
  if (!voiced) return { state: { phase: 'quiet', segment, heard, since, cut }, moments: [silence] };

  const onset = pending ?? frame.from;
  if (heard - onset < rules.minSpeech)
    return { state: { phase: 'quiet', segment, heard, since, cut, onset }, moments: [silence] };
  const at = Math.max(since, onset - rules.lag);
  return {
    state: { phase: 'speaking', segment, heard, started: at, pauses: 0, lastSound: heard - rules.lag },
    moments: [
      { kind: 'started', segment, at },
      { kind: 'sound', segment },
    ],
  };
};

const inSegment = (state: InSegment, frame: VoiceFrame, rules: EndpointRules): Step => {
  const { segment, started } = state;
  const heard = frame.to;
  const speaking = state.phase === 'speaking';
  const voiced = frame.probability >= (speaking ? rules.leave : rules.enter);
  const pauses = speaking && !voiced ? state.pauses + 1 : state.pauses;
  const lastSound = voiced ? heard - rules.lag : state.lastSound;
  const next: InSegment = { phase: voiced ? 'speaking' : 'paused', segment, heard, started, pauses, lastSound };

  const moments: Moment[] = [{ kind: 'sound', segment }];
  if (speaking && !voiced) moments.push({ kind: 'paused', segment, pause: pauses, lastSound });
  if (!speaking && voiced) moments.push({ kind: 'resumed', segment, pause: pauses, at: frame.from - rules.lag });
  const full = heard + (heard - frame.from) - started > rules.maxCommand;
  const over = full
    ? ended(next, 'max_command', heard)
    : heard - lastSound >= rules.finalSilence
      ? ended(next, 'silence', heard)
      : undefined;
  return over ? { state: over.state, moments: [...moments, ...over.moments] } : { state: next, moments };
};

const ended = (
  state: InSegment,
  reason: 'silence' | 'max_command' | 'closed',
  heard: SampleIndex,
): { readonly state: Quiet; readonly moments: readonly Ended[] } => {
  const { segment, phase } = state;
  // Who is cut off in mid-word has made a sound to the very end.
  const lastSound = phase === 'speaking' && reason !== 'silence' ? heard : state.lastSound;
  return {
    state: {
      phase: 'quiet',
      segment: segment + 1,
      heard,
      since: heard,
      cut: phase === 'speaking' && reason === 'max_command',
    },
    moments: [{ kind: 'ended', segment, lastSound, reason }],
  };
};
