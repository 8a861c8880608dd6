import { systemClock } from '../../clock.js';
import { Fault } from '../../faults.js';
import type { Milliseconds } from '../../units.js';
import type { CoreSession } from '../wyoming/core-session.js';

export interface StateChange {
  readonly entity: string;
  readonly state: string;
  /** When it was heard of, on the system clock. */
  readonly at: Milliseconds;
}

/** What changes in Home Assistant, heard of on a connection of its own, as any other client would. */
export interface StateWatch {
  /** Since `forget`. */
  readonly changes: readonly StateChange[];
  forget(): void;
  /** Waits until a thing has a state. @throws Fault `network` where it never has. */
  until(entity: string, state: string): Promise<void>;
}

const WITHIN: Milliseconds = 5_000;

interface StateChanged {
  readonly data: { readonly entity_id: string; readonly new_state: { readonly state: string } | null };
}

/** @param watched entity ids; others are not told of. */
export const watchStates = async (session: CoreSession, watched: readonly string[]): Promise<StateWatch> => {
  const ids = new Set(watched);
  const states = new Map<string, string>();
  let changes: StateChange[] = [];
  const looking = new Set<() => void>();
  await session.ask({ type: 'subscribe_events', event_type: 'state_changed' }, (event) => {
    const at = systemClock.now();
    const { entity_id: entity, new_state } = (event as unknown as StateChanged).data;
    if (!ids.has(entity) || !new_state || new_state.state === states.get(entity)) return;
    states.set(entity, new_state.state);
    changes.push({ entity, state: new_state.state, at });
    for (const look of [...looking]) look();
  });
  const all = await session.ask<{ entity_id: string; state: string }[]>({ type: 'get_states' });
  for (const { entity_id, state } of all) if (ids.has(entity_id)) states.set(entity_id, state);
  return {
    get changes() {
      return changes;
    },
    forget: () => {
      changes = [];
    },
    until: (entity, state) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          looking.delete(look);
          reject(new Fault('network', `${entity} has not become ${state}`));
        }, WITHIN);
        const look = (): void => {
          if (states.get(entity) !== state) return;
          looking.delete(look);
          clearTimeout(late);
          resolve();
        };
        looking.add(look);
        look();
      }),
  };
};
