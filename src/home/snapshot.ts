import type { Change } from '../stages.js';
import type { Attributes, House, States } from './house.js';
import { describe } from './speech.js';
import type { Timers } from './timers.js';

/** A thing and its state, for showing. */
export interface EntitySnapshot {
  readonly entity: string;
  readonly name: string;
  /** As people call it; empty for timers. */
  readonly area: string;
  readonly state: string;
  readonly attributes: Attributes;
}
export type Snapshot = readonly EntitySnapshot[];

/** All things of a house and its timers, in the order of its file. */
export const snapshotOf = (house: House, states: States, timers: Timers): Snapshot => [
  ...[...house.entities.values()].map(({ id, name, area }) => ({
    entity: id,
    name,
    area: house.areas.get(area)!.name,
    ...states.get(id)!,
  })),
  ...timers.list.map((timer) => ({
    entity: `timer.${timer.id}`,
    name: 'timer',
    area: '',
    state: timer.ends === undefined ? 'paused' : 'active',
    attributes: { seconds: timer.seconds, left: Math.round(timers.left(timer) / 1000) },
  })),
];

/** What is not as it was, as "off" → "on, 40 %". A thing that was not there was or is `idle`. */
export function difference(before: Snapshot, after: Snapshot): readonly Change[] {
  const idle = { state: 'idle', attributes: {} };
  const earlier = new Map(before.map((one) => [one.entity, one]));
  const later = new Map(after.map((one) => [one.entity, one]));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((entity) => {
    const [was, is] = [earlier.get(entity), later.get(entity)];
    const [from, to] = [describe(was ?? idle), describe(is ?? idle)];
    return from === to ? [] : [{ entity, name: (is ?? was)!.name, from, to }];
  });
}
