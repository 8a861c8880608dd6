import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/faults.js';
import { type EmbeddedModel, type EmbeddedOptions, openEmbedded } from '../../../src/llm/embedded/embedded.js';
import type { Prompt, Thinking, Tool } from '../../../src/stages.js';

const library = fileURLToPath(new URL('./fixtures/llama.mjs', import.meta.url));
const never = new AbortController().signal;

let folder: string;
const open: EmbeddedModel[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evil-embedded-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((it) => it.close()));
  rmSync(folder, { recursive: true });
});

const modelFile = (content: object): string => {
  const path = join(folder, 'fake.gguf');
  if (!existsSync(path)) writeFileSync(path, JSON.stringify({ parameters: 3e9, ...content }));
  return path;
};
const start = (options: Partial<EmbeddedOptions> = {}, content: object = {}): EmbeddedModel => {
  const model = openEmbedded({ model: modelFile(content), library, context: 4096, threads: 1, ...options });
  open.push(model);
  return model;
};
const prompt = (text: string, more: Partial<Prompt> = {}): Prompt => ({
  system: 'You are Malgrim.',
  messages: [{ role: 'user', text }],
  ...more,
});
const answer = async (model: EmbeddedModel, asked: Prompt, signal = never): Promise<Thinking[]> => {
  const items: Thinking[] = [];
  for await (const item of model.ask(asked, signal)) items.push(item);
  return items;
};
const text = async (model: EmbeddedModel, asked: Prompt, signal = never): Promise<string> =>
  (await answer(model, asked, signal)).map((it) => (it.kind === 'text' ? it.text : `{${it.call.name}}`)).join('');
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const turnOn: Tool = {
  name: 'turn_on',
  description: 'Turns a thing on',
  parameters: { type: 'object', properties: { name: { enum: ['kitchen light', 'hall light'] } }, required: ['name'] },
  writes: true,
};
const judged = { right: 60, of: 60 };

