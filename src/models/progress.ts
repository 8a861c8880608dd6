import type { Bytes, Milliseconds, Seconds } from '../units.js';
import type { FetchEvent } from './fetch-event.js';

/** One download as it stands. */
export interface Transfer {
  readonly label: string;
  readonly received: Bytes;
  readonly total?: Bytes;
  readonly phase: 'connecting' | 'receiving' | 'unpacking';
  readonly startedAt: Milliseconds;
  /** What came since it was started, without what an earlier attempt had left. */
  readonly fetched: Bytes;
  /** Bytes a second, smoothed; undefined until it can be known. */
  readonly speed?: number;
  /** The last point that the speed was measured at. */
  readonly sample: { readonly at: Milliseconds; readonly received: Bytes };
}

/** The downloads in flight, in the order in which they began. */
export type Progress = ReadonlyMap<string, Transfer>;

export const NO_PROGRESS: Progress = new Map();

/** The speed follows a change within about this time. */
const SMOOTHING: Milliseconds = 3000;
/** Speeds over a shorter time are noise. */
const SAMPLE_EVERY: Milliseconds = 250;

const received = (it: Transfer, event: FetchEvent & { kind: 'received' }, now: Milliseconds): Transfer => {
  const total = event.total ?? it.total;
  const next = {
    ...it,
    received: event.received,
    phase: 'receiving' as const,
    ...(total !== undefined && { total }),
  };
  // The first word is where it goes on from; fewer bytes than before is a new beginning.
  if (it.phase === 'connecting' || event.received < it.received)
    return { ...next, fetched: it.fetched, sample: { at: now, received: event.received } };
  const fetched = it.fetched + event.received - it.received;
  const elapsed = now - it.sample.at;
  if (elapsed < SAMPLE_EVERY) return { ...next, fetched };
  const measured = ((event.received - it.sample.received) * 1000) / elapsed;
  const weight = it.speed === undefined ? 1 : 1 - Math.exp(-elapsed / SMOOTHING);
  const speed = (it.speed ?? 0) * (1 - weight) + measured * weight;
  return { ...next, fetched, speed, sample: { at: now, received: event.received } };
};

/** The downloads after an event. */
export const advance = (progress: Progress, event: FetchEvent, now: Milliseconds): Progress => {
  if (!('key' in event)) return progress;
  const next = new Map(progress);
  const before = progress.get(event.key);
  if (event.kind === 'started') {
    next.set(event.key, {
      label: event.label,
      received: 0,
      fetched: 0,
      phase: 'connecting',
      startedAt: now,
      sample: { at: now, received: 0 },
      ...(event.total !== undefined && { total: event.total }),
    });
  } else if (event.kind === 'done' || event.kind === 'failed') next.delete(event.key);
  else if (before)
    next.set(event.key, event.kind === 'received' ? received(before, event, now) : { ...before, phase: 'unpacking' });
  return next;
};

/** 0…1, or undefined where the end is not known. */
export const fractionOf = ({ received, total }: Transfer): number | undefined =>
  total === undefined || total === 0 ? undefined : Math.min(1, received / total);

/** Undefined while it cannot be told: nothing comes, or nobody knows how much will. */
export const timeLeft = ({ received, total, speed }: Transfer): Seconds | undefined =>
  total === undefined || !speed || speed < 1 ? undefined : Math.max(0, total - received) / speed;
