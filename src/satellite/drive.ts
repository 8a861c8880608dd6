import type { Clock } from '../clock.js';
import type { Milliseconds } from '../units.js';
import type { WyomingEvent } from '../wyoming/index.js';
import { due, stepSatellite } from './machine.js';
import {
  initialState,
  type SatelliteAction,
  type SatelliteInput,
  type SatelliteSettings,
  type SatelliteState,
} from './state.js';

/** An input without its time, which the driver knows. */
export type Happening = SatelliteInput extends infer Input
  ? Input extends unknown
    ? Omit<Input, 'at'>
    : never
  : never;

/** The machine with a clock and something that does what it says. */
export interface Driver {
  readonly state: SatelliteState;
  /** What follows is done when this returns, unless an action has led to it: then after the action. */
  take(what: Happening, event?: WyomingEvent): void;
  /** Nothing is taken any more. */
  close(): void;
}

interface DriverSettings {
  readonly settings: SatelliteSettings;
  readonly clock: Clock;
  /** With the event from the wire that has led to it. */
  readonly act: (action: SatelliteAction, event: WyomingEvent | undefined) => void;
  /** All that follows from an input is done. */
  readonly changed: (state: SatelliteState) => void;
}

export const createDriver = ({ settings, clock, act, changed }: DriverSettings): Driver => {
  const waiting: { readonly what: Happening; readonly event: WyomingEvent | undefined }[] = [];
  let state: SatelliteState = { ...initialState, now: clock.now() };
  let taking = false;
  let closed = false;
  let planned: { readonly at: Milliseconds; readonly control: AbortController } | undefined;

  const take = (what: Happening, event?: WyomingEvent): void => {
    if (closed) return;
    waiting.push({ what, event });
    if (taking) return;
    taking = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const step = stepSatellite(state, { ...next.what, at: clock.now() } as SatelliteInput, settings);
      state = step.state;
      for (const action of step.actions) act(action, next.event);
    }
    taking = false;
    plan(due(state, settings));
    changed(state);
  };

  /** A tick that comes too early does no harm, so a later moment needs no other sleep. */
  const plan = (at: Milliseconds): void => {
    if (planned && planned.at <= at && at !== Number.POSITIVE_INFINITY) return;
    planned?.control.abort();
    planned = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const control = new AbortController();
    planned = { at, control };
    clock.sleep(at - clock.now(), control.signal).then(
      () => {
        if (planned?.control !== control) return;
        planned = undefined;
        take({ kind: 'tick' });
      },
      () => {},
    );
  };

  return {
    get state() {
      return state;
    },
    take,
    close() {
      closed = true;
      plan(Number.POSITIVE_INFINITY);
    },
  };
};
