import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import { findOllama } from '../../src/llm/find-ollama.js';
import { type OllamaSettings, openOllama } from '../../src/llm/ollama.js';
import { listModels, ollamaUrl, pullModel } from '../../src/llm/ollama-server.js';
import { testClock } from '../fakes/clock.js';
import { answering, chunk, done, line, refusing, saying, streaming } from '../fakes/ollama-server.js';
import {
  MOMENT,
  type Received,
  type Script,
  type ScriptedServer,
  type Step,
  scriptedServer,
} from '../fakes/scripted-server.js';
import { ask, atOnce, never, question, TURN_ON, troubleWith } from './ask.js';
import { logLines } from './log-lines.js';

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const serve = async (answer: (request: Received) => Script): Promise<ScriptedServer> => {
  const server = await scriptedServer(answer);
  servers.push(server);
  return server;
};

type Answers = Script | ((request: Received) => Script);
const open = async (answers: Answers, settings: Partial<OllamaSettings> = {}, clock: Clock = systemClock) => {
  const server = await serve(typeof answers === 'function' ? answers : () => answers);
  const { log, lines } = logLines();
  const model = openOllama({ url: server.url, model: 'llama3.2:3b', clock, log, ...settings });
  return { model, server, lines };
};

const SHOWN = {
  template: '{{- range $i, $_ := .Messages }}{{ $last := eq (len (slice $.Messages $i)) 1 }}{{ end }}',
  capabilities: ['completion', 'tools'],
  model_info: { 'general.parameter_count': 3_212_749_888 },
};

describe('a model on Ollama', () => {
  it('is asked with the options that suit a voice', async () => {
    const { model, server } = await open(saying('You ', 'dare.'), { numThread: 3 });
    expect((await ask(model, question('Hello', { begin: 'Ha!' }))).text).toBe('You dare.');
    expect(server.requests[0]).toMatchObject({ path: '/api/chat' });
    expect(server.requests[0]!.body).toEqual({
      model: 'llama3.2:3b',
      stream: true,
      think: false,
      keep_alive: -1,
      options: { num_ctx: 1024, num_predict: 100, temperature: 0.7, num_thread: 3 },
      messages: [
        { role: 'system', content: 'You are a demon.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Ha!' },
      ],
    });
    expect([model.name, model.local]).toEqual(['ollama llama3.2:3b', true]);
  });

  it('leaves the number of threads to a server that is elsewhere', async () => {
    const elsewhere = openOllama({
      url: 'http://192.168.1.5',
      model: 'm',
      clock: systemClock,
      fetch: async (_, init) => {
        expect(JSON.parse(String(init?.body)).options).not.toHaveProperty('num_thread');
        return new Response(`${JSON.stringify({ message: { content: 'Ha!' }, done: true })}\n`);
      },
    });
    expect((await ask(elsewhere, 'Hello')).text).toBe('Ha!');
  });

  it('reads the beginning of a prompt ahead, and is known afterwards', async () => {
    const { model, server } = await open(({ path }) => (path === '/api/show' ? answering(SHOWN) : saying('x')));
    expect(model.hands).toBe(false);
    await model.warm({ system: 'You are a demon.', messages: [], tools: [TURN_ON] }, never);
    expect(model.hands).toBe(true);
    expect(server.requests[1]!.body).toMatchObject({
      options: { num_predict: 1, num_ctx: 1024 },
      tools: [{}],
      keep_alive: -1,
    });
  });

  it('may act in the house only from a size on, or because people say so', async () => {
    const small = { ...SHOWN, model_info: { 'general.parameter_count': 1_235_814_400 } };
    const answer = ({ path }: Received) => (path === '/api/show' ? answering(small) : saying('x'));
    const { model } = await open(answer);
    await model.warm({ system: '', messages: [] }, never);
    expect(model.hands).toBe(false);
    expect((await open(answer, { hands: true })).model.hands).toBe(true);
  });

  it('is not told what was spoken already where its template cannot go on from it', async () => {
    const closed = { ...SHOWN, template: '{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}assistant:' };
    const { model, server } = await open(({ path }) =>
      path === '/api/show' ? answering(closed) : saying('Ha! ', 'Begone.'),
    );
    await model.warm({ system: '', messages: [] }, never);
    expect((await ask(model, question('Hello', { begin: 'Ha!' }))).text).toBe('Begone.');
    expect(server.requests.at(-1)!.body.messages.at(-1)).toEqual({ role: 'user', content: 'Hello' });
  });

  it('gives its calls as they come', async () => {
    const call = { id: 'call_7', function: { index: 0, name: 'turn_on', arguments: { name: 'hall light' } } };
    const { model, server } = await open(
      streaming(line({ message: { content: '', tool_calls: [call] }, done: false }), done()),
    );
    const { calls } = await ask(model, question('Light!', { tools: [TURN_ON] }));
    expect(calls).toEqual([{ id: 'call_7', name: 'turn_on', arguments: { name: 'hall light' } }]);
    expect(server.requests[0]!.body.tools[0].function.parameters).toEqual(TURN_ON.parameters);
  });

  it('is told what came of its calls, even of those whose arguments were none', async () => {
    const { model, server } = await open(saying('Done.'));
    await ask(
      model,
      question('', {
        messages: [
          { role: 'assistant', text: '', calls: [{ name: 'turn_on', arguments: 'hall light' }] },
          { role: 'tool', name: 'turn_on', text: 'There is no such light.' },
        ],
      }),
    );
    expect(server.requests[0]!.body.messages.slice(1)).toEqual([
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'turn_on', arguments: {} } }] },
      { role: 'tool', content: 'There is no such light.', tool_name: 'turn_on' },
    ]);
  });

  it('acts by a grammar where it knows no calls', async () => {
    const { model, server } = await open(({ body }) =>
      body.tools
        ? refusing(400, 'registry.ollama.ai/library/x does not support tools')
        : saying('{"do": "turn_on", ', '"with": {"name": "hall light"}}'),
    );
    expect((await ask(model, question('Light!', { tools: [TURN_ON] }))).calls).toEqual([
      { name: 'turn_on', arguments: { name: 'hall light' } },
    ]);
    await ask(model, question('Light!', { tools: [TURN_ON] }));
    expect(server.requests.map(({ body }) => 'format' in body)).toEqual([false, true, true]);
  });

  it('does not think aloud, by order or by force', async () => {
    const thinking = line({ message: { role: 'assistant', content: '', thinking: 'Hm.' }, done: false });
    const { model } = await open(({ body }) =>
      'think' in body
        ? refusing(400, 'think value false is not supported')
        : streaming(thinking, chunk('<think>Hm'), chunk('.</think>\n\nBegone.'), done()),
    );
    expect((await ask(model, 'Hello')).text).toBe('Begone.');
  });

  it('warns once when its prompt is longer than its memory', async () => {
    const { model, lines } = await open(streaming(chunk('Ha!'), done({ prompt_eval_count: 1024 })));
    await ask(model, 'Hello');
    await ask(model, 'Hello');
    expect(lines.filter((text) => text.includes('make num_ctx larger'))).toHaveLength(1);
  });

  it('keeps its connection from one answer to the next', async () => {
    const { model, server } = await open(streaming(chunk('Ha!'), done(), MOMENT));
    // The next question may come before the end of the last answer is seen, and then takes another connection.
    for (let times = 0; times < 8; times++) await ask(model, 'Hello');
    expect(server.connections).toBeLessThan(8);
  });

  it('that runs outside the house waits until the turn is committed', async () => {
    const { model, server, lines } = await open(saying('Ha!'), { model: 'gpt-oss:120b-cloud' });
    expect(model.local).toBe(false);
    expect(await troubleWith(model.ask(question('Hello'), never))).toMatchObject({ code: 'internal' });
    expect(server.requests).toHaveLength(0);
    expect((await ask(model, 'Hello')).text).toBe('Ha!');
    expect(lines.join('')).toContain('Speech left the house');
  });
});

