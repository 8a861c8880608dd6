/** What Home Assistant has of Wyoming and of pipelines, read leniently, and how it is told to have more. */
import { z } from 'zod';
import { Fault } from '../faults.js';
import type { HomeAssistant } from '../home-assistant/connection.js';
import { plain } from '../home-assistant/plain.js';
import type { Milliseconds } from '../units.js';
import { type Offers, offersOf } from './offers.js';

/** Core asks our server up to four times, two seconds apart, before it answers. */
const FLOW_TIMEOUT: Milliseconds = 45_000;
const TIMEOUT: Milliseconds = 10_000;

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly loaded: boolean;
  readonly disabled: boolean;
  /** As Core read it last; undefined where it is not loaded. */
  readonly offers?: Offers;
}

export interface CoreEntity {
  readonly id: string;
  readonly domain: string;
  readonly entry: string;
  readonly uniqueId: string;
}

export interface Flow {
  readonly id: string;
  readonly name: string | undefined;
}

const entriesSchema = z.array(
  z.object({
    entry_id: z.string(),
    title: z.string().catch(''),
    state: z.string().catch(''),
    source: z.string().catch(''),
    disabled_by: z.unknown(),
  }),
);
const entitiesSchema = z.array(
  z.object({
    entity_id: z.string(),
    config_entry_id: z.string().nullish(),
    unique_id: z.coerce.string().catch(''),
    disabled_by: z.unknown(),
  }),
);
const flowsSchema = z.array(
  z.object({
    flow_id: z.string(),
    handler: z.string().catch(''),
    context: z
      .object({ title_placeholders: z.object({ name: z.string() }).optional().catch(undefined) })
      .catch({ title_placeholders: undefined }),
  }),
);

/** All Wyoming entries, with what Core last knew of each. Ignored discoveries are none. */
export async function wyomingEntries(core: HomeAssistant, signal: AbortSignal): Promise<readonly Entry[]> {
  const options = { signal, timeout: TIMEOUT };
  const entries = entriesSchema.parse(await core.call({ type: 'config_entries/get', domain: 'wyoming' }, options));
  const infos = z
    .object({ info: z.record(z.string(), z.unknown()) })
    .catch({ info: {} })
    // Unknown to Core before the first entry is there.
    .parse(await core.call({ type: 'wyoming/info' }, options).catch(() => undefined));
  return entries
    .filter(({ source }) => source !== 'ignore')
    .map(({ entry_id: id, title, state, disabled_by: disabled }) => ({
      id,
      title,
      loaded: state === 'loaded',
      disabled: disabled != null,
      ...(infos.info[id] === undefined ? {} : { offers: offersOf(infos.info[id]) }),
    }));
}

/** Entities of entries, those that are switched off left out. */
export async function entitiesOf(core: HomeAssistant, signal: AbortSignal): Promise<readonly CoreEntity[]> {
  const all = await core.call({ type: 'config/entity_registry/list' }, { signal, timeout: TIMEOUT });
  return entitiesSchema
    .parse(all)
    .flatMap(({ entity_id: id, config_entry_id: entry, unique_id, disabled_by }) =>
      entry && disabled_by == null ? [{ id, domain: id.slice(0, id.indexOf('.')), entry, uniqueId: unique_id }] : [],
    );
}

/** Discoveries of Wyoming servers that wait for somebody to confirm them. */
export async function discoveredFlows(core: HomeAssistant, signal: AbortSignal): Promise<readonly Flow[]> {
  const all = flowsSchema.parse(
    await core.call({ type: 'config_entries/flow/progress' }, { signal, timeout: TIMEOUT }),
  );
  return all.flatMap(({ flow_id: id, handler, context }) =>
    handler === 'wyoming' ? [{ id, name: context.title_placeholders?.name }] : [],
  );
}

const flowSchema = z.object({
  type: z.string(),
  flow_id: z.string().optional(),
  reason: z.string().optional(),
  title: z.string().optional(),
  errors: z.record(z.string(), z.unknown()).nullish(),
  result: z.object({ entry_id: z.string() }).optional().catch(undefined),
});
type FlowAnswer = z.infer<typeof flowSchema>;

const step = async (core: HomeAssistant, path: string, body: object, signal: AbortSignal): Promise<FlowAnswer> => {
  const answer = await core.post(`config/config_entries/flow${path}`, body, { signal, timeout: FLOW_TIMEOUT });
  const { data } = flowSchema.safeParse(answer);
  if (!data) throw new Fault('engine', 'Home Assistant answered a set-up in a way that is not understood');
  return data;
};

/** The id of an entry that a flow has made. Throws a `Fault` that says why it made none. */
const made = ({ type, result, reason, errors }: FlowAnswer, host: string, port: number): string => {
  if (type === 'create_entry' && result) return result.entry_id;
  if (reason === 'no_services')
    throw new Fault('engine', `Home Assistant finds nothing at ${host}:${port} that is ready to be used`, {
      hint: 'Models may still be loading: try again in a minute.',
      retry: true,
    });
  const why = plain(String(reason ?? Object.values(errors ?? {})[0] ?? type), 60);
  throw new Fault('network', `Home Assistant cannot reach ${host}:${port} (${why})`, {
    hint: 'Name the address under which it reaches this machine: --host. The services must not be bound to 127.0.0.1 then.',
  });
};

export async function confirmFlow(
  core: HomeAssistant,
  flow: Flow,
  address: Address,
  signal: AbortSignal,
): Promise<string> {
  return made(await step(core, `/${flow.id}`, {}, signal), address.host, address.port);
}

/** Where Home Assistant reaches something. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export async function addEntry(core: HomeAssistant, { host, port }: Address, signal: AbortSignal): Promise<string> {
  const form = await step(core, '', { handler: 'wyoming' }, signal);
  if (form.type !== 'form' || form.flow_id === undefined)
    throw new Fault('engine', `Home Assistant offers no form for Wyoming (${plain(form.reason ?? form.type, 60)})`);
  return made(await step(core, `/${form.flow_id}`, { host, port }, signal), host, port);
}

export async function reloadEntry(core: HomeAssistant, entry: string, signal: AbortSignal): Promise<void> {
  await core.post(`config/config_entries/entry/${entry}/reload`, {}, { signal, timeout: FLOW_TIMEOUT });
}
