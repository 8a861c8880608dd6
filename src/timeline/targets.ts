import type { Mark } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Moments } from './timeline.js';

/** A part of a turn that has a length. */
export type SpanName =
  | 'wake'
  | 'pause'
  | 'recognition'
  | 'understanding'
  | 'wait'
  | 'action'
  | 'answer'
  | 'synthesis'
  | 'output'
  | 'effects'
  | 'total';

interface SpanDefinition {
  readonly name: SpanName;
  readonly label: string;
  /** Where one of these is missing the next one counts. */
  readonly from: readonly Mark[];
  readonly to: Mark;
  /** What the performance guide asks for: longer than that is a missed target. */
  readonly limit?: Milliseconds;
  /** What this program means to reach, on two cores of x86-64. */
  readonly goal?: Milliseconds;
}

/**
 * The parts of a turn in their order. They follow one another except where work was done ahead: an answer that was
 * prepared before the commit has a synthesis that ends before it.
 */
const SPANS: readonly SpanDefinition[] = [
  // From the end of the frame that decided to the program's knowing it; the word's own end is known to the bench alone.
  { name: 'wake', label: 'wake word', from: ['wake'], to: 'wake', limit: 100, goal: 30 },
  { name: 'pause', label: 'end of speech', from: ['lastSound'], to: 'pause', goal: 100 },
  { name: 'recognition', label: 'recognition', from: ['pause'], to: 'draft', limit: 200, goal: 90 },
  { name: 'understanding', label: 'understanding', from: ['draft'], to: 'understood', goal: 10 },
  { name: 'wait', label: 'wait for more', from: ['understood', 'draft'], to: 'commit' },
  { name: 'action', label: 'the home acts', from: ['commit'], to: 'performed', goal: 50 },
  { name: 'answer', label: 'answer', from: ['performed', 'commit'], to: 'firstText', limit: 300, goal: 10 },
  { name: 'synthesis', label: 'voice', from: ['firstText'], to: 'firstSynthesized', limit: 600, goal: 200 },
  { name: 'output', label: 'loudspeaker', from: ['firstSynthesized'], to: 'firstAudio', limit: 20, goal: 10 },
  { name: 'total', label: 'last sound to answer', from: ['lastSound'], to: 'firstAudio', limit: 500, goal: 250 },
];

/** The guide asks more of a line that was rendered before. */
const CACHED_SYNTHESIS = { limit: 200, goal: 10 };

/** The guide's ratings of the total. */
export type Rating = 'excellent' | 'good' | 'too slow';

/** How good a total of this length is, in the guide's words. */
export const ratingOf = (total: Milliseconds): Rating =>
  total < 500 ? 'excellent' : total < 1_000 ? 'good' : 'too slow';

/** A part of a turn as it was. */
export interface Span {
  readonly name: SpanName;
  readonly label: string;
  /** On the wall clock. */
  readonly start: Milliseconds;
  /** 0 where the work was done ahead. */
  readonly duration: Milliseconds;
  readonly limit?: Milliseconds;
  readonly goal?: Milliseconds;
  /** Whether the limit was kept; a span without one is always in time. */
  readonly met: boolean;
}

/** The guide allows the effects a buffer of 20 ms; it is a property of the chain and not of the turn. */
const EFFECTS_BUFFER = { limit: 20, goal: 20 };

export interface SpanOptions {
  /** How far the effects lag behind the synthesizer. */
  readonly effectsDelay?: Milliseconds;
  /** The first sentence's sound was there already. */
  readonly cached?: boolean;
}

/** The parts of a turn whose marks are there, measured and judged. */
export const spansOf = (turn: Moments, options: SpanOptions = {}): readonly Span[] => [
  ...partsOf(turn, options),
  ...effectsOf(turn, options),
];

const effectsOf = (turn: Moments, { effectsDelay: duration }: SpanOptions): readonly Span[] => {
  const sound = turn.moments.get('firstSynthesized');
  if (!sound || duration === undefined) return [];
  const met = duration < EFFECTS_BUFFER.limit;
  return [{ name: 'effects', label: 'effects buffer', start: sound.time, duration, ...EFFECTS_BUFFER, met }];
};

const partsOf = (turn: Moments, options: SpanOptions): readonly Span[] =>
  SPANS.flatMap((definition) => {
    const { name, to } = definition;
    const from = definition.from.find((mark) => turn.moments.has(mark));
    const begin = from && turn.moments.get(from);
    const end = turn.moments.get(to);
    if (!begin || !end) return [];
    const start = begin.time;
    const duration = Math.max(0, (from === to ? end.noted : end.time) - start);
    const { limit, goal } = name === 'synthesis' && options.cached ? CACHED_SYNTHESIS : definition;
    const label = name === 'synthesis' && options.cached ? 'voice (cached)' : definition.label;
    return [
      {
        name,
        label,
        start,
        duration,
        ...(limit === undefined ? {} : { limit }),
        ...(goal === undefined ? {} : { goal }),
        met: limit === undefined || duration < limit,
      },
    ];
  });

/** The targets that were missed, as sentences. */
export const missedTargets = (spans: readonly Span[]): readonly string[] =>
  spans
    .filter(({ met }) => !met)
    .map(({ label, duration, limit }) => `${label} took ${Math.round(duration)} ms, the target is under ${limit} ms`);
