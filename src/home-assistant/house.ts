import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import type { HomeAssistant } from './connection.js';
import { followStates } from './follow-states.js';
import type { Entity, House } from './house-shape.js';
import { ALL_PARTS, loadRegistries, type Part } from './load-registries.js';
import { REGISTRY_EVENTS, type RegistryChange } from './registry-events.js';
import { createReloading } from './reloading.js';
import { inOrder, makeEntity, makeHouse, type Registries, sameNames } from './snapshot.js';
import { waitUntil } from './until.js';

export type { Area, Entity, Floor, House } from './house-shape.js';

export interface LiveHouse {
  /** As it is now; as it was last while Home Assistant is away. Empty before `ready`. */
  readonly current: House;
  /** Resolves when the house is known; rejects as `HomeAssistant.ready` does. */
  ready(signal: AbortSignal): Promise<void>;
  /** Calls back when names, areas or what is exposed have changed. */
  onNames(listener: () => void): () => void;
  /** Calls back with the ids of entities whose state or attributes have changed, or that came or went. */
  onState(listener: (changed: readonly string[]) => void): () => void;
  /**
   * True as soon as `holds` does, asked now and after each change; false at the time limit. It is given what looks up
   * an entity as it is at that moment. Rejects with the signal's reason, or with what `holds` throws.
   */
  until(
    holds: (entity: (id: string) => Entity | undefined) => boolean,
    options: { readonly signal: AbortSignal; readonly timeout: Milliseconds },
  ): Promise<boolean>;
  close(): void;
}

interface Settings {
  readonly home: HomeAssistant;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Core signals no change when an entity without an entry in the registry is exposed or hidden. */
const LOOK_AT_EXPOSURE_EVERY: Milliseconds = 60_000;

/** The exposed part of the house, kept current by Core's events. */
export const openHouse = ({ home, log, clock = systemClock }: Settings): LiveHouse => {
  const closing = new AbortController();
  const nameListeners = new Set<() => void>();
  const stateListeners = new Set<(changed: readonly string[]) => void>();
  const readyListeners = new Set<() => void>();
  let registries: Registries = { floors: new Map(), areas: new Map(), devices: new Map(), entries: new Map() };
  let exposed: ReadonlySet<string> = new Set();
  const entities = new Map<string, Entity>();
  let order: readonly string[] = [];
  /** Made when asked for: a state that changes ten times a second costs nothing. */
  let house: House | undefined;
  let known = false;

  const tell = <T extends readonly unknown[]>(listeners: Iterable<(...args: T) => void>, ...args: T): void => {
    for (const listener of [...listeners]) {
      try {
        listener(...args);
      } catch (error) {
        log.error({ error }, 'a listener to the house failed');
      }
    }
  };

  /** Makes entities anew from what is known of them now, and tells who listens. */
  const refresh = (ids: Iterable<string>, places: boolean): void => {
    const changed: string[] = [];
    let names = places;
    for (const id of ids) {
      const before = entities.get(id);
      const state = exposed.has(id) ? states.get(id) : undefined;
      const after = state && makeEntity(id, state, registries);
      if (after) entities.set(id, after);
      else if (!entities.delete(id)) continue;
      names ||= !sameNames(before, after);
      if (before?.state !== after?.state || before?.attributes !== after?.attributes) changed.push(id);
    }
    if (!names && changed.length === 0) return;
    if (names) order = inOrder(entities.values()).map(({ id }) => id);
    house = undefined;
    if (!known) return;
    if (changed.length > 0) tell(stateListeners, changed);
    if (names) tell(nameListeners);
  };

  const states = followStates(home, (ids, complete) => {
    refresh(ids, false);
    if (!complete || known) return;
    known = true;
    log.info({ entities: entities.size, areas: registries.areas.size }, 'the house is known');
    tell(readyListeners);
    tell(nameListeners);
  });

  const load = async (parts: ReadonlySet<Part>): Promise<void> => {
    const before = registries;
    const next = await loadRegistries(home, parts, { registries, exposed: [...exposed] }, closing.signal);
    const places = JSON.stringify([...next.registries.areas]) !== JSON.stringify([...before.areas]);
    // An entity's area is compared by identity: the same areas stay the same objects.
    registries = places ? next.registries : { ...next.registries, areas: before.areas, floors: before.floors };
    exposed = new Set(next.exposed);
    refresh(new Set([...entities.keys(), ...exposed]), places);
    states.follow(next.exposed);
  };

  let complained = false;
  const reloading = createReloading<Part>({
    clock,
    signal: closing.signal,
    async load(parts) {
      await load(parts);
      complained = false;
    },
    onFailure(error) {
      // Everything is read anew when the connection is back.
      if (home.state.kind !== 'connected') return false;
      log[complained ? 'debug' : 'warn']({ error }, 'the house could not be read, trying again');
      complained = true;
      return true;
    },
  });

  const onConnection = (): void => {
    if (home.state.kind === 'connected') reloading.mark(ALL_PARTS, true);
  };
  const stops = [
    home.onState(onConnection),
    ...REGISTRY_EVENTS.map(({ type, part, concerns }) =>
      home.subscribe<{ readonly data?: RegistryChange }>({ type: 'subscribe_events', event_type: type }, ({ data }) => {
        if (concerns(data ?? {}, exposed)) reloading.mark([part]);
      }),
    ),
    () => states.close(),
  ];
  onConnection();

  const lookAtExposure = async (): Promise<void> => {
    while (true) {
      await clock.sleep(LOOK_AT_EXPOSURE_EVERY, closing.signal);
      if (home.state.kind === 'connected') reloading.mark(['exposure']);
    }
  };
  lookAtExposure().catch(() => {}); // ends with the house

  const listen = <T>(listeners: Set<T>, listener: T): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const entity = (id: string): Entity | undefined => entities.get(id);

  return {
    get current() {
      house ??= makeHouse(
        order.flatMap((id) => entities.get(id) ?? []),
        registries,
      );
      return house;
    },
    ready: (signal) =>
      new Promise<void>((resolve, reject) => {
        signal.throwIfAborted();
        const look = (): void => {
          const { kind } = home.state;
          if (known) done(resolve);
          // Says why in its own words.
          else if (kind === 'refused' || kind === 'closed') done(() => resolve(home.ready(signal)));
        };
        const onAbort = (): void => done(() => reject(signal.reason));
        const forget = [listen(readyListeners, look), home.onState(look)];
        const done = (settle: () => void): void => {
          for (const stop of forget) stop();
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        look();
      }),
    onNames: (listener) => listen(nameListeners, listener),
    onState: (listener) => listen(stateListeners, listener),
    until: (holds, { signal, timeout }) =>
      waitUntil(
        () => holds(entity),
        (look) => listen(stateListeners, look),
        clock,
        timeout,
        signal,
      ),
    close() {
      closing.abort();
      for (const stop of stops) stop();
      for (const listeners of [nameListeners, stateListeners, readyListeners]) listeners.clear();
    },
  };
};