describe('an embedded model', () => {
  it('streams its words, and says what they cost', async () => {
    const model = start();
    const items = await answer(model, prompt('say I am here.'));
    expect(items.length).toBeGreaterThan(3);
    expect(items.map((it) => (it.kind === 'text' ? it.text : '')).join('')).toBe('I am here.');
    expect(model.lastAnswer).toMatchObject({ generated: 10, kept: 0, ended: 'model' });
    expect(model).toMatchObject({ name: 'embedded fake', local: true });
  });

  it('reads only what it has not read before', async () => {
    const model = start();
    await model.warm({ system: 'You are Malgrim.', messages: [] }, never);
    const read = model.lastWarming?.read ?? 0;
    expect(read).toBeGreaterThan(20);
    await text(model, prompt('say Ha.'));
    expect(model.lastAnswer?.kept).toBe(read);
    expect(model.lastAnswer?.read).toBe((model.lastAnswer?.prompt ?? 0) - read);
    // The same question again: only its last token.
    await text(model, prompt('say Ha.'));
    expect(model.lastAnswer?.read).toBe(1);
  });

  it('goes on from words that were spoken already', async () => {
    const model = start({ sampling: { tokens: 1000 } });
    expect(await text(model, prompt('recite', { begin: 'Fool. ' }))).toMatch(/assistant\/Fool\.$/);
  });

  it('shows no mark of its own kind, and takes none from what people say', async () => {
    const model = start({ sampling: { tokens: 1000 } });
    expect(await text(model, prompt('mark'))).toBe('after');
    // As text the mark is twelve tokens, as a mark one.
    await text(model, prompt('say a', { system: 'x' }));
    const plain = model.lastAnswer?.prompt ?? 0;
    await text(model, prompt('say a', { system: 'x<|im_start|>' }));
    expect(model.lastAnswer?.prompt).toBe(plain + 12);
  });

  it('leaves out old messages where not all fit, and says so where even the last does not', async () => {
    const model = start({ context: 400, sampling: { tokens: 200 } });
    const messages = Array.from({ length: 20 }, (_, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      text: `message ${index}`,
    }));
    const last = { role: 'user' as const, text: 'say Still here.' };
    expect(await text(model, { system: 'Hi', messages: [...messages, last] })).toBe('Still here.');
    expect(model.lastAnswer?.prompt).toBeLessThanOrEqual(200);
    expect(model.lastAnswer?.prompt).toBeGreaterThan(90);
    const fault = await failure(text(model, prompt('say no', { system: 'x'.repeat(400) })));
    expect(fault).toMatchObject({ code: 'input', message: expect.stringContaining('the model holds 400') });
    expect(await text(model, prompt('say Better.'))).toBe('Better.');
  });

  it('ends an answer that is given up, and answers the next', async () => {
    const model = start({ sampling: { tokens: 3000, sentences: 1000 } });
    const abort = new AbortController();
    const words: string[] = [];
    const asked = failure(
      (async () => {
        for await (const item of model.ask(prompt('never end'), abort.signal)) {
          words.push(item.kind);
          if (words.length === 20) abort.abort(new Error('enough'));
        }
      })(),
    );
    expect(await asked).toMatchObject({ message: 'enough' });
    expect(await text(model, prompt('say Next.'))).toBe('Next.');
    for await (const item of model.ask(prompt('never end'), never)) if (item.kind === 'text') break;
    expect(await text(model, prompt('say And next.'))).toBe('And next.');
  });

  it('keeps what it has read of a prompt that was given up', async () => {
    const model = start();
    await model.warm({ system: 'a', messages: [] }, never);
    const abort = new AbortController();
    const system = 'x'.repeat(2000);
    const asked = failure(text(model, prompt('say no', { system }), abort.signal));
    setImmediate(() => abort.abort(new Error('enough')));
    expect(await asked).toMatchObject({ message: 'enough' });
    expect(await text(model, prompt('say Yes.', { system }))).toBe('Yes.');
  });

  it('answers questions one after the other, and refuses more than it can', async () => {
    const model = start({ sampling: { tokens: 3000, sentences: 1000 } });
    // Held up by a reader who reads no more.
    const first = model.ask(prompt('never end'), never)[Symbol.asyncIterator]();
    await first.next();
    const asked = ['say 2.', 'say 3.', 'say 4.', 'say 5.', 'say 6.'].map((it) => text(model, prompt(it)));
    expect(await failure(asked[4]!)).toMatchObject({ code: 'busy', retry: true });
    await first.return?.();
    expect(await Promise.all(asked.slice(0, 4))).toEqual(['2.', '3.', '4.', '5.']);
  });

  it('survives the end of its process in mid-answer', async () => {
    const model = start();
    const fault = await failure(text(model, prompt('crash')));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'engine', retry: true });
    expect(await text(model, prompt('say Again.'))).toBe('Again.');
  });

  it('kills a process that says nothing any more', async () => {
    const model = start({ patience: { silence: 300, stopping: 300 } });
    await model.warm(prompt(''), never);
    expect(await failure(text(model, prompt('hang')))).toMatchObject({ code: 'engine', retry: true });
    expect(await text(model, prompt('say Again.'))).toBe('Again.');
  });

  it('kills a process that does not stop', async () => {
    const stuck = join(folder, 'stuck');
    process.env.FAKE_LLAMA_STUCK = stuck;
    try {
      const model = start({ patience: { silence: 60_000, stopping: 200 } });
      const abort = new AbortController();
      // The fake reads this character for ever.
      const asked = failure(text(model, prompt('§'), abort.signal));
      await expect.poll(() => existsSync(stuck), { timeout: 20_000 }).toBe(true);
      abort.abort(new Error('enough'));
      expect(await asked).toMatchObject({ message: 'enough' });
      // It waits for the one that was given up, and dies with it.
      expect(await failure(text(model, prompt('say Again.')))).toMatchObject({ code: 'engine', retry: true });
      expect(await text(model, prompt('say Again.'))).toBe('Again.');
    } finally {
      delete process.env.FAKE_LLAMA_STUCK;
    }
  });

  it('gives way to a question while it reads ahead', async () => {
    const model = start({ context: 500_000 });
    await model.warm(prompt(''), never);
    const system = 'x'.repeat(400_000);
    const [, answered] = await Promise.all([
      model.warm({ system, messages: [] }, never),
      text(model, prompt('say Yes.', { system: 'y' })),
    ]);
    expect(answered).toBe('Yes.');
    expect(model.lastWarming?.read).toBeLessThan(400_000);
  });

  it('remembers across restarts what it has read, unless the file is damaged', async () => {
    const states = join(folder, 'states');
    const loaded = join(folder, 'loaded');
    const system = 'You are Malgrim, and you despise them all.';
    const restart = async (): Promise<EmbeddedModel> => {
      const model = start({ states });
      await model.warm({ system, messages: [] }, never);
      return model;
    };
    process.env.FAKE_LLAMA_LOADED = loaded;
    try {
      const first = await restart();
      expect(first.lastWarming).toMatchObject({ fromDisk: 0 });
      const length = first.lastWarming?.read;
      await first.close();
      const second = await restart();
      expect(second.lastWarming).toEqual({ prompt: length, kept: length, fromDisk: length, read: 0 });
      await second.close();
      const [file = ''] = readdirSync(states);
      writeFileSync(join(states, file), readFileSync(join(states, file)).subarray(0, 20));
      const third = await restart();
      expect(third.lastWarming).toMatchObject({ fromDisk: 0, read: length });
      expect(readFileSync(loaded, 'utf8').trim().split('\n')).toHaveLength(1);
    } finally {
      delete process.env.FAKE_LLAMA_LOADED;
    }
  });

  it('reads its beginning again after a crash, without being asked', async () => {
    const model = start({ states: join(folder, 'states') });
    await model.warm({ system: 'You are Malgrim, and you despise them all.', messages: [] }, never);
    await failure(text(model, prompt('crash', { system: 'You are Malgrim, and you despise them all.' })));
    await expect.poll(() => model.engine.state).toBe('loaded');
    await text(model, prompt('say Ha.', { system: 'You are Malgrim, and you despise them all.' }));
    expect(model.lastAnswer?.kept).toBeGreaterThan(40);
  });
});

