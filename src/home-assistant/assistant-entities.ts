import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import type { HomeAssistant } from './connection.js';

const ASSISTANT_STATES = ['idle', 'listening', 'thinking', 'speaking', 'muted'] as const;
export type AssistantState = (typeof ASSISTANT_STATES)[number];

interface Settings {
  readonly home: HomeAssistant;
  readonly log: Log;
  readonly clock: Clock;
  readonly id: string;
}

interface Posted {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Each entity is posted at most so often; what comes in between is replaced by what comes after. */
const SPACING: Milliseconds = 200;
const AFTER_FAILURE: Milliseconds = 5_000;
const TIMEOUT: Milliseconds = 5_000;
const FAREWELL: Milliseconds = 1_000;

/**
 * The assistant's state as entities, set over the REST interface: that needs neither a broker nor an integration,
 * and works in every installation at once. Core forgets such entities when it restarts, so they are set again at every
 * connection; and they have no registry entry, so one that has belongs to somebody else and is left alone.
 */
export const createAssistantEntities = ({ home, log, clock, id }: Settings) => {
  const closing = new AbortController();
  const stateId = `sensor.${id}`;
  const latencyId = `sensor.${id}_latency`;
  const wanted = new Map<string, Posted>([
    [stateId, stateOf('idle')],
    [latencyId, latencyOf('unknown')],
  ]);
  const stale = new Set<string>(wanted.keys());
  const foreign = new Set<string>();
  /** Whether it is known which entities are somebody else's. */
  let looked = false;
  const due = (entity: string): boolean =>
    stale.has(entity) && looked && !foreign.has(entity) && home.state.kind === 'connected';
  /** Entities with a loop of their own at work. */
  const running = new Set<string>();

  const look = async (): Promise<void> => {
    const ids = [...wanted.keys()];
    const entries = await home.call<Record<string, unknown>>(
      { type: 'config/entity_registry/get_entries', entity_ids: ids },
      { signal: closing.signal },
    );
    foreign.clear();
    for (const entity of ids) {
      if (!entries[entity]) continue;
      foreign.add(entity);
      log.warn({ entity }, 'an entity of that name belongs to an integration: it is left alone');
    }
  };

  const keep = async (entity: string): Promise<void> => {
    while (due(entity)) {
      stale.delete(entity);
      let pause = SPACING;
      try {
        await home.post(`states/${entity}`, wanted.get(entity), { signal: closing.signal, timeout: TIMEOUT });
      } catch (error) {
        if (closing.signal.aborted) return;
        if (error instanceof Fault && !error.retry) {
          log.warn({ error, entity }, 'the state of the assistant is not shown');
          return;
        }
        log.debug({ error, entity }, 'the state of the assistant could not be set, trying again');
        stale.add(entity);
        pause = AFTER_FAILURE;
      }
      await clock.sleep(pause, closing.signal);
    }
  };
  const work = (entity: string): void => {
    if (running.has(entity)) return;
    running.add(entity);
    keep(entity)
      .catch(() => {}) // only the sleep rejects, at the end
      .finally(() => {
        running.delete(entity);
        if (due(entity) && !closing.signal.aborted) work(entity);
      });
  };
  const set = (entity: string, posted: Posted): void => {
    if (closing.signal.aborted) return;
    wanted.set(entity, posted);
    stale.add(entity);
    work(entity);
  };

  const begin = async (): Promise<void> => {
    looked = false;
    await look();
    looked = true;
    for (const entity of wanted.keys()) {
      stale.add(entity);
      work(entity);
    }
  };
  const onConnection = (): void => {
    if (home.state.kind !== 'connected') return;
    begin().catch((error) => log.debug({ error }, 'the state of the assistant could not be set'));
  };
  const forget = home.onState(onConnection);
  onConnection();

  return {
    state: (state: AssistantState): void => set(stateId, stateOf(state)),
    latency: (latency: Milliseconds): void => set(latencyId, latencyOf(Math.round(latency))),
    async close(): Promise<void> {
      forget();
      closing.abort(new Fault('internal', 'the assistant is closed'));
      if (home.state.kind !== 'connected') return;
      const farewell = [...wanted]
        .filter(([entity]) => !foreign.has(entity))
        .map(([entity, { attributes }]) =>
          home.post(`states/${entity}`, { state: 'unavailable', attributes }, { timeout: FAREWELL }),
        );
      await Promise.allSettled(farewell);
    },
  };
};

const stateOf = (state: AssistantState): Posted => ({
  state,
  attributes: {
    friendly_name: 'Evil Assistant',
    icon: 'mdi:emoticon-devil',
    device_class: 'enum',
    options: ASSISTANT_STATES,
  },
});

const latencyOf = (latency: number | 'unknown'): Posted => ({
  state: String(latency),
  attributes: {
    friendly_name: 'Evil Assistant latency',
    icon: 'mdi:timer-outline',
    device_class: 'duration',
    state_class: 'measurement',
    unit_of_measurement: 'ms',
  },
});
