import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.js';
import { openBudget } from '../../src/llm/budget.js';
import { type OpenaiSettings, openOpenai } from '../../src/llm/openai.js';
import { testClock } from '../fakes/clock.js';
import { DONE, delta, event, refusing, saying, streaming, usage, word } from '../fakes/openai-server.js';
import { MOMENT, type Script, type ScriptedServer, scriptedServer } from '../fakes/scripted-server.js';
import { answerOf, ask, atOnce, never, question, TURN_ON, troubleWith } from './ask.js';
import { logLines } from './log-lines.js';

const KEY = 'sk-wicked-0123456789';
let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that does the scripts one after the other, the last one for good, and a model that asks it. */
const open = async (
  scripts: Script | readonly Script[],
  settings: Partial<OpenaiSettings> = {},
  clock: Clock = systemClock,
) => {
  const list = Array.isArray(scripts) ? [...(scripts as readonly Script[])] : [scripts as Script];
  server = await scriptedServer(() => (list.length > 1 ? list.shift()! : list[0]!));
  const { log, lines } = logLines();
  const model = openOpenai({ url: `${server.url}/v1/`, key: KEY, model: 'gpt-evil', clock, log, ...settings });
  return { model, lines, server };
};

describe('a model in the cloud', () => {
  it('says its words as they come', async () => {
    let goOn = () => {};
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { model, server } = await open(streaming(word('You '), { wait }, word('dare.'), delta({}, 'stop'), DONE));
    const words: unknown[] = [];
    for await (const thinking of model.ask(question('Hello'), never, atOnce)) {
      words.push(thinking);
      goOn();
    }
    expect(words).toEqual([
      { kind: 'text', text: 'You ' },
      { kind: 'text', text: 'dare.' },
    ]);
    const [{ path, headers, body }] = server.requests as [(typeof server.requests)[0]];
    expect([path, headers.authorization]).toEqual(['/v1/chat/completions', `Bearer ${KEY}`]);
    expect(body).toMatchObject({ model: 'gpt-evil', stream: true, max_tokens: 100, temperature: 0.7 });
    expect(body.messages).toEqual([
      { role: 'system', content: 'You are a demon.' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('is understood when its characters are torn in two, and without the usual end', async () => {
    const bytes = Buffer.from(
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'Böse 👿' }, finish_reason: 'stop' }] })}\n\n`,
    );
    const { model } = await open(streaming(...[...bytes].map((byte) => ({ send: Uint8Array.of(byte) }))));
    expect((await ask(model, 'Hello')).text).toBe('Böse 👿');
  });

  it('puts calls together from their pieces', async () => {
    const piece = (index: number, rest: object) => delta({ tool_calls: [{ index, ...rest }] });
    const { model, server } = await open(
      streaming(
        piece(0, { id: 'a', type: 'function', function: { name: 'turn_on', arguments: '' } }),
        piece(0, { function: { arguments: '{"name": "hall' } }),
        piece(1, { id: 'b', function: { name: 'turn_on', arguments: '{"name": ' } }),
        piece(0, { function: { arguments: ' light"}' } }),
        piece(1, { function: { arguments: 'oops' } }),
        delta({}, 'tool_calls'),
        DONE,
      ),
    );
    expect((await ask(model, question('Light!', { tools: [TURN_ON] }))).calls).toEqual([
      { id: 'a', name: 'turn_on', arguments: { name: 'hall light' } },
      { id: 'b', name: 'turn_on', arguments: '{"name": oops' },
    ]);
    expect(server.requests[0]!.body.tools[0].function.name).toBe('turn_on');
  });

  it('may send calls whole and without numbers', async () => {
    const whole = (id: string, name: string) => ({ id, function: { name, arguments: { id } } });
    const { model } = await open(
      streaming(delta({ tool_calls: [whole('a', 'x')] }), delta({ tool_calls: [whole('b', 'y')] }, 'stop')),
    );
    expect((await ask(model, 'Light!')).calls).toEqual([
      { id: 'a', name: 'x', arguments: { id: 'a' } },
      { id: 'b', name: 'y', arguments: { id: 'b' } },
    ]);
  });

  it('is told what came of its calls, each by its id', async () => {
    const { model, server } = await open(saying('Done.'));
    await ask(
      model,
      question('', {
        begin: 'Ha!',
        messages: [
          { role: 'user', text: 'Lights!' },
          {
            role: 'assistant',
            text: '',
            calls: [
              { name: 'on', arguments: { a: 1 } },
              { id: 'x', name: 'off', arguments: {} },
            ],
          },
          { role: 'tool', name: 'off', id: 'x', text: 'is off' },
          { role: 'tool', name: 'on', text: 'is on' },
        ],
      }),
    );
    const [, , calling, off, on, begun] = server.requests[0]!.body.messages;
    expect(calling.tool_calls.map((call: { id: string; function: object }) => [call.id, call.function])).toEqual([
      ['call_1', { name: 'on', arguments: '{"a":1}' }],
      ['x', { name: 'off', arguments: '{}' }],
    ]);
    expect([off, on]).toEqual([
      { role: 'tool', tool_call_id: 'x', content: 'is off' },
      { role: 'tool', tool_call_id: 'call_1', content: 'is on' },
    ]);
    expect(begun).toEqual({ role: 'assistant', content: 'Ha!' });
  });

  it('keeps its connection from one answer to the next', async () => {
    const { model, server } = await open(streaming(word('Ha!'), delta({}, 'stop'), DONE, MOMENT));
    // The next question may come before the end of the last answer is seen, and then takes another connection.
    for (let times = 0; times < 8; times++) await ask(model, 'Hello');
    expect(server.connections).toBeLessThan(8);
  });

  it('is asked in another way where it does not take all that is usual', async () => {
    const { model, server } = await open([
      refusing(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
      refusing(400, "Unsupported value: 'temperature' does not support 0.7"),
      refusing(422, 'Unknown field: stream_options'),
      refusing(400, 'Expected last role User or Tool, got assistant'),
      saying('Ha!'),
    ]);
    expect((await ask(model, question('Hello', { begin: 'Fool.' }))).text).toBe('Ha!');
    expect(Object.keys(server.requests.at(-1)!.body)).toEqual(['model', 'stream', 'max_completion_tokens', 'messages']);
    expect(server.requests.at(-1)!.body.messages.at(-1).role).toBe('user');
    await ask(model, 'Hello');
    expect(server.requests).toHaveLength(6);
  });
});

describe('speech that leaves the house', () => {
  it('waits until the turn is committed', async () => {
    const { model, server } = await open(saying('Ha!'));
    let commit = () => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const answer = answerOf(model.ask(question('Hello'), never, committed));
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests).toHaveLength(0);
    commit();
    expect((await answer).text).toBe('Ha!');
  });

  it('does not leave when the turn is given up, or where nobody speaks of committing', async () => {
    const { model, server } = await open(saying('Ha!'));
    const reason = new Error('speech went on');
    expect(await troubleWith(model.ask(question('Hello'), never, Promise.reject(reason)))).toBe(reason);
    const abort = new AbortController();
    const waiting = troubleWith(model.ask(question('Hello'), abort.signal, new Promise(() => {})));
    abort.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await troubleWith(model.ask(question('Hello'), never))).toMatchObject({ code: 'internal' });
    expect(server.requests).toHaveLength(0);
  });

  it('is noted in the log, without a word of it', async () => {
    const { model, lines, server } = await open(saying('Ha!'));
    await ask(model, 'Where is the treasure?');
    expect(lines.join('')).toContain(`Speech left the house: asked gpt-evil at ${new URL(server.url).host}`);
    expect(lines.join('')).not.toMatch(/treasure|Ha!/);
  });

  it('is not sent ahead to warm anything', async () => {
    const { model, server } = await open(saying('Ha!'));
    await model.warm(question('Hello'), never);
    expect(server.requests).toHaveLength(0);
  });
});

describe('a budget for a day', () => {
  it('counts questions and tokens, and ends at midnight', async () => {
    const clock = testClock(new Date(2026, 10, 22, 23, 59).getTime());
    const budget = openBudget({ requests: 3, tokens: 100 }, { clock });
    const { model, server } = await open(streaming(word('Ha!'), delta({}, 'stop'), usage(60), DONE), { budget }, clock);
    await ask(model, 'Hello');
    await ask(model, 'Hello');
    expect(await troubleWith(ask(model, 'Hello'))).toMatchObject({
      trouble: 'spent',
      message: "The day's budget for the cloud model is used up: 2 questions, 120 tokens.",
    });
    expect(server.requests).toHaveLength(2);
    await clock.advance(60_000);
    await ask(model, 'Hello');
    expect(server.requests).toHaveLength(3);
  });

  it('is estimated where the server does not count, for an answer that was broken off too', async () => {
    const clock = testClock();
    const budget = openBudget({ tokens: 10 }, { clock });
    const { model } = await open(streaming(word('Ha!'), 'cut'), { budget }, clock);
    await troubleWith(ask(model, 'Hello'));
    expect(await troubleWith(ask(model, 'Hello'))).toMatchObject({ trouble: 'spent' });
  });
});

describe('the trouble with a cloud', () => {
  const troubleOf = async (script: Script, settings: Partial<OpenaiSettings> = {}) => {
    const { model, lines } = await open(script, settings);
    const trouble = (await troubleWith(ask(model, 'Where is the treasure?'))) as Error & {
      hint?: string;
      trouble?: string;
    };
    const told = [trouble.message, trouble.hint, String(trouble.cause), ...lines].join('\n');
    expect(told).not.toContain(KEY);
    expect(told).not.toContain('treasure');
    return trouble;
  };
  const TYPE = { 'Content-Type': 'text/html' };

  it.each<[string, Script, string, RegExp]>([
    ['a wrong key', refusing(401, `Incorrect API key provided: ${KEY}`), 'refused', /the key is wrong/],
    ['a key that may not', refusing(403, 'No access'), 'refused', /not allowed/],
    ['no money', refusing(429, 'You exceeded your quota', { code: 'insufficient_quota' }), 'busy', /be paid/],
    ['no such model', refusing(404, 'The model does not exist'), 'missing', /gpt-evil/],
    ['no tools', refusing(400, 'This model does not support tools'), 'no-tools', /cannot call tools/],
    [
      'a wrong request',
      refusing(400, `Bad: ${KEY} said 'Where is the treasure?'`),
      'options',
      /Bad: \*\*\* said '\*\*\*'/,
    ],
    ['its own fault', refusing(500, 'Internal error'), 'failed', /\(500\): Internal error/],
    ['a proxy’s fault', { status: 502, headers: TYPE, steps: [{ send: '<html>treasure' }] }, 'failed', /\(502\)/],
    ['another address', { status: 308, headers: { Location: '/v2' }, steps: [] }, 'options', /leads elsewhere/],
    ['a page', { headers: TYPE, steps: [{ send: '<html>' }] }, 'garbage', /no stream/],
    [
      'JSON in one piece',
      { headers: { 'Content-Type': 'application/json' }, steps: [{ send: '{}' }] },
      'garbage',
      /no stream/,
    ],
    ['no JSON', streaming({ send: 'data: {"choices": [\n\n' }), 'garbage', /nobody can read/],
    ['an event without end', streaming({ send: `data: ${'x'.repeat(1_100_000)}` }), 'garbage', /nobody can read/],
    [
      'an error in the middle',
      streaming(word('Ha'), event({ error: { message: 'overloaded' } })),
      'failed',
      /in the middle of its answer: overloaded/,
    ],
    ['a cut before the first word', streaming('cut'), 'cut', /broke off/],
    ['a cut in the middle', streaming(word('Ha'), 'cut'), 'cut', /broke off/],
    ['an end in the middle', streaming(word('Ha')), 'cut', /broke off/],
    ['silence', saying(), 'empty', /with nothing/],
  ])('is told apart: %s', async (_, script, trouble, message) => {
    const thrown = await troubleOf(script);
    expect(thrown).toMatchObject({ name: 'Fault', trouble, hint: expect.any(String) });
    expect(thrown.message).toMatch(message);
  });

  it('is told apart: nobody there, and no such name', async () => {
    const down = openOpenai({ url: 'http://127.0.0.1:9', key: KEY, model: 'm', clock: systemClock });
    expect(await troubleWith(ask(down, 'Hello'))).toMatchObject({ trouble: 'down' });
    const lost = openOpenai({ url: 'http://nowhere.invalid', key: KEY, model: 'm', clock: systemClock });
    expect(await troubleWith(ask(lost, 'Hello'))).toMatchObject({ trouble: 'unknown-host' });
    expect(() => openOpenai({ url: 'cloud', key: KEY, model: 'm', clock: systemClock })).toThrow(
      /no address of a cloud model/,
    );
  });

  it('may be that it does not begin', async () => {
    const clock = testClock();
    const { model, server } = await open({}, { firstWord: 3_000 }, clock);
    const answer = troubleWith(ask(model, 'Hello'));
    const { abandoned } = await server.request(1);
    await clock.advance(3_000);
    expect(await answer).toMatchObject({ trouble: 'slow', message: expect.stringContaining('in 3 s') });
    await abandoned;
  });

  it('may be that it stops in the middle, and then says nothing more', async () => {
    const clock = testClock();
    const { model, server } = await open(streaming(word('Ha'), 'stall'), { silence: 2_000 }, clock);
    const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
    expect((await heard.next()).value).toEqual({ kind: 'text', text: 'Ha' });
    const rest = troubleWith(heard.next());
    await clock.advance(2_000);
    expect(await rest).toMatchObject({ trouble: 'stalled' });
    await server.requests[0]!.abandoned;
  });

  it.each([
    ['seconds', () => '120'],
    ['a date', () => new Date(120_000).toUTCString()],
  ])('leaves it alone as long as it asks, given as %s', async (_, retryAfter) => {
    const clock = testClock();
    const busy = refusing(429, 'Too many requests', { headers: { 'Retry-After': retryAfter() } });
    const { model, server } = await open([busy, saying('Ha!')], {}, clock);
    expect(await troubleWith(ask(model, 'Hello'))).toMatchObject({ trouble: 'busy', until: 120_000, retry: true });
    await clock.advance(119_000);
    expect(await troubleWith(ask(model, 'Hello'))).toMatchObject({ trouble: 'busy' });
    expect(server.requests).toHaveLength(1);
    await clock.advance(1_000);
    expect((await ask(model, 'Hello')).text).toBe('Ha!');
  });
});

it('waits for a reader who takes a minute to speak a word', async () => {
  const clock = testClock();
  const { model } = await open(saying('You ', 'dare.'), {}, clock);
  const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
  await heard.next();
  await clock.advance(60_000);
  expect((await heard.next()).value).toEqual({ kind: 'text', text: 'dare.' });
  expect((await heard.next()).done).toBe(true);
  expect(clock.sleeping).toBe(0);
});

describe('an answer that is not wanted any more', () => {
  it('says no word that has come already', async () => {
    const { model } = await open(saying('You ', 'dare.'));
    const abort = new AbortController();
    const heard = model.ask(question('Hello'), abort.signal, atOnce)[Symbol.asyncIterator]();
    await heard.next();
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    expect(await troubleWith(heard.next())).toMatchObject({ message: 'enough' });
  });

  it('ends at the server: before its first word, in the middle, and when its reader leaves', async () => {
    const { model, server } = await open([{}, streaming(word('Ha'), 'stall'), streaming(word('Ha'), 'stall')]);
    const abort = new AbortController();
    const before = troubleWith(model.ask(question('Hello'), abort.signal, atOnce));
    const { abandoned } = await server.request(1);
    abort.abort(new Error('enough'));
    expect(await before).toMatchObject({ message: 'enough' });
    await abandoned;

    const middle = new AbortController();
    const heard = model.ask(question('Hello'), middle.signal, atOnce)[Symbol.asyncIterator]();
    await heard.next();
    middle.abort(new Error('enough'));
    expect(await troubleWith(heard.next())).toMatchObject({ message: 'enough' });
    await server.requests[1]!.abandoned;

    for await (const _ of model.ask(question('Hello'), never, atOnce)) break;
    await server.requests[2]!.abandoned;
  });
});
