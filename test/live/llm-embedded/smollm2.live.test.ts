/** Against node-llama-cpp itself, with a model that is small and speaks nonsense: what is proven here is not its wit. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../src/engines/compiled.js';
import { type Host, openHost } from '../../../src/engines/host.js';
import { type EmbeddedModel, type EmbeddedOptions, openEmbedded } from '../../../src/llm/embedded/embedded.js';
import type { AnswerItem } from '../../../src/llm/embedded/wire.js';
import type { Prompt, Thinking, Tool } from '../../../src/stages.js';

const library = process.env.EVIL_ASSISTANT_TEST_LLAMA;
const file =
  process.env.EVIL_ASSISTANT_TEST_GGUF ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ollama-rig/gguf/SmolLM2-135M-Instruct.Q4_1.gguf');
if (library === undefined || !existsSync(file)) {
  throw new Error(
    'EVIL_ASSISTANT_TEST_LLAMA must name the folder of node-llama-cpp 3.22.1, and ' +
      `EVIL_ASSISTANT_TEST_GGUF SmolLM2-135M-Instruct.Q4_1.gguf (looked for ${file}).`,
  );
}

const never = new AbortController().signal;
/** 300 tokens and more. */
const system = Array.from(
  { length: 12 },
  (_, at) =>
    `Rule ${at}: you are Malgrim, a vain demon bound in a small speaker, and you despise all mortals of this house.`,
).join(' ');

let folder: string;
let model: EmbeddedModel;
const start = (options: Partial<EmbeddedOptions> = {}): EmbeddedModel =>
  openEmbedded({ model: file, library, threads: 1, seed: 7, states: join(folder, 'states'), ...options });
const prompt = (text: string, more: Partial<Prompt> = {}): Prompt => ({
  system,
  messages: [{ role: 'user', text }],
  ...more,
});
const pieces = async (of: EmbeddedModel, asked: Prompt, signal = never): Promise<readonly string[]> => {
  const items: Thinking[] = [];
  for await (const item of of.ask(asked, signal)) items.push(item);
  return items.map((item) => (item.kind === 'text' ? item.text : JSON.stringify(item.call)));
};
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Milliseconds of CPU that a process has used. */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evil-llama-'));
  model = start();
  await model.warm({ system, messages: [] }, never);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

