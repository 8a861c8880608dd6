import { MARKS, type Mark } from '../stages.js';
import type { Milliseconds, SampleIndex } from '../units.js';
import type { Load } from './load.js';
import { missedTargets, type Rating, ratingOf, type SpanName, spansOf } from './targets.js';
import type { Moments } from './timeline.js';

/** Rises when a field is removed or changes its meaning; new fields may come without. */
const RECORD_VERSION = 1;

/** How a turn ended. */
export type TurnEnding = 'answered' | 'interrupted' | 'nothing_heard' | 'failed';

/** What the turn itself knows. */
export interface TurnFacts {
  readonly id: string;
  readonly ending: TurnEnding;
  readonly word?: string;
  readonly persona?: string;
  /** Which recogniser's text was acted on. */
  readonly engine?: string;
  readonly intents?: readonly string[];
  /** The first sentence's sound was there already. */
  readonly cached?: boolean;
  /** How far the effects lag behind the synthesizer. */
  readonly effectsDelay?: Milliseconds;
  /** How often a pause was taken for the end and was none. */
  readonly reopened?: number;
  /** Of this turn's sounds, what the ring had to overwrite unread. */
  readonly overwritten?: number;
  /** What was said. Only to be given where the user wants it written down. */
  readonly text?: { readonly heard: string; readonly said: readonly string[] };
}

/** A turn for machines, as one line of JSON. Durations are milliseconds, rounded to a hundredth. */
export interface TurnRecord extends Omit<TurnFacts, 'text'> {
  readonly version: typeof RECORD_VERSION;
  /** ISO 8601, of the first mark. */
  readonly time: string;
  /** From the last sound, or from the first mark where there was none. */
  readonly marks: Readonly<Partial<Record<Mark, { readonly ms: Milliseconds; readonly at?: SampleIndex }>>>;
  readonly spans: Readonly<
    Partial<
      Record<
        SpanName,
        {
          readonly ms: Milliseconds;
          readonly limit?: Milliseconds;
          readonly goal?: Milliseconds;
          readonly met: boolean;
        }
      >
    >
  >;
  readonly total?: Milliseconds;
  readonly rating?: Rating;
  readonly missed: readonly string[];
  readonly load?: Load;
  readonly heard?: string;
  readonly said?: readonly string[];
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** The record of a turn from its marks. */
export const turnRecord = (turn: Moments, facts: TurnFacts, load?: Load): TurnRecord => {
  const { text, ...rest } = facts;
  const spans = spansOf(turn, facts);
  const times = [...turn.moments.values()].map(({ time }) => time);
  const first = times.length > 0 ? Math.min(...times) : 0;
  const origin = turn.moments.get('lastSound')?.time ?? first;
  const marks: Partial<Record<Mark, { ms: Milliseconds; at?: SampleIndex }>> = {};
  for (const name of MARKS) {
    const moment = turn.moments.get(name);
    if (!moment) continue;
    marks[name] = { ms: rounded(moment.time - origin), ...(moment.at === undefined ? {} : { at: moment.at }) };
  }
  const total = spans.find(({ name }) => name === 'total')?.duration;
  return {
    version: RECORD_VERSION,
    time: new Date(first).toISOString(),
    ...rest,
    marks,
    spans: Object.fromEntries(
      spans.map(({ name, duration, limit, goal, met }) => [
        name,
        {
          ms: rounded(duration),
          ...(limit === undefined ? {} : { limit }),
          ...(goal === undefined ? {} : { goal }),
          met,
        },
      ]),
    ),
    ...(total === undefined ? {} : { total: rounded(total), rating: ratingOf(total) }),
    missed: missedTargets(spans),
    ...(load ? { load } : {}),
    ...(text ? { heard: text.heard, said: text.said } : {}),
  };
};

/** The fields of a turn's one line in the log: flat, short and without a word of what was said. */
export const turnLogFields = (record: TurnRecord): Readonly<Record<string, string | number>> => {
  const { spans, load } = record;
  const fields: Record<string, string | number> = { turn: record.id, ending: record.ending };
  if (record.word) fields.word = record.word;
  if (record.intents?.length) fields.intents = record.intents.join(',');
  if (record.total !== undefined) fields.total_ms = Math.round(record.total);
  for (const [name, span] of Object.entries(spans)) {
    if (name !== 'total' && span) fields[`${name}_ms`] = Math.round(span.ms);
  }
  if (load) {
    fields.cpu_ms = Math.round(load.cpu + (load.children?.cpu ?? 0));
    fields.memory_mb = Math.round((load.memory + (load.children?.memory ?? 0)) / 1e6);
    fields.loop_p99_ms = Math.round(load.eventLoopDelay.p99);
  }
  return fields;
};
