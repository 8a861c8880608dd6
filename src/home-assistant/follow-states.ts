import type { HomeAssistant } from './connection.js';
import { applyEvent, type EntitiesEvent, type EntityState } from './entity-states.js';

/** States of some entities, kept current. */
export interface FollowedStates {
  get(id: string): EntityState | undefined;
  /** Follows these from now on. What was known stays until the states of all of them have come. */
  follow(ids: readonly string[]): void;
  close(): void;
}

/** `onChange` is told which states may be different; `complete` says that they are all entities that are followed. */
export const followStates = (
  home: HomeAssistant,
  onChange: (ids: ReadonlySet<string>, complete: boolean) => void,
): FollowedStates => {
  let states = new Map<string, EntityState>();
  let followed: string | undefined;
  let stop = (): void => {};

  const replace = (fresh: Map<string, EntityState>): void => {
    const touched = new Set([...states.keys(), ...fresh.keys()]);
    states = fresh;
    onChange(touched, true);
  };

  return {
    get: (id) => states.get(id),
    follow(ids) {
      const key = ids.join();
      if (key === followed) return;
      followed = key;
      const leave = stop;
      stop = leave;
      if (ids.length === 0) {
        // To Core an empty list means all entities.
        leave();
        stop = () => {};
        return replace(new Map());
      }
      let left = false;
      let whole = true;
      const leaveOnce = (): void => {
        if (left) return;
        left = true;
        leave();
      };
      const unsubscribe = home.subscribe<EntitiesEvent>(
        { type: 'subscribe_entities', entity_ids: ids },
        (event) => {
          leaveOnce();
          if (!whole) {
            const touched = applyEvent(states, event);
            if (touched.size > 0) onChange(touched, false);
            return;
          }
          // The first event of a subscription carries all of them: what has gone in the meantime is not in it.
          whole = false;
          const fresh = new Map<string, EntityState>();
          applyEvent(fresh, event);
          replace(fresh);
        },
        () => {
          whole = true;
        },
      );
      stop = () => {
        leaveOnce();
        unsubscribe();
      };
    },
    close: () => stop(),
  };
};
