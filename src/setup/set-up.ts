import { Fault } from '../faults.js';
import type { HomeAssistant } from '../home-assistant/connection.js';
import type { Log } from '../log.js';
import { describe } from '../wyoming/index.js';
import { type Address, entitiesOf } from './core.js';
import { oneEntry } from './entries.js';
import { type Offers, offersOf } from './offers.js';
import { onePipeline, type Parts, PIPELINE } from './pipeline.js';
import type { Report, Step } from './report.js';

export interface SetUpRequest {
  readonly homeAssistant: HomeAssistant;
  /** Where Home Assistant reaches our services. */
  readonly services: Address;
  /** Where it reaches our satellite, if that is on. */
  readonly satellite?: Address;
  /** The same, where this program reaches them; default as above. */
  readonly here?: { readonly services?: Address; readonly satellite?: Address };
  /** BCP 47, `en`. */
  readonly language: string;
  /** The voice of the pipeline, by the name that the services have for it. Default `demon`, else their first. */
  readonly voice?: string;
  /** Makes the pipeline the preferred one. */
  readonly prefer?: boolean;
  /** Adds entries though some that offer the same are there: they belong to another assistant. */
  readonly another?: boolean;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface SetUpResult {
  readonly steps: readonly Step[];
  /** Whether anything was changed in Home Assistant. */
  readonly changed: boolean;
}

/**
 * Has Home Assistant know our services and our satellite, and makes an Assist pipeline of them. Run again, it only does what is
 * missing; it changes nothing that it has not made, and says what it did. Needs an administrator's connection.
 * Throws a `Fault`: 'network' where one side cannot reach the other, 'engine' where nothing is ready yet.
 */
export async function setUp(request: SetUpRequest): Promise<SetUpResult> {
  const { homeAssistant: core, another = false, dryRun = false, here, language, log, prefer = false, signal } = request;
  const steps: Step[] = [];
  const report: Report = (kind, text) => {
    steps.push({ kind, text });
    log.debug({ step: kind }, text);
  };
  await core.ready(signal);
  const domainsOf = async (entry: string): Promise<readonly string[]> =>
    (await entitiesOf(core, signal)).filter((one) => one.entry === entry).map(({ domain }) => domain);
  const means = { core, report, dryRun, signal, domainsOf };

  const services = await look('services', here?.services ?? request.services, signal);
  const entry = await oneEntry(
    { what: 'The voice services', address: request.services, offers: services, another },
    means,
  );
  const satellite = request.satellite && {
    address: request.satellite,
    offers: await look('satellite', here?.satellite ?? request.satellite, signal),
  };
  const body = satellite && (await oneEntry({ what: 'The satellite', another, ...satellite }, means));

  const entities = await entitiesOf(core, signal);
  const of = (domain: string): string | undefined =>
    entities.find((one) => one.entry === entry?.id && one.domain === domain)?.id;
  const parts: Parts = Object.fromEntries(
    Object.entries({
      stt: of('stt'),
      tts: of('tts'),
      wakeWord: of('wake_word'),
      conversation: of('conversation'),
    }).filter(([, id]) => id !== undefined),
  );
  if (Object.keys(parts).length === 0 && !dryRun) {
    report('left', 'No pipeline is made: Home Assistant has nothing of ours that it could be made of');
    return { steps, changed: steps.some(({ kind }) => kind === 'done') };
  }
  const { voice: wantedVoice = 'demon' } = request;
  const voices = services.models.tts;
  const known = new Set(entities.map(({ id }) => id));
  await onePipeline(
    {
      parts,
      language,
      voice: voices.includes(wantedVoice) ? wantedVoice : voices[0],
      word: services.models.wake[0],
      prefer,
    },
    // An agent or a cloud engine need not be an entity.
    {
      ...means,
      exists: (engine) =>
        !/^(?:stt|tts|wake_word|conversation)\./.test(engine) ||
        known.has(engine) ||
        engine === 'conversation.home_assistant',
    },
  );

  const select = entities.find(({ entry: id, uniqueId }) => id === body?.id && uniqueId.endsWith('-pipeline'));
  if (select && body?.isNew) {
    await core.call(
      {
        type: 'call_service',
        domain: 'select',
        service: 'select_option',
        service_data: { option: PIPELINE },
        target: { entity_id: select.id },
      },
      { signal },
    );
    report('done', `The satellite uses the pipeline "${PIPELINE}"`);
  }
  return { steps, changed: steps.some(({ kind }) => kind === 'done') };
}

/** What our own server offers. Nothing is set up that is not there. */
async function look(what: 'services' | 'satellite', { host, port }: Address, signal: AbortSignal): Promise<Offers> {
  const name = host.includes(':') ? `[${host}]` : host;
  try {
    return offersOf(await describe(`tcp://${name}:${port}`, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw new Fault('network', `The ${what} of Evil Assistant are not reached at ${host}:${port}`, {
      hint: 'Start "evil-assistant start" first, and look whether bind and port allow it.',
      cause: error,
    });
  }
}
