import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Setting } from '../../../src/commands/setting.js';
import { setup } from '../../../src/commands/setup.js';
import { type HomeAssistant, openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { createLog } from '../../../src/log.js';
import { type SetUpRequest, setUp } from '../../../src/setup/set-up.js';
import { type House, openHouse } from '../../satellite/house.js';
import { type Core, startCore } from '../core-rig.js';
import { openAssistant, type TestAssistant } from './assistant.js';

/** Set-up on a real Home Assistant, in the order in which things happen to one. */
const PORT = 8135;
const signal = new AbortController().signal;

let core: Core;
let folder: string;
let homeAssistant: HomeAssistant;
let assistant: TestAssistant;
let satellite: House;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evil-assistant-setup-'));
  core = await startCore({ port: PORT, folder });
  assistant = await openAssistant();
  satellite = await openHouse();
  const log = createLog({ level: 'silent', format: 'json' });
  homeAssistant = openHomeAssistant({ url: core.url, token: core.token, log });
});
afterAll(async () => {
  homeAssistant?.close();
  await satellite?.close();
  await assistant?.close();
  await core?.stop();
  await rm(folder, { recursive: true, force: true });
});

const services = () => ({ host: '127.0.0.1', port: assistant.port });
const body = () => ({ host: '127.0.0.1', port: Number(satellite.satellite.uri.split(':').at(-1)) });
const run = async (more: Partial<SetUpRequest> = {}) => {
  const log = createLog({ level: 'silent', format: 'json' });
  const { steps, changed } = await setUp({ homeAssistant, services: services(), language: 'en', log, signal, ...more });
  return { changed, kinds: steps.map(({ kind }) => kind), text: steps.map(({ text }) => text).join('\n') };
};

interface Entry {
  readonly entry_id: string;
  readonly title: string;
  readonly state: string;
}
const entries = (): Promise<Entry[]> => core.call({ type: 'config_entries/get', domain: 'wyoming' });
interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly [field: string]: unknown;
}
const pipelines = async (): Promise<{
  readonly all: Pipeline[];
  readonly ours: Pipeline | undefined;
  preferred: string;
}> => {
  const { pipelines: all, preferred_pipeline: preferred } = await core.call<{
    pipelines: Pipeline[];
    preferred_pipeline: string;
  }>({ type: 'assist_pipeline/pipeline/list' });
  return { all, ours: all.find(({ name }) => name === 'Evil Assistant'), preferred };
};
/** All that set-up could have changed. */
const everything = async (): Promise<string> => JSON.stringify([await entries(), await pipelines()]);
const removeEntry = (id: string) => core.rest(`/api/config/config_entries/entry/${id}`, { method: 'DELETE' });

it('says what it would do, and does nothing', async () => {
  const before = await everything();
  const { changed, kinds, text } = await run({ dryRun: true, satellite: body() });
  expect(changed).toBe(false);
  expect(kinds).toEqual(['would', 'would', 'would']);
  expect(text).toContain(`would be added at 127.0.0.1:${assistant.port}`);
  expect(await everything()).toBe(before);
});

it('makes the entries and a pipeline of their entities, and leaves the preferred one as it is', async () => {
  const before = await pipelines();
  const { changed, kinds } = await run({ satellite: body() });
  expect(changed).toBe(true);
  expect(kinds).toEqual(['done', 'done', 'done', 'done']);
  expect((await entries()).map(({ title, state }) => [title, state])).toEqual([
    ['Evil Assistant', 'loaded'],
    ['Throne Room', 'loaded'],
  ]);
  const { ours, preferred } = await pipelines();
  expect(ours).toMatchObject({
    language: 'en',
    stt_engine: 'stt.evil_assistant',
    stt_language: 'en',
    tts_engine: 'tts.evil_assistant',
    tts_voice: 'demon',
    wake_word_entity: 'wake_word.evil_assistant',
    wake_word_id: 'hey_jarvis',
    conversation_engine: 'conversation.evil_assistant',
    prefer_local_intents: false,
  });
  expect(preferred).toBe(before.preferred);
  const states = await core.call<{ entity_id: string; state: string }[]>({ type: 'get_states' });
  const select = states.find(({ entity_id }) => /^select\..*throne_room.*assistant/.test(entity_id));
  expect(select?.state).toBe('Evil Assistant');
});