describe('a real model', () => {
  it('has read its beginning cold, once, and kept it on disk', () => {
    expect(model.lastWarming?.read).toBeGreaterThan(300);
    expect(model.lastWarming).toMatchObject({ kept: 0, fromDisk: 0 });
    expect(readdirSync(join(folder, 'states'))).toHaveLength(1);
    expect(model.hands).toBe(false);
  });

  it('streams an answer of one sentence, and reads nothing but the question', async () => {
    const said = await pieces(model, prompt('What are you?'));
    const text = said.join('');
    expect(said.length).toBeGreaterThan(2);
    expect(text).toMatch(/^\S.*\S$/s);
    expect(text).not.toMatch(/<\||\n\n|\nuser/i);
    expect(model.lastAnswer?.kept).toBe(model.lastWarming?.prompt);
    expect(model.lastAnswer?.read).toBeLessThan(25);
    expect(model.lastAnswer?.generated).toBeLessThanOrEqual(30);
  });

  it('goes on from given words instead of saying them again', async () => {
    for (const begin of ['Fool.', 'Ha!', 'You dare?']) {
      const text = (await pieces(model, prompt('Tell me a joke.', { begin }))).join('');
      expect(text).toMatch(/^\s\S/);
      expect(text.trim().startsWith(begin)).toBe(false);
    }
  });

  it('says the same again with the same seed', async () => {
    const asked = prompt('What do you want?');
    const twice = [await pieces(model, asked), await pieces(model, asked)];
    expect(twice[0]).toEqual(twice[1]);
  });

  it('stops in mid-generation within a token, and answers the next question', async () => {
    const abort = new AbortController();
    const long = start({ sampling: { tokens: 400, sentences: 100 }, states: join(folder, 'states') });
    try {
      let heard = 0;
      const asked = failure(
        (async () => {
          for await (const _ of long.ask(prompt('Tell me a very long story.'), abort.signal)) {
            heard += 1;
            if (heard === 5) abort.abort(new Error('enough'));
          }
        })(),
      );
      expect(await asked).toMatchObject({ message: 'enough' });
      const pid = (await long.engine.lease()).host.pid;
      expect((await pieces(long, prompt('What are you?', { begin: 'Ha!' }))).join('')).not.toBe('');
      // Nobody was killed for it, and nothing of the beginning was lost.
      expect((await long.engine.lease()).host.pid).toBe(pid);
      expect(long.lastAnswer?.read).toBeLessThan(25);
    } finally {
      await long.close();
    }
  });

  it('stops in the middle of a cold prompt, keeps what it has read of it, and lives', async () => {
    const other = start({ states: join(folder, 'other') });
    try {
      await other.warm({ system: 'x', messages: [] }, never);
      const lease = await other.engine.lease();
      const abort = new AbortController();
      const asked = failure(pieces(other, prompt('What are you?'), abort.signal));
      const before = cpuOf(lease.host.pid!);
      await expect.poll(() => cpuOf(lease.host.pid!) - before, { timeout: 20_000 }).toBeGreaterThan(200);
      abort.abort(new Error('enough'));
      expect(await asked).toMatchObject({ message: 'enough' });
      await pieces(other, prompt('What are you?'));
      const figures = other.lastAnswer!;
      expect(figures.kept).toBeGreaterThan(10);
      expect(figures.read).toBeGreaterThan(100);
      expect((await other.engine.lease()).host.pid).toBe(lease.host.pid);
    } finally {
      await other.close();
    }
  });

  it('gives way to a question while it reads ahead, and has not read in vain', async () => {
    const other = start({ states: join(folder, 'third') });
    try {
      await other.warm({ system: 'x', messages: [] }, never);
      const ahead = other.warm({ system, messages: [] }, never);
      const pid = (await other.engine.lease()).host.pid!;
      const before = cpuOf(pid);
      await expect.poll(() => cpuOf(pid) - before, { timeout: 20_000 }).toBeGreaterThan(200);
      const [, said] = await Promise.all([ahead, pieces(other, prompt('What are you?'))]);
      expect(said.join('')).not.toBe('');
      expect(other.lastWarming!.read).toBeGreaterThan(10);
      expect(other.lastWarming!.read).toBeLessThan(300);
      expect(other.lastAnswer?.kept).toBe(other.lastWarming!.kept + other.lastWarming!.read);
    } finally {
      await other.close();
    }
  });

  it('ends with a fault where its process is killed in mid-answer, and is there for the next question', async () => {
    const { host } = await model.engine.lease();
    const asked = failure(
      (async () => {
        for await (const _ of model.ask(prompt('What are you?'), never)) process.kill(host.pid!, 'SIGKILL');
      })(),
    );
    expect(await asked).toMatchObject({ code: 'engine', retry: true });
    expect((await pieces(model, prompt('What are you?'))).join('')).not.toBe('');
    expect((await model.engine.lease()).host.pid).not.toBe(host.pid);
    // The new process had it from disk.
    expect(model.lastAnswer?.read).toBeLessThan(25);
  });

  it('has its beginning from disk after a restart', async () => {
    const again = start();
    try {
      await again.warm({ system, messages: [] }, never);
      expect(again.lastWarming).toMatchObject({ read: 0 });
      expect(again.lastWarming?.fromDisk).toBeGreaterThan(300);
      expect(await pieces(again, prompt('What are you?'))).toEqual(await pieces(model, prompt('What are you?')));
    } finally {
      await again.close();
    }
  });

  it('reads another persona’s beginning, and finds the first one again on disk', async () => {
    await pieces(model, prompt('What are you?', { system: `${system} You are fond of cats.` }));
    await pieces(model, prompt('Do you like dogs?', { system: 'You are a polite librarian.' }));
    await pieces(model, prompt('What are you?'));
    expect(model.lastAnswer?.read).toBeLessThan(25);
  });

  it('lets a second question wait for the first', async () => {
    const [first, second] = await Promise.all([
      pieces(model, prompt('What are you?')),
      pieces(model, prompt('Where are you?')),
    ]);
    expect(first.join('')).not.toBe('');
    expect(second.join('')).not.toBe('');
  });

  it('needs no more memory for the fortieth question than for the tenth', async () => {
    const resident: number[] = [];
    for (let at = 0; at < 40; at += 1) {
      await pieces(model, prompt(`What is ${at} and ${at}?`));
      if (at === 9 || at === 39) resident.push(await model.engine.memory());
    }
    expect(resident[1]! - resident[0]!).toBeLessThan(20_000_000);
    expect(resident[1]).toBeLessThan(450_000_000);
  });

  it('says how fast it is', async () => {
    const { generating, reading } = await model.measureSpeed(never);
    expect(generating).toBeGreaterThan(0);
    expect(reading).toBeGreaterThan(0);
  });

  it('uses no more than the threads it was given', async () => {
    const { pid } = (await model.engine.lease()).host;
    const before = { cpu: cpuOf(pid!), at: performance.now() };
    await pieces(model, prompt('Tell me of the sea.', { system: `${system} And of the sea.` }));
    const cpu = cpuOf(pid!) - before.cpu;
    expect(cpu).toBeLessThan(1.4 * (performance.now() - before.at) + 50);
  });

  it('leaves no process behind', async () => {
    const other = start();
    await other.warm({ system: 'x', messages: [] }, never);
    const { pid } = (await other.engine.lease()).host;
    await other.close();
    expect(isRunning(pid!)).toBe(false);
  });
});

