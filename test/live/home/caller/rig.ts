import { converse } from '../../../../src/conversation/exchange.js';
import { createResponder } from '../../../../src/conversation/responder.js';
import { openCallerHome } from '../../../../src/home/caller/caller-home.js';
import { linePickers } from '../../../../src/persona/lines.js';
import { seededRandom } from '../../../../src/random.js';
import { type Connection, type KnownEvent, message, serve } from '../../../../src/wyoming/index.js';
import { demon } from '../../../conversation/talking.js';
import { type Core, startCore } from '../../core-rig.js';
import { BASELINE } from '../rig-home.js';

/** What Core made of a text, and what it says. */
export interface Answered {
  readonly type: 'action_done' | 'query_answer' | 'error';
  readonly speech: string;
}

/** A Core that asks a demon over Wyoming, and does itself what the demon makes of it. */
export interface CallerRig {
  readonly core: Core;
  /** Core's id of a satellite, as the device that listens. */
  readonly satellite: string;
  /** What the satellite was told. */
  readonly told: readonly KnownEvent[];
  say(text: string, from?: { readonly conversation?: string; readonly device?: string }): Promise<Answered>;
  /** Everything as the rig's baseline has it. */
  reset(): Promise<void>;
  /** What can be changed, exposed or not, with what there is to be changed. */
  states(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  stop(): Promise<void>;
}

const artifact = { attribution: { name: 'Evil Assistant', url: '' }, installed: true, version: '1' };
const home = openCallerHome();
const SETTABLE = /^(?:light|switch|cover|fan|climate|media_player|vacuum|todo|lock)\./;
const ATTRIBUTES = [
  'brightness',
  'color_mode',
  'rgb_color',
  'percentage',
  'current_position',
  'temperature',
  'volume_level',
  'is_volume_muted',
];

export async function openCallerRig(port: number): Promise<CallerRig> {
  const core = await startCore({ port });
  const conversation = createResponder({
    home,
    persona: demon,
    lines: linePickers(demon, { random: seededRandom(2) }),
    unfinished: home.unfinished,
    log: { error: (details) => console.error(details) },
  });

  const answer = async (connection: Connection, text: string, id: unknown): Promise<void> => {
    const said = await converse(conversation.respondAtOnce, {
      text,
      context: { language: 'en', ...(typeof id === 'string' && { conversation: id }) },
      signal: connection.signal,
      timeout: 5_000,
      excuse: () => ({ text: 'Broken.', kind: 'talk' }),
    });
    const intents = said.outcomes.flatMap((outcome) => home.intentsOf(outcome));
    if (intents.length === 0) {
      await connection.send(message(said.end === 'handled' ? 'handled' : 'not-handled', { text: said.text }));
      return;
    }
    await connection.send(message('intents-start'));
    for (const [at, { answer, entities, name }] of intents.entries()) {
      const words = [...(at === 0 ? [said.text] : []), ...(answer === undefined ? [] : [answer])];
      await connection.send(message('intent', { name, entities, text: words.join(' ') }));
    }
    await connection.send(message('intents-stop'));
  };
  const mind = await serve('tcp://127.0.0.1:0', {
    onConnection: async (connection) => {
      for await (const event of connection.events) {
        if (event.type === 'describe') {
          const models = [{ ...artifact, name: 'demon', description: 'demon', languages: ['en'] }];
          const handle = { ...artifact, name: 'Evil Mind', description: 'mind', models, supports_home_control: true };
          await connection.send(message('info', { handle: [handle] }));
        } else if (event.type === 'transcript') {
          await answer(connection, event.data.text, event.data.context?.conversation_id);
        }
      }
    },
  });
  const told: KnownEvent[] = [];
  const ears = await serve('tcp://127.0.0.1:0', {
    onConnection: async (connection) => {
      for await (const event of connection.events) {
        if (event.type === 'describe') {
          const satellite = { ...artifact, name: 'Throne', description: 'Throne', area: 'Office' };
          await connection.send(message('info', { satellite }));
        } else if (event.type === 'ping') await connection.send(message('pong', { text: event.data.text ?? null }));
        else told.push(event as KnownEvent);
      }
    },
  });

  const add = async (uri: string): Promise<void> => {
    const post = async (path: string, body: object): Promise<Record<string, string>> =>
      (await (await core.rest(path, { method: 'POST', body: JSON.stringify(body) })).json()) as never;
    const { flow_id } = await post('/api/config/config_entries/flow', { handler: 'wyoming' });
    const { type } = await post(`/api/config/config_entries/flow/${flow_id}`, {
      host: '127.0.0.1',
      port: Number(uri.split(':').at(-1)),
    });
    if (type !== 'create_entry') throw new Error(`Home Assistant did not take ${uri}: ${type}`);
  };
  interface Entry {
    readonly entity_id: string;
    readonly device_id: string;
    readonly platform: string;
  }
  const made = async (prefix: string): Promise<Entry> => {
    for (;;) {
      const all = await core.call<Entry[]>({ type: 'config/entity_registry/list' });
      const found = all.find(({ entity_id, platform }) => platform === 'wyoming' && entity_id.startsWith(prefix));
      if (found) return found;
      await new Promise((go) => setTimeout(go, 50));
    }
  };
  await add(mind.uri);
  await add(ears.uri);
  const { entity_id: agent } = await made('conversation.');
  const { device_id: satellite } = await made('assist_satellite.');
  while (!told.some(({ type }) => type === 'run-satellite')) await new Promise((go) => setTimeout(go, 20));
  let conversations = 0;

  return {
    core,
    satellite,
    told,
    async say(text, { conversation = `c${++conversations}`, device } = {}) {
      const { response } = await core.call<{
        response: { response_type: Answered['type']; speech: { plain?: { speech: string } } };
      }>({
        type: 'conversation/process',
        text,
        agent_id: agent,
        language: 'en',
        conversation_id: conversation,
        ...(device !== undefined && { device_id: device }),
      });
      return { type: response.response_type, speech: response.speech.plain?.speech ?? '' };
    },
    async reset() {
      const data = { entities: BASELINE };
      await core.call({ type: 'call_service', domain: 'scene', service: 'apply', service_data: data });
    },
    async states() {
      const all = await core.call<{ entity_id: string; state: string; attributes: Record<string, unknown> }[]>({
        type: 'get_states',
      });
      return new Map(
        all
          .filter(({ entity_id }) => SETTABLE.test(entity_id))
          .map(({ entity_id, state, attributes }) => [
            entity_id,
            { state, ...Object.fromEntries(ATTRIBUTES.map((name) => [name, attributes[name]])) },
          ]),
      );
    },
    async stop() {
      await Promise.all([mind.close({ grace: 0 }), ears.close({ grace: 0 })]);
      await core.stop();
    },
  };
}