it('changes nothing the second time', async () => {
  const before = await everything();
  const { changed, kinds } = await run({ satellite: body() });
  expect(changed).toBe(false);
  expect(kinds).toEqual(['there', 'there', 'there']);
  expect(await everything()).toBe(before);
});

it('knows its entry under another name of the host', async () => {
  const { changed } = await run({ services: { host: 'localhost', port: assistant.port } });
  expect(changed).toBe(false);
});

it('adds beside it only where it is told that it is another', async () => {
  const second = await openAssistant();
  const { text } = await run({ services: { host: '127.0.0.1', port: second.port }, another: true });
  expect(text).toContain(`added at 127.0.0.1:${second.port}`);
  const all = await entries();
  expect(all.filter(({ title }) => title === 'Evil Assistant')).toHaveLength(2);
  await removeEntry(all.at(-1)!.entry_id);
  await second.close();
});

it('leaves a pipeline alone that its user has edited', async () => {
  const { ours } = await pipelines();
  const { id: pipeline_id, ...fields } = ours!;
  const edited = {
    ...fields,
    tts_voice: 'raven',
    conversation_engine: 'conversation.home_assistant',
    wake_word_id: null,
  };
  await core.call({ type: 'assist_pipeline/pipeline/update', pipeline_id, ...edited });
  expect((await run()).changed).toBe(false);
  expect((await pipelines()).ours).toMatchObject(edited);
});

it('gives it what it lacks, and no more', async () => {
  const { ours } = await pipelines();
  const { id: pipeline_id, ...fields } = ours!;
  const lacking = { ...fields, stt_engine: null, stt_language: null };
  await core.call({ type: 'assist_pipeline/pipeline/update', pipeline_id, ...lacking });
  const { kinds, text } = await run();
  expect(kinds).toEqual(['there', 'done']);
  expect(text).toContain('lacked: speech to text');
  expect((await pipelines()).ours).toMatchObject({
    stt_engine: 'stt.evil_assistant',
    stt_language: 'en',
    tts_voice: 'raven',
  });
});

it('makes it the preferred one where that is asked for, once', async () => {
  expect((await run({ prefer: true })).changed).toBe(true);
  const { ours, preferred } = await pipelines();
  expect(preferred).toBe(ours!.id);
  expect((await run({ prefer: true })).changed).toBe(false);
});

it('adds an entry again that was removed by hand, and the pipeline works as before', async () => {
  const { ours } = await pipelines();
  const entry = (await entries()).find(({ title }) => title === 'Evil Assistant')!;
  await removeEntry(entry.entry_id);
  const { kinds } = await run();
  expect(kinds[0]).toBe('done');
  expect((await pipelines()).ours).toEqual(ours);
  expect((await run()).changed).toBe(false);
});

it('loads an entry again when it offers something else', async () => {
  assistant.offers.words = ['hey_jarvis', 'alexa'];
  expect((await run()).text).toContain('for they offer something else now');
  expect((await run()).changed).toBe(false);
});

it('waits with nothing half done where the voice is not there yet', async () => {
  await removeEntry((await entries()).find(({ title }) => title === 'Evil Assistant')!.entry_id);
  assistant.offers.voice = false;
  await run();
  const tts = async () =>
    (await core.call<{ entity_id: string; platform: string }[]>({ type: 'config/entity_registry/list' })).filter(
      ({ entity_id, platform }) => platform === 'wyoming' && entity_id.startsWith('tts.'),
    );
  expect(await tts()).toEqual([]);
  assistant.offers.voice = true;
  expect((await run()).text).toContain('loaded their entry "Evil Assistant" again');
  expect(await tts()).toHaveLength(1);
  expect((await run()).changed).toBe(false);
});

it('leaves an entry alone that was switched off', async () => {
  const { entry_id } = (await entries()).find(({ title }) => title === 'Evil Assistant')!;
  await core.call({ type: 'config_entries/disable', entry_id, disabled_by: 'user' });
  const before = await everything();
  expect((await run()).text).toContain('is switched off in Home Assistant, and stays so');
  expect(await everything()).toBe(before);
  await core.call({ type: 'config_entries/disable', entry_id, disabled_by: null });
});