describe('the trouble with an Ollama', () => {
  it.each<[string, Script, string, RegExp]>([
    [
      'no such model',
      refusing(404, "model 'llama3.2:3b' not found"),
      'missing',
      /does not have the model llama3\.2:3b/,
    ],
    [
      'too little memory',
      refusing(500, 'model requires more system memory (5.6 GiB) than is available (3.2 GiB)'),
      'memory',
      /5\.6 GiB/,
    ],
    [
      'killed for its memory',
      refusing(500, 'llama runner process has terminated: signal: killed'),
      'memory',
      /too little memory/,
    ],
    [
      'too many guests',
      refusing(503, 'server busy, please try again. maximum pending requests exceeded'),
      'busy',
      /busy/,
    ],
    ['still loading', refusing(500, 'llm server loading model'), 'loading', /still loading/],
    ['a wrong option', refusing(500, 'option "num_ctx" must be of type integer'), 'options', /num_ctx/],
    ['a gate before it', refusing(401, 'unauthorized'), 'refused', /does not let us in/],
    ['its own fault', refusing(500, 'boom'), 'failed', /\(500\): boom/],
    [
      'an error in the middle',
      streaming(chunk('Ha'), line({ error: 'an error was encountered while running the model' })),
      'failed',
      /while running/,
    ],
    [
      'memory gone in the middle',
      streaming(chunk('Ha'), line({ error: 'cudaMalloc failed: out of memory' })),
      'memory',
      /too little memory/,
    ],
    ['a cut before the first word', streaming('cut'), 'cut', /broke off/],
    ['a cut in the middle', streaming(chunk('Ha'), 'cut'), 'cut', /broke off/],
    ['an end in the middle', streaming(chunk('Ha')), 'cut', /broke off/],
    ['no JSON', streaming({ send: 'the treasure is in the cellar\n' }), 'garbage', /not Ollama's language/],
    ['a line without end', streaming({ send: 'x'.repeat(1_100_000) }), 'garbage', /not Ollama's language/],
    [
      'a page',
      { headers: { 'Content-Type': 'text/html' }, steps: [{ send: '<html>' }] },
      'garbage',
      /not Ollama's language/,
    ],
    ['another address', { status: 301, headers: { Location: 'https://x/' }, steps: [] }, 'options', /leads elsewhere/],
    ['silence', saying(), 'empty', /with nothing/],
    ['a call that was cut', streaming(chunk('{"do": "tu'), done()), 'garbage', /cannot be read/],
  ])('is told apart: %s', async (name, script, trouble, message) => {
    const tools = name.startsWith('a call') ? [TURN_ON] : [];
    const { model } = await open(({ body }) => (body.tools ? refusing(400, 'does not support tools') : script));
    const thrown = (await troubleWith(ask(model, question('Hello', { tools })))) as Error;
    expect(thrown).toMatchObject({ name: 'Fault', trouble, hint: expect.any(String) });
    expect(thrown.message).toMatch(message);
  });

  it('is told apart: nobody there, and no such name', async () => {
    const at = (url: string) => openOllama({ url, model: 'm', clock: systemClock });
    expect(await troubleWith(ask(at('127.0.0.1:9'), 'Hello'))).toMatchObject({ trouble: 'down' });
    expect(await troubleWith(ask(at('nowhere.lan'), 'Hello'))).toMatchObject({ trouble: 'unknown-host' });
  });

  it('never reaches the console, and never repeats what was said', async () => {
    const { model } = await open(refusing(400, 'cannot render "Where is the treasure?"'));
    const thrown = await troubleWith(ask(model, 'Where is the treasure?'));
    expect(thrown).toMatchObject({ trouble: 'options', message: expect.not.stringContaining('treasure') });
  });

  it.each([
    ['slow', [{ name: 'llama3.2:3b' }]],
    ['loading', []],
  ])('is %s when it does not begin, by what it has in its memory', async (trouble, models) => {
    const clock = testClock();
    const { model, server } = await open(({ path }) => (path === '/api/ps' ? answering({ models }) : {}), {}, clock);
    const answer = troubleWith(ask(model, 'Hello'));
    const { abandoned } = await server.request(1);
    await clock.advance(20_000);
    expect(await answer).toMatchObject({ trouble });
    await abandoned;
  });

  it('may be that it stops in the middle', async () => {
    const clock = testClock();
    const { model } = await open(streaming(chunk('Ha'), 'stall'), {}, clock);
    const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
    await heard.next();
    const rest = troubleWith(heard.next());
    await clock.advance(10_000);
    expect(await rest).toMatchObject({ trouble: 'stalled' });
  });
});

it('waits for a reader who takes a minute to speak a word', async () => {
  const clock = testClock();
  const { model } = await open(streaming(chunk('You '), chunk('dare.'), done()), {}, clock);
  const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
  await heard.next();
  await clock.advance(60_000);
  expect((await heard.next()).value).toEqual({ kind: 'text', text: 'dare.' });
  expect((await heard.next()).done).toBe(true);
  expect(clock.sleeping).toBe(0);
});

describe('an answer that is not wanted any more', () => {
  it('says no word that has come already', async () => {
    const { model } = await open(streaming(chunk('You '), chunk('dare.'), done()));
    const abort = new AbortController();
    const heard = model.ask(question('Hello'), abort.signal, atOnce)[Symbol.asyncIterator]();
    await heard.next();
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    expect(await troubleWith(heard.next())).toMatchObject({ message: 'enough' });
  });

  it('ends at the server: before its first word, in the middle, when its reader leaves, and at the close', async () => {
    let number = 0;
    const { model, server } = await open(() => (++number === 1 ? {} : streaming(chunk('Ha'), 'stall')));
    const abort = new AbortController();
    const before = troubleWith(model.ask(question('Hello'), abort.signal));
    const { abandoned } = await server.request(1);
    abort.abort(new Error('enough'));
    expect(await before).toMatchObject({ message: 'enough' });
    await abandoned;

    const middle = new AbortController();
    const heard = model.ask(question('Hello'), middle.signal)[Symbol.asyncIterator]();
    await heard.next();
    middle.abort(new Error('enough'));
    expect(await troubleWith(heard.next())).toMatchObject({ message: 'enough' });
    await server.requests[1]!.abandoned;

    for await (const _ of model.ask(question('Hello'), never)) break;
    await server.requests[2]!.abandoned;

    const last = model.ask(question('Hello'), never)[Symbol.asyncIterator]();
    await last.next();
    await model.close();
    expect(await troubleWith(last.next())).toMatchObject({ name: 'AbortError' });
    await server.requests[3]!.abandoned;
  });

  it('is not asked for at all when it was not wanted before', async () => {
    const { model, server } = await open(saying('Ha!'));
    expect(await troubleWith(model.ask(question('Hello'), AbortSignal.abort(new Error('enough'))))).toMatchObject({
      message: 'enough',
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe('an Ollama server', () => {
  it('is found at the best of the places that answer', async () => {
    const other = await serve(() => answering({ hello: 'world' }));
    const good = await serve(() => answering({ version: '0.24.0' }));
    const later = await serve(() => answering({ version: '0.24.0' }));
    const places = ['http://127.0.0.1:9', other.url, good.url, later.url];
    expect(await findOllama({ places, clock: systemClock }, never)).toBe(good.url);
    expect(await findOllama({ places, host: later.url, clock: systemClock }, never)).toBe(later.url);
    expect(await findOllama({ places, url: 'http://127.0.0.1:9', clock: systemClock }, never)).toBeUndefined();
  });

  it('is not waited for where it does not answer, nor behind one that is better', async () => {
    const clock = testClock();
    const dumb = await serve(() => ({}));
    const good = await serve(() => answering({ version: '0.24.0' }));
    expect(await findOllama({ places: [good.url, dumb.url], clock }, never)).toBe(good.url);
    await dumb.requests[0]?.abandoned;
    const found = findOllama({ places: [dumb.url, good.url], clock }, never);
    await good.request(2);
    await clock.advance(1_500);
    expect(await found).toBe(good.url);
  });

  it('has an address that may be written in many ways', () => {
    expect(
      [
        'ollama',
        '192.168.1.5:11434',
        ':1234',
        'http://host/',
        'https://host/ollama/',
        'http://0.0.0.0:11434',
        'http://host:80',
      ].map(ollamaUrl),
    ).toEqual([
      'http://ollama:11434',
      'http://192.168.1.5:11434',
      'http://localhost:1234',
      'http://host:11434',
      'https://host/ollama',
      'http://127.0.0.1:11434',
      'http://host',
    ]);
    for (const wrong of ['', 'ftp://x', 'a b'])
      expect(() => ollamaUrl(wrong)).toThrow(/no address of an Ollama server/);
  });

  it('says what models it has, but for those that cannot speak', async () => {
    const entry = (name: string, parameter_size: string, family = 'llama') => ({
      name,
      size: 5,
      details: { parameter_size, family },
    });
    const { url } = await serve(() =>
      answering({
        models: [entry('llama3.2:1b', '1.2B'), entry('all-minilm', '23M', 'bert'), entry('gpt-oss:120b-cloud', '120B')],
      }),
    );
    expect(await listModels({ url, clock: systemClock }, never)).toEqual([
      { name: 'llama3.2:1b', bytes: 5, parameters: 1.2e9, remote: false },
      { name: 'gpt-oss:120b-cloud', bytes: 5, parameters: 120e9, remote: true },
    ]);
  });
});

describe('a model that is fetched', () => {
  const pull = async (...steps: readonly Step[]) => {
    const { url } = await serve(() => streaming(...steps));
    const told: unknown[] = [];
    const error = await troubleWith(
      pullModel({ url, clock: systemClock }, 'llama3.2:1b', (progress) => told.push(progress), never),
    );
    return { told, error };
  };

  it('tells how far it is, all parts together', async () => {
    const { told, error } = await pull(
      line({ status: 'pulling manifest' }),
      line({ status: 'pulling a', digest: 'a', total: 100, completed: 50 }),
      line({ status: 'pulling b', digest: 'b', total: 10 }),
      line({ status: 'pulling a', digest: 'a', total: 100, completed: 100 }),
      line({ status: 'success' }),
    );
    expect(error).toBeUndefined();
    expect(told).toEqual([
      { status: 'pulling manifest', received: 0, total: 0 },
      { status: 'pulling a', received: 50, total: 100 },
      { status: 'pulling b', received: 50, total: 110 },
      { status: 'pulling a', received: 100, total: 110 },
      { status: 'success', received: 100, total: 110 },
    ]);
  });

  it.each([
    ['pull model manifest: file does not exist', { code: 'model', message: /There is no model llama3.2:1b/ }],
    [
      'pull model manifest: Get "https://x": dial tcp: lookup x: no such host',
      { code: 'network', message: /cannot reach/ },
    ],
    ['write /root/.ollama/x: no space left on device', { code: 'storage', message: /disk .* is full/ }],
  ])('says what is wrong: %s', async (said, { code, message }) => {
    const { error } = await pull(line({ status: 'pulling manifest' }), line({ error: said }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.any(String) });
  });
});