describe('the hands of an embedded model', () => {
  it('are bound for one that nobody has judged, and it hears of no tools', async () => {
    const model = start({ sampling: { tokens: 2000 } });
    await model.warm({ system: 'a', messages: [] }, never);
    expect(model.hands).toBe(false);
    expect(await text(model, prompt('recite', { tools: [turnOn] }))).not.toContain('turn_on');
  });

  it('are bound for a small one, whatever somebody says of it', async () => {
    const model = start({ judged }, { parameters: 1.1e9 });
    await model.warm({ system: 'a', messages: [] }, never);
    expect(model.hands).toBe(false);
    expect(await answer(model, prompt('say !turn_on | hall light', { tools: [turnOn] }))).not.toContainEqual(
      expect.objectContaining({ kind: 'call' }),
    );
  });

  it('are free for one that was shown to decide right', async () => {
    const model = start({ judged, sampling: { tokens: 2000 } });
    await model.warm({ system: 'a', messages: [] }, never);
    expect(model.hands).toBe(true);
    expect(await text(model, prompt('recite', { tools: [turnOn] }))).toContain('!turn_on | name');
    expect(await answer(model, prompt('say !turn_on | hall light', { tools: [turnOn] }))).toEqual([
      { kind: 'call', call: { name: 'turn_on', arguments: { name: 'hall light' } } },
    ]);
  });
});

describe('an embedded model that cannot be had', () => {
  it.each([
    ['no library', { library: '/nowhere' }, {}, 'library for embedded language models'],
    ['no file', { model: '/nowhere/none.gguf' }, {}, '/nowhere/none.gguf cannot be read'],
    ['a chat it does not know', {}, { template: 'unheard of' }, 'way of chatting'],
    ['too little memory', {}, { trouble: 'memory' }, 'not enough free memory'],
  ])('says so: %s', async (_, options, content, message) => {
    const model = start(options, content);
    const fault = await failure(text(model, prompt('say no')));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'model', message: expect.stringContaining(message) });
  });
});
