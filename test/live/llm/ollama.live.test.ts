import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { findOllama } from '../../../src/llm/find-ollama.js';
import { type OllamaSettings, openOllama } from '../../../src/llm/ollama.js';
import { listModels, pullModel } from '../../../src/llm/ollama-server.js';
import { validateCall } from '../../../src/llm/tool-guard.js';
import type { LanguageModel, Prompt } from '../../../src/stages.js';
import { answerOf, ask, never, question, TURN_ON, troubleWith } from '../../llm/ask.js';
import { cpuUsed, LONG_STORY, longPrompt, openRig, type Rig } from './rig.js';

const MODEL = 'smollm2:135m';
let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig?.close());

const open = (settings: Partial<OllamaSettings> = {}): LanguageModel =>
  openOllama({ url: rig.url, model: MODEL, clock: systemClock, numThread: 1, temperature: 0, ...settings });

/** Waits until the server has had nothing to do for 300 ms; resolves with the CPU time it has used since `from`, in ms. */
const settled = async (from: number): Promise<number> => {
  for (let last = cpuUsed(rig), quiet = 0; quiet < 6; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = cpuUsed(rig);
    quiet = now === last ? quiet + 1 : 0;
    last = now;
  }
  return cpuUsed(rig) - from;
};

describe('a real Ollama', () => {
  it('is found, and says what it has', async () => {
    expect(await findOllama({ url: rig.url, clock: systemClock }, never)).toBe(rig.url);
    const models = await listModels({ url: rig.url, clock: systemClock }, never);
    expect(models).toContainEqual({ name: MODEL, bytes: expect.any(Number), parameters: 134.52e6, remote: false });
  });

  it('speaks as it thinks', async () => {
    const model = open();
    await model.warm({ system: 'You are helpful.', messages: [] }, never);
    expect(model.hands).toBe(false);
    let words = 0;
    let text = '';
    for await (const thinking of model.ask(
      question('What is the capital of France?', { system: 'You are helpful.' }),
      never,
    )) {
      words++;
      if (thinking.kind === 'text') text += thinking.text;
    }
    expect(words).toBeGreaterThan(3);
    expect(text).toContain('Paris');
  });

  it('calls a tool of its own accord where it must, and the call passes the check', async () => {
    // This model calls nothing unless a format leaves it no choice; the server makes a tool call of what it writes.
    const format = {
      type: 'object',
      required: ['name', 'parameters'],
      properties: {
        name: { enum: ['turn_on'] },
        parameters: { type: 'object', required: ['name'], properties: { name: { enum: ['kitchen light'] } } },
      },
    };
    const forcing: typeof fetch = (input, init) =>
      fetch(input, { ...init, body: JSON.stringify({ ...JSON.parse(String(init?.body)), format }) });
    const model = open({ model: 'smollm2:tools', fetch: forcing });
    const prompt = question('Turn on the kitchen light', { tools: [TURN_ON] });
    const { text, calls } = await ask(model, prompt);
    expect(text).toBe('');
    expect(calls).toEqual([
      { name: 'turn_on', arguments: { name: 'kitchen light' }, ...(calls[0]?.id && { id: calls[0].id }) },
    ]);
    expect(validateCall(calls[0]!, [TURN_ON])).toMatchObject({ kind: 'valid' });
    // What came of it is understood by the server.
    const after: Prompt = {
      ...prompt,
      messages: [
        ...prompt.messages,
        { role: 'assistant', text: '', calls },
        { role: 'tool', name: 'turn_on', text: 'The kitchen light is on.' },
      ],
    };
    expect((await ask(open({ model: 'smollm2:tools' }), after)).text).not.toBe('');
  });

  it('answers a model without tools by the grammar: words or a call that passes the check, nothing else', async () => {
    const model = open();
    await model.warm({ system: 'You control a house.', messages: [] }, never);
    for (const text of ['Turn on the kitchen light', 'Turn on the hall light', 'Who are you?']) {
      const answer = await ask(model, question(text, { system: 'You control a house.', tools: [TURN_ON] }));
      expect(answer.text !== '' || answer.calls.length === 1).toBe(true);
      for (const call of answer.calls) expect(validateCall(call, [TURN_ON])).toMatchObject({ kind: 'valid' });
    }
  });

  it('goes on from words that were spoken, where the template can', async () => {
    const template = `{{- range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 }}<|im_start|>{{ .Role }}
{{ .Content }}{{ if not (and $last (eq .Role "assistant")) }}<|im_end|>
{{ end }}{{ if and $last (ne .Role "assistant") }}<|im_start|>assistant
{{ end }}{{ end }}`;
    const name = 'evil-assistant-test:continues';
    const post = (path: string, body: object, method = 'POST') =>
      fetch(`${rig.url}/api/${path}`, { method, body: JSON.stringify(body) });
    await (await post('create', { model: name, from: MODEL, template, stream: false })).text();
    try {
      const model = open({ model: name });
      await model.warm({ system: 'You are helpful.', messages: [] }, never);
      const { text } = await ask(
        model,
        question('What is the capital of France?', { system: 'You are helpful.', begin: 'The capital of France is' }),
      );
      expect(text).toMatch(/^\s*Paris/);
    } finally {
      await post('delete', { model: name }, 'DELETE');
    }
  });
});