it('wakes an entry that has lost us while we were away', async () => {
  const { port } = assistant;
  await assistant.close();
  const { entry_id } = (await entries()).find(({ title }) => title === 'Evil Assistant')!;
  // Core tries to load it, and cannot.
  await core.rest(`/api/config/config_entries/entry/${entry_id}/reload`, { method: 'POST' });
  assistant = await openAssistant(port);
  expect((await run()).text).toMatch(/again, which had lost them|there/);
  const all = (await entries()).filter(({ title }) => title === 'Evil Assistant');
  expect(all.map(({ state }) => state)).toEqual(['loaded']);
});

it('is a command that prints what it did', async () => {
  const lines: string[] = [];
  const print = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const log = createLog({ level: 'silent', format: 'json' });
  const options = {
    bind: '127.0.0.1',
    language: 'en',
    persona: 'demon',
    port: assistant.port,
    home_assistant: { url: core.url, token: core.token },
  };
  const setting = { options, log, signal } as unknown as Setting;
  try {
    expect(await setup(setting, {})).toBe(0);
    expect(await setup(setting, { json: true })).toBe(0);
  } finally {
    print.mockRestore();
  }
  expect(lines.slice(0, -1)).toEqual([
    '· The voice services: Home Assistant has them as "Evil Assistant".',
    '· The pipeline "Evil Assistant" is there and stays as it is.',
  ]);
  expect(JSON.parse(lines.at(-1)!)).toHaveLength(2);
  const without = { ...setting, options: { ...options, port: 0 } } as unknown as Setting;
  await expect(setup(without, {})).rejects.toMatchObject({ code: 'usage' });
});

it('confirms what Home Assistant has discovered instead of adding beside it', async () => {
  for (const { entry_id } of await entries()) await removeEntry(entry_id);
  await discovery();
  await core.halt();
  await core.relaunch();
  await homeAssistant.ready(signal);
  await expect.poll(async () => (await flows()).length, { timeout: 60_000 }).toBe(1);
  expect((await run({ dryRun: true })).text).toContain('would confirm');
  expect((await run()).text).toContain('confirmed what Home Assistant had discovered as "Evil Assistant"');
  expect(await flows()).toEqual([]);
  expect((await entries()).map(({ title }) => title)).toEqual(['Evil Assistant']);
  expect((await run()).changed).toBe(false);
});

it('says in which direction nobody is reached', async () => {
  await expect(run({ services: { host: '127.0.0.1', port: 1 } })).rejects.toMatchObject({ code: 'network' });
  const elsewhere = { host: '127.0.0.1', port: 2 };
  await removeEntry((await entries())[0]!.entry_id);
  await expect(run({ services: elsewhere, here: { services: services() } })).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('Home Assistant cannot reach 127.0.0.1:2') as string,
  });
});

const flows = async () =>
  (await core.call<{ handler: string }[]>({ type: 'config_entries/flow/progress' })).filter(
    ({ handler }) => handler === 'wyoming',
  );

/** Core has no zeroconf here, so an integration of the test's own discovers us as that would. */
const discovery = async (): Promise<void> => {
  const component = join(folder, 'custom_components/found');
  await mkdir(component, { recursive: true });
  const manifest = {
    domain: 'found',
    name: 'Found',
    version: '1.0',
    codeowners: [],
    iot_class: 'local_push',
    dependencies: ['wyoming'],
  };
  await writeFile(join(component, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(
    join(component, '__init__.py'),
    `from ipaddress import ip_address
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

async def async_setup(hass, config):
    found = ZeroconfServiceInfo(ip_address=ip_address("127.0.0.1"), ip_addresses=[ip_address("127.0.0.1")], port=${assistant.port},
        hostname="evil.local.", type="_wyoming._tcp.local.", name="evil._wyoming._tcp.local.", properties={})
    hass.async_create_task(hass.config_entries.flow.async_init("wyoming", context={"source": "zeroconf"}, data=found))
    return True
`,
  );
  await appendFile(join(folder, 'configuration.yaml'), '\nfound:\n');
};
