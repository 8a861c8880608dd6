import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../faults.js';
import type { Milliseconds } from '../../units.js';
import type { CoreSession } from './core-session.js';

/** What Home Assistant has made of a Wyoming server, by kind: `stt`, `tts`, `wake_word`, `conversation`. */
export type WyomingEntities = Readonly<Record<string, string>>;

export interface WyomingEntry {
  readonly id: string;
  readonly title: string;
  readonly entities: WyomingEntities;
}

const ENTITIES_WITHIN: Milliseconds = 20_000;

/** Adds a server as a person does, by its host and port, and waits for its entities: as many kinds as are named. */
export const addWyoming = async (
  session: CoreSession,
  port: number,
  kinds: readonly string[],
): Promise<WyomingEntry> => {
  const flows = '/api/config/config_entries/flow';
  const { flow_id } = await session.rest<{ flow_id: string }>(flows, { handler: 'wyoming' });
  const made = await session.rest<{ type: string; title: string; errors?: object; result?: { entry_id: string } }>(
    `${flows}/${flow_id}`,
    { host: '127.0.0.1', port },
  );
  if (made.type !== 'create_entry' || !made.result) {
    throw new Fault('network', `Home Assistant does not take the services: ${JSON.stringify(made.errors ?? made)}`);
  }
  const id = made.result.entry_id;
  for (const begin = performance.now(); ; await pause(50)) {
    const entities = await entitiesOf(session, id);
    if (kinds.every((kind) => kind in entities)) return { id, title: made.title, entities };
    if (performance.now() - begin > ENTITIES_WITHIN) {
      throw new Fault('network', `Home Assistant has made only ${Object.values(entities).join(', ') || 'nothing'}`);
    }
  }
};

const entitiesOf = async (session: CoreSession, entry: string): Promise<WyomingEntities> => {
  const all = await session.ask<{ entity_id: string; config_entry_id: string | null }[]>({
    type: 'config/entity_registry/list',
  });
  return Object.fromEntries(
    all
      .filter(({ config_entry_id }) => config_entry_id === entry)
      .map(({ entity_id }) => [entity_id.split('.')[0]!, entity_id]),
  );
};

/** A voice assistant of these services. Gives its id. */
export const createPipeline = async (
  session: CoreSession,
  name: string,
  { conversation, stt, tts, wake_word }: WyomingEntities,
  voice?: string,
): Promise<string> => {
  const { id } = await session.ask<{ id: string }>({
    type: 'assist_pipeline/pipeline/create',
    name,
    language: 'en',
    stt_engine: stt,
    stt_language: 'en',
    conversation_engine: conversation,
    conversation_language: 'en',
    tts_engine: tts,
    tts_language: 'en',
    tts_voice: voice ?? null,
    wake_word_entity: wake_word ?? null,
    wake_word_id: null,
  });
  return id;
};
