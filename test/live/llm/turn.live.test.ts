import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { openOllama } from '../../../src/llm/ollama.js';
import { createLog } from '../../../src/log.js';
import { openMind } from '../../../src/mind.js';
import { loadOptions } from '../../../src/options/load.js';
import { thisMachine } from '../../../src/options/machine.js';
import type { LanguageModel, Say, TurnContext } from '../../../src/stages.js';
import { thinkWith } from '../../conversation/mind/thinking.js';
import { heard, isLine, listen, testRun } from '../../conversation/talking.js';
import type { TestClock } from '../../fakes/clock.js';
import { cpuUsed, openRig, type Rig } from './rig.js';

/** A small model that speaks nonsense, on a real server: what is proven here is not its wit. */
const MODEL = 'smollm2:135m';
const HERE: TurnContext = { language: 'en' };
let rig: Rig;
let model: LanguageModel;
beforeAll(async () => {
  rig = await openRig();
  model = openOllama({ url: rig.url, model: MODEL, clock: systemClock, numThread: 1, numCtx: 2048, numPredict: 60 });
});
afterAll(async () => {
  await model?.close();
  await rig?.close();
});

/** On the machine's own clock, since the server knows no other. */
const talk = (of = model) => thinkWith(of, { contextTokens: () => 2048 }, systemClock as TestClock);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a turn with a real model', () => {
  it('streams into sentences that a voice can read, and goes on from what was said', async () => {
    const { errors, heard: noteHeard, history, respond, warm, warnings } = talk();
    await warm(HERE);
    for (const text of ['what do you think of the moon', 'and of the stars']) {
      const run = testRun();
      const reply = respond(heard(text), HERE, run);
      const { ended, says } = listen(reply);
      run.commit();
      await ended;
      noteHeard(reply, { heard: 60_000, complete: true });
      const words = says.filter(({ text }) => !isLine(text, 'exclamation'));
      expect(words.length).toBeGreaterThan(0);
      for (const say of words) expect(say.text).not.toMatch(/[*_#`<>{}]|\n/);
    }
    expect([errors, warnings]).toEqual([[], []]);
    expect(history.of(HERE).map(({ said }) => said)).toEqual(['what do you think of the moon', 'and of the stars']);
  });

  it('is thought of before the turn has decided, and says nothing until then', async () => {
    await talk().warm(HERE);
    const prepared: string[] = [];
    const eager = thinkWith(
      model,
      { contextTokens: () => 2048, prepare: async ({ text }: Say) => void prepared.push(text) },
      systemClock as TestClock,
    );
    const run = testRun();
    const { ended, says } = listen(eager.respond(heard('tell me of your home', 'draft'), HERE, run));
    while (prepared.length === 0) await pause(10);
    expect(says).toEqual([]);
    run.commit();
    await ended;
    expect(says.map(({ text }) => text)).toContain(prepared[0]);
  });

  it('ends at the server when it is interrupted', async () => {
    const long = openOllama({
      url: rig.url,
      model: MODEL,
      clock: systemClock,
      numThread: 1,
      numCtx: 2048,
      numPredict: 900,
    });
    const { respond, warm } = talk(long);
    await warm(HERE);
    const run = testRun();
    const reply = respond(heard('tell me a long story about a castle'), HERE, run);
    const { ended, says } = listen(reply);
    run.commit();
    while (says.filter(({ text }) => !isLine(text, 'exclamation')).length === 0) await pause(5);
    const began = performance.now();
    run.revoke();
    await ended;
    // Whoever still writes, uses the processor.
    let last = cpuUsed(rig);
    let stopped = performance.now();
    for (let quiet = 0; quiet < 10; ) {
      await pause(20);
      const now = cpuUsed(rig);
      if (now !== last) stopped = performance.now();
      quiet = now === last ? quiet + 1 : 0;
      last = now;
    }
    console.log(`the server stopped within ${Math.round(stopped - began)} ms of the interruption`);
    expect(await reply.result).toMatchObject({ expectsAnswer: false });
    await long.close();
  });

  it('excuses itself in character when the server dies in mid-answer', async () => {
    const long = openOllama({
      url: rig.url,
      model: MODEL,
      clock: systemClock,
      numThread: 1,
      numCtx: 2048,
      numPredict: 900,
    });
    const { respond, warm, warnings } = talk(long);
    await warm(HERE);
    const run = testRun();
    const { ended, says } = listen(respond(heard('tell me a long story about a castle'), HERE, run));
    run.commit();
    while (says.filter(({ text }) => !isLine(text, 'exclamation')).length === 0) await pause(5);
    await rig.kill();
    await ended;
    expect(isLine(says.at(-1)?.text, 'error.mind.cut')).toBe(true);
    expect(warnings.map(({ trouble }) => trouble)).toEqual(['cut']);
    await rig.start();
  });
});

describe('the mind of the options', () => {
  const log = createLog({ level: 'silent', format: 'json' });
  const optionsWith = (...set: string[]) => loadOptions({ machine: thisMachine(), set }).options;

  it('finds a server, and the model that was asked for', async () => {
    const options = optionsWith(`mind.url=${rig.url}`, `mind.model=${MODEL}`, 'mind.num_thread=1');
    const mind = openMind({ options, log, clock: systemClock })!;
    await mind.searched;
    expect([mind.available(), mind.contextTokens, mind.model.name]).toEqual([true, 1024, `ollama ${MODEL}`]);
    const { respond } = thinkWith(mind.model, { contextTokens: () => mind.contextTokens }, systemClock as TestClock);
    const run = testRun();
    const { ended, says } = listen(respond(heard('what do you think of the moon'), HERE, run));
    run.commit();
    await ended;
    expect(says.length).toBeGreaterThan(0);
    await mind.close();
  });

  it('takes none that speaks nonsense of its own accord', async () => {
    const options = optionsWith(`mind.url=${rig.url}`, 'mind.engine=ollama');
    const mind = openMind({ options, log, clock: systemClock })!;
    await mind.searched;
    expect(mind.available()).toBe(false);
    expect(mind.describe()).toContain('no model that would make sense here');
    await mind.close();
  });
});