describe('an answer of a real Ollama that is not wanted any more', () => {
  beforeEach(async () => {
    await open().warm({ system: 'x', messages: [] }, never);
    await settled(0);
  });

  it('ends in the middle: the server stops working', async () => {
    const from = cpuUsed(rig);
    const abort = new AbortController();
    const heard = open({ numPredict: 900 }).ask(LONG_STORY, abort.signal)[Symbol.asyncIterator]();
    for (let words = 0; words < 5; words++) await heard.next();
    abort.abort(new Error('enough'));
    expect(await troubleWith(heard.next())).toMatchObject({ message: 'enough' });
    // All 900 words would be nine seconds of work.
    expect(await settled(from)).toBeLessThan(2_000);
  });

  it('ends when its reader leaves', async () => {
    const from = cpuUsed(rig);
    for await (const _ of open({ numPredict: 900 }).ask(LONG_STORY, never)) break;
    expect(await settled(from)).toBeLessThan(2_000);
  });

  it('ends before the first word: the server says nothing more, and what it has read is not lost', async () => {
    const reading = open({ numPredict: 1 });
    const before = cpuUsed(rig);
    await ask(reading, longPrompt('whole'));
    const cost = await settled(before);

    const from = cpuUsed(rig);
    const abort = new AbortController();
    const answer = troubleWith(open({ numPredict: 900 }).ask(longPrompt('given up'), abort.signal));
    while (cpuUsed(rig) - from < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort(new Error('enough'));
    expect(await answer).toMatchObject({ message: 'enough' });
    // It notices with its first word, so that the prompt is read to its end, and no story told.
    expect(await settled(from)).toBeLessThan(cost * 1.5);

    const again = cpuUsed(rig);
    await ask(reading, longPrompt('given up'));
    expect(await settled(again)).toBeLessThan(cost * 0.5);
  });
});

describe('the trouble with a real Ollama', () => {
  it('is told apart: no such model, a wrong option, no tools, too slow', async () => {
    expect(await troubleWith(ask(open({ model: 'malgrim' }), 'Hello'))).toMatchObject({ trouble: 'missing' });
    expect(await troubleWith(open({ model: 'malgrim' }).warm({ system: '', messages: [] }, never))).toMatchObject({
      trouble: 'missing',
    });
    expect(await troubleWith(ask(open({ numCtx: 'many' as never }), 'Hello'))).toMatchObject({ trouble: 'options' });
    expect(await troubleWith(ask(open({ keepAlive: '5x' }), 'Hello'))).toMatchObject({ trouble: 'options' });
    expect(await troubleWith(ask(open({ firstWord: 50 }), longPrompt('slow')))).toMatchObject({ trouble: 'slow' });
    await settled(0);
  });

  it('is told apart: a model that cannot be fetched', async () => {
    const pulling = pullModel({ url: rig.url, clock: systemClock }, 'evil-assistant-test:no-such', () => {}, never);
    expect(await troubleWith(pulling)).toMatchObject({ name: 'Fault', hint: expect.any(String) });
  });

  it('is told apart: killed in mid-stream, down, and up again', async () => {
    const model = open({ numPredict: 900 });
    const heard = model.ask(LONG_STORY, never)[Symbol.asyncIterator]();
    await heard.next();
    await rig.kill();
    expect(await troubleWith(answerOf({ [Symbol.asyncIterator]: () => heard }))).toMatchObject({
      trouble: 'cut',
      retry: true,
    });
    expect(await troubleWith(ask(model, 'Hello'))).toMatchObject({ trouble: 'down', retry: true });
    await rig.start();
    expect((await ask(open(), 'Hello')).text).not.toBe('');
    expect((await ask(model, 'Hello')).text).not.toBe('');
  });

  it('is told apart: still loading', async () => {
    await rig.kill();
    await rig.start();
    // Nothing is in memory: the first question loads the model, which takes longer than this.
    expect(await troubleWith(ask(open({ firstWord: 60 }), 'Hello'))).toMatchObject({ trouble: 'loading' });
    expect((await ask(open(), 'Hello')).text).not.toBe('');
  });
});
