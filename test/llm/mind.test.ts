import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import { type OpenedMind, openMind } from '../../src/mind.js';
import type { FetchEvent } from '../../src/models/fetch-event.js';
import { loadOptions } from '../../src/options/load.js';
import { testClock } from '../fakes/clock.js';
import { answering, line, saying, streaming } from '../fakes/ollama-server.js';
import { type Received, type Script, type ScriptedServer, scriptedServer } from '../fakes/scripted-server.js';
import { ask, troubleWith } from './ask.js';
import { logLines } from './log-lines.js';

let folder: string;
const servers: ScriptedServer[] = [];
const minds: OpenedMind[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mind-'));
});
afterEach(async () => {
  for (const mind of minds.splice(0)) await mind.close();
  for (const server of servers.splice(0)) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const GB = 1e9;
const entry = (name: string, parameters: string, size = 0.1 * GB) => ({
  name,
  model: name,
  size,
  details: { parameter_size: parameters, family: 'llama' },
});

/** An Ollama that has these models. */
const ollama = async (models: readonly object[], more: (request: Received) => Script | undefined = () => undefined) => {
  const server = await scriptedServer((request) => {
    const own = more(request);
    if (own) return own;
    if (request.path === '/api/version') return answering({ version: '0.24.0' });
    if (request.path === '/api/tags') return answering({ models });
    if (request.path === '/api/show') return answering({ model_info: { 'general.parameter_count': 3.2e9 } });
    return saying('I answer.');
  });
  servers.push(server);
  return server;
};

const open = (
  set: readonly string[],
  more: { clock?: Clock; places?: readonly string[]; onProgress?: (event: FetchEvent) => void } = {},
) => {
  const { log, lines } = logLines();
  const { options } = loadOptions({
    machine: { cores: 4, home: folder, folder, environment: {}, addOnOptions: '', addOn: false },
    set: [...set],
  });
  const mind = openMind({ options, log, clock: systemClock, environment: {}, places: [], ...more });
  if (mind) minds.push(mind);
  return { mind, lines };
};

describe('the mind that the options lead to', () => {
  it('is none where they want none', () => {
    expect(open(['mind.engine=none']).mind).toBeUndefined();
  });

  it('is none, said once and looked for again, where nothing is there', async () => {
    const clock = testClock();
    const { lines, mind } = open([], { clock });
    await mind!.searched;
    expect(mind!.available()).toBe(false);
    expect(lines.join('\n')).toContain('No language model, so written lines answer');
    expect(await troubleWith(ask(mind!.model, 'Hello'))).toMatchObject({ trouble: 'down' });
    expect(mind!.describe()).toContain('no Ollama at any of the usual places');
    expect(clock.sleeping).toBeGreaterThan(0);
  });

  it('comes later where its server does', async () => {
    const clock = testClock();
    const server = await ollama([entry('llama3.2:3b', '3.2B')]);
    let found = 0;
    const places: string[] = [];
    const { mind } = open(['mind.model=llama3.2:3b'], { clock, places });
    mind!.onFound(() => (found += 1));
    await mind!.searched;
    expect([mind!.available(), found]).toEqual([false, 0]);
    places.push(server.url);
    const come = new Promise<void>((resolve) => mind!.onFound(resolve));
    await clock.advance(60_000);
    await come;
    expect([mind!.available(), found]).toEqual([true, 1]);
    expect((await ask(mind!.model, 'Hello')).text).toBe('I answer.');
  });

  it('is the model that was asked for, with room for tools where it may act', async () => {
    const server = await ollama([entry('llama3.2:3b', '3.2B'), entry('small:1b', '1.2B')]);
    for (const [model, tokens] of [
      ['llama3.2:3b', 4096],
      ['small:1b', 1024],
    ] as const) {
      const { mind } = open([`mind.url=${server.url}`, `mind.model=${model}`]);
      await mind!.searched;
      expect([mind!.model.name, mind!.contextTokens]).toEqual([`ollama ${model}`, tokens]);
      await ask(mind!.model, 'Hello');
      const asked = server.requests.findLast(({ path }) => path === '/api/chat');
      expect(asked?.body).toMatchObject({
        model,
        keep_alive: -1,
        options: { num_ctx: tokens, num_predict: 100, temperature: 0.7 },
      });
    }
  });

  it('takes what the options say of it', async () => {
    const server = await ollama([entry('llama3.2:3b', '3.2B')]);
    const { mind } = open([
      `mind.url=${server.url}`,
      'mind.model=llama3.2:3b',
      'mind.key=secret',
      'mind.num_ctx=2048',
      'mind.num_predict=40',
      'mind.temperature=0.2',
      'mind.num_thread=2',
      'mind.keep_alive=10m',
      'mind.hands=off',
    ]);
    await mind!.searched;
    await mind!.model.warm({ system: 'x', messages: [] }, new AbortController().signal);
    expect(mind!.model.hands).toBe(false);
    await ask(mind!.model, 'Hello');
    const asked = server.requests.at(-1)!;
    expect(asked.headers.authorization).toBe('Bearer secret');
    expect(asked.body).toMatchObject({
      keep_alive: '10m',
      options: { num_ctx: 2048, num_predict: 40, temperature: 0.2, num_thread: 2 },
    });
  });

  it('says what to do where the model is missing, and fetches it where it may', async () => {
    let has = false;
    const server = await ollama([], ({ path }) => {
      if (path === '/api/tags') return answering({ models: has ? [entry('wanted:3b', '3B')] : [] });
      if (path !== '/api/pull') return undefined;
      has = true;
      return streaming(
        line({ status: 'pulling', digest: 'a', total: 100, completed: 40 }),
        line({ status: 'pulling', digest: 'a', total: 100, completed: 100 }),
        line({ status: 'success' }),
      );
    });
    const without = open([`mind.url=${server.url}`, 'mind.model=wanted:3b', 'mind.engine=ollama']);
    await without.mind!.searched;
    expect(without.mind!.available()).toBe(false);
    expect(without.lines.join('\n')).toContain('does not have the model wanted:3b');
    const events: FetchEvent[] = [];
    const { mind } = open([`mind.url=${server.url}`, 'mind.model=wanted:3b', 'mind.fetch=true'], {
      onProgress: (event) => events.push(event),
    });
    await mind!.searched;
    expect(mind!.available()).toBe(true);
    expect([...new Set(events.map(({ kind }) => kind))]).toEqual(['started', 'received', 'done']);
    expect(events[1]).toMatchObject({ key: 'wanted:3b', received: 40, total: 100 });
  });

  it('is the cloud alone, or behind an own one, within a budget that a restart does not forget', async () => {
    const cloud = await scriptedServer(() => ({
      headers: { 'Content-Type': 'text/event-stream' },
      steps: [
        {
          send: `data: ${JSON.stringify({ choices: [{ delta: { content: 'From afar.' }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
        },
      ],
    }));
    servers.push(cloud);
    const set = [
      `mind.cloud_url=${cloud.url}/v1`,
      'mind.cloud_key=key',
      'mind.cloud_model=big',
      'mind.cloud_requests=2',
    ];
    const first = open(['mind.engine=none', ...set]).mind!;
    expect([first.available(), first.model.local, first.describe()]).toEqual([
      true,
      false,
      expect.stringContaining('outside the house'),
    ]);
    const requests = (): unknown => {
      try {
        const file = join(folder, '.local/share/evil-assistant/cloud-budget.json');
        return (JSON.parse(readFileSync(file, 'utf8')) as { requests?: unknown }).requests;
      } catch {
        return undefined;
      }
    };
    expect((await ask(first.model, 'Hello')).text).toBe('From afar.');
    await expect.poll(requests).toBe(1);
    // The one of the options is down: the cloud helps out.
    const server = await ollama([entry('llama3.2:3b', '3.2B')], ({ path }) =>
      path === '/api/chat' ? answering({ error: 'out of memory' }) : undefined,
    );
    const { lines, mind } = open([`mind.url=${server.url}`, 'mind.model=llama3.2:3b', ...set]);
    await mind!.searched;
    expect((await ask(mind!.model, 'Hello')).text).toBe('From afar.');
    expect(lines.join('\n')).toContain('Speech left the house');
    await expect.poll(requests).toBe(2);
    expect(await troubleWith(ask(open(['mind.engine=none', ...set]).mind!.model, 'Hello'))).toMatchObject({
      trouble: 'spent',
    });
  });

  it('needs both for a cloud', () => {
    expect(() => open(['mind.cloud_url=http://x/v1'])).toThrow(/mind\.cloud_model/);
  });
});