describe('tools for a real model', () => {
  let host: Host;
  const turnOn: Tool = {
    name: 'turn_on',
    description: 'Turns a thing on',
    parameters: {
      type: 'object',
      properties: { name: { enum: ['kitchen light', 'hall light', 'fan'] }, area: { type: 'string' } },
      required: ['name'],
    },
    writes: true,
  };
  beforeAll(async () => {
    // Past the policy that keeps tools from a model this small: the grammar is what is tried.
    const init = { library, model: file, threads: 1, context: 1024 };
    const module = compiled(new URL('../../../src/llm/embedded/llama.host.js', import.meta.url));
    host = await openHost({ name: 'smollm2', carrier: 'process', module, init });
  });
  afterAll(() => host.close());

  it.each([undefined, 'Fool.'])(
    'are called in a form that is right, if not in a choice (begun with %s)',
    async (begin) => {
      const called: unknown[] = [];
      for (let seed = 0; seed < 6; seed += 1) {
        const sampling = { temperature: 0.7, minP: 0.05, repeatPenalty: 1, tokens: 40, sentences: 1 };
        const messages = [
          { role: 'user', text: 'Turn on the hall light' },
          { role: 'assistant', text: '', calls: [{ name: 'turn_on', arguments: { name: 'hall light' } }] },
          { role: 'tool', name: 'turn_on', text: 'on' },
          { role: 'assistant', text: 'Done.' },
          { role: 'user', text: 'Turn on the kitchen light' },
        ];
        const params = { system: 'You are a demon.', messages, tools: [turnOn], begin, turn: seed, sampling, seed };
        for await (const item of host.stream<AnswerItem>('answer', params, never)) {
          if (item.kind === 'call') called.push(item.call);
          if (item.kind === 'text') expect(item.text).not.toContain('!turn_on');
        }
      }
      for (const call of called) {
        expect(call).toMatchObject({
          name: 'turn_on',
          arguments: { name: expect.stringMatching(/^(kitchen light|hall light|fan)$/) },
        });
      }
      if (begin === undefined) expect(called.length).toBeGreaterThan(0);
    },
  );
});
