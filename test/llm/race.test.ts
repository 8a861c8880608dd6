import { describe, expect, it } from 'vitest';
import { modelOfAgent } from '../../src/llm/agent.js';
import { withCircuit } from '../../src/llm/circuit.js';
import { withFallback } from '../../src/llm/race.js';
import type { LanguageModel, Prompt, Thinking } from '../../src/stages.js';
import { type TestClock, testClock } from '../fakes/clock.js';
import { answerOf, atOnce, never, question, TURN_ON, troubleWith } from './ask.js';
import { logLines } from './log-lines.js';

interface Part {
  readonly model: LanguageModel;
  readonly asked: Prompt[];
  readonly aborted: unknown[];
}

/** A model that says words at their times, or fails then. */
const part = (
  name: string,
  clock: TestClock,
  script:
    | readonly (readonly [at: number, word: string | Error])[]
    | (() => readonly (readonly [number, string | Error])[]),
  { local = true, hands = true }: { local?: boolean; hands?: boolean } = {},
): Part => {
  const asked: Prompt[] = [];
  const aborted: unknown[] = [];
  const model: LanguageModel = {
    name,
    local,
    hands,
    async *ask(prompt, signal, committed): AsyncGenerator<Thinking> {
      const note = () => aborted.push(signal.reason);
      signal.addEventListener('abort', note, { once: true });
      try {
        if (!local) {
          const given = new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
          await Promise.race([committed, given]);
        }
        asked.push(prompt);
        const start = clock.now();
        for (const [at, word] of typeof script === 'function' ? script() : script) {
          await clock.sleep(start + at - clock.now(), signal);
          if (word instanceof Error) throw word;
          yield { kind: 'text', text: word };
        }
      } finally {
        signal.removeEventListener('abort', note);
      }
    },
    async warm() {},
    async close() {},
  };
  return { model, asked, aborted };
};

const race = (
  localScript: Parameters<typeof part>[2],
  cloudScript: Parameters<typeof part>[2],
  { hands = true }: { hands?: boolean } = {},
) => {
  const clock = testClock();
  const { log, lines } = logLines();
  const local = part('local', clock, localScript, { hands });
  const cloud = part('cloud', clock, cloudScript, { local: false });
  const model = withFallback(local.model, cloud.model, { clock, log });
  const ask = (committed: Promise<void> | undefined = atOnce, signal = never, prompt = question('Hello')) =>
    answerOf(model.ask(prompt, signal, committed)).then(({ text }) => text);
  return { clock, local, cloud, model, ask, lines };
};

describe('a local model with another to help it out', () => {
  it('answers alone while it begins in time', async () => {
    const { clock, cloud, ask } = race(
      [
        [240, 'local '],
        [900, 'words'],
      ],
      [[0, 'cloud']],
    );
    expect(await clock.until(ask())).toBe('local words');
    expect(cloud.asked).toHaveLength(0);
  });

  it('wins over the other where its first word comes first, and the other is aborted', async () => {
    const { clock, cloud, ask } = race([[400, 'local']], [[300, 'cloud']]);
    expect(await clock.until(ask())).toBe('local');
    expect(cloud.asked).toHaveLength(1);
    expect(cloud.aborted).toHaveLength(1);
  });

  it('is aborted where the other is first, which then speaks alone', async () => {
    const { clock, local, model } = race(
      [[900, 'local']],
      [
        [400, 'cloud '],
        [2_000, 'words'],
      ],
    );
    const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
    expect((await clock.until(heard.next())).value).toEqual({ kind: 'text', text: 'cloud ' });
    expect(local.aborted).toHaveLength(1);
    expect((await clock.until(heard.next())).value).toEqual({ kind: 'text', text: 'words' });
    expect(clock.now()).toBe(2_250);
  });

  it('is helped out at once where it fails', async () => {
    const { clock, ask, lines } = race([[10, new Error('is down')]], [[400, 'cloud']]);
    expect(await clock.until(ask())).toBe('cloud');
    expect(clock.now()).toBe(410);
    expect(lines.join('')).toContain('local is helped out by cloud: is down');
  });

  it('is helped out where it fails later, by the other that was asked already', async () => {
    const { clock, ask } = race([[300, new Error('is down')]], [[400, 'cloud']]);
    expect(await clock.until(ask())).toBe('cloud');
  });

  it('speaks where the other fails', async () => {
    const { clock, ask } = race([[900, 'local']], [[10, new Error('401')]]);
    expect(await clock.until(ask())).toBe('local');
  });

  it('says its own trouble where both fail', async () => {
    const { clock, ask, lines } = race([[10, new Error('is down')]], [[10, new Error('401')]]);
    await expect(clock.until(ask())).rejects.toThrow('is down');
    expect(lines.join('')).toContain('cloud failed: 401');
  });

  it('is not helped out any more once it has spoken', async () => {
    const { clock, cloud, ask } = race(
      [
        [10, 'local'],
        [20, new Error('is cut')],
      ],
      [[0, 'cloud']],
    );
    await expect(clock.until(ask())).rejects.toThrow('is cut');
    expect(cloud.asked).toHaveLength(0);
  });

  it('keeps speech in the house until the turn is committed', async () => {
    const { clock, cloud, ask } = race([[10, new Error('is down')]], [[400, 'cloud']]);
    let commit = () => {};
    const answer = ask(
      new Promise<void>((resolve) => {
        commit = resolve;
      }),
    );
    await clock.advance(1_000);
    expect(cloud.asked).toHaveLength(0);
    commit();
    expect(await clock.until(answer)).toBe('cloud');
  });

  it('keeps speech in the house where the turn is never committed, or says nothing of it', async () => {
    const given = race([[5_000, 'local']], [[0, 'cloud']]);
    const up = Promise.reject(new Error('speech went on'));
    up.catch(() => {});
    expect(await given.clock.until(given.ask(up))).toBe('local');
    expect(given.cloud.asked).toHaveLength(0);

    const silent = race([[10, new Error('is down')]], [[0, 'cloud']]);
    await expect(silent.clock.until(answerOf(silent.model.ask(question('Hello'), never)))).rejects.toThrow('is down');
    expect(silent.cloud.asked).toHaveLength(0);
  });

  it('leaves nothing behind where both begin at the same moment', async () => {
    const clock = testClock();
    let begin = () => {};
    const moment = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let open = 0;
    const model: LanguageModel = {
      ...part('either', clock, []).model,
      async *ask() {
        open++;
        try {
          await moment;
          yield { kind: 'text', text: 'Ha!' };
        } finally {
          open--;
        }
      },
    };
    const answer = answerOf(withFallback(model, model, { clock }).ask(question('Hello'), never, atOnce));
    await clock.advance(250);
    expect(open).toBe(2);
    begin();
    expect((await answer).text).toBe('Ha!');
    await clock.advance(0);
    expect(open).toBe(0);
  });

  it.each([100, 500])('is left, both are, when the turn ends after %d ms', async (at) => {
    const { clock, local, cloud, ask } = race([[5_000, 'local']], [[5_000, 'cloud']]);
    const abort = new AbortController();
    const answer = troubleWith(ask(atOnce, abort.signal));
    await clock.advance(at);
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await answer).toBe(reason);
    expect(local.aborted).toEqual([reason]);
    expect(cloud.aborted).toEqual(at > 250 ? [reason] : []);
    expect(clock.sleeping).toBe(0);
  });

  it('is left, both are, when the reader leaves', async () => {
    const { clock, local, cloud, model } = race(
      [[900, 'local']],
      [
        [0, 'cloud'],
        [60_000, 'words'],
      ],
    );
    const heard = model.ask(question('Hello'), never, atOnce)[Symbol.asyncIterator]();
    await clock.until(heard.next());
    await heard.return?.();
    expect([local.aborted.length, cloud.aborted.length]).toEqual([1, 1]);
  });

  it('has only those tools that it may use', async () => {
    const { clock, local, cloud, model, ask } = race([[900, 'local']], [[0, 'cloud']], { hands: false });
    expect(model.hands).toBe(true);
    await clock.until(ask(atOnce, never, question('Light!', { tools: [TURN_ON] })));
    expect([local.asked[0]!.tools, cloud.asked[0]!.tools]).toEqual([[], [TURN_ON]]);
  });
});

describe('a conversation agent in the place of a model', () => {
  it('is asked what was said last, once the turn is committed', async () => {
    const heard: string[] = [];
    const agent = modelOfAgent({ name: 'conversation.home', ask: async (text) => `${heard.push(text)}: it is done` });
    const prompt = question('', {
      messages: [
        { role: 'user', text: 'Hi' },
        { role: 'assistant', text: 'Ha!' },
        { role: 'user', text: 'Lights!' },
      ],
    });
    expect(await troubleWith(agent.ask(prompt, never))).toMatchObject({ code: 'internal' });
    expect(heard).toEqual([]);
    expect((await answerOf(agent.ask(prompt, never, atOnce))).text).toBe('1: it is done');
    expect(heard).toEqual(['Lights!']);
  });
});

describe('a model that keeps failing', () => {
  const failing = () => {
    const clock = testClock();
    let healthy = false;
    const inner = part('local', clock, () => [[10, healthy ? 'Ha!' : new Error('is down')]]);
    const model = withCircuit(inner.model, { clock });
    const ask = (signal = never) => troubleWith(clock.until(answerOf(model.ask(question('Hello'), signal))));
    return {
      clock,
      inner,
      model,
      ask,
      heal: () => {
        healthy = true;
      },
    };
  };

  it('is left alone after the third time, and fails at once as it did before', async () => {
    const { inner, ask } = failing();
    for (let times = 0; times < 5; times++) expect(await ask()).toMatchObject({ message: 'is down' });
    expect(inner.asked).toHaveLength(3);
  });

  it('is tried again after a pause that grows, and trusted again when it answers', async () => {
    const { clock, inner, ask, heal } = failing();
    for (let times = 0; times < 3; times++) await ask();
    await clock.advance(5_000);
    await ask();
    expect(inner.asked).toHaveLength(4);
    await clock.advance(5_000);
    await ask();
    expect(inner.asked).toHaveLength(4);
    heal();
    await clock.advance(5_000);
    expect(await ask()).toBeUndefined();
    expect(await ask()).toBeUndefined();
    expect(inner.asked).toHaveLength(6);
  });

  it('is tried by one at a time', async () => {
    const { clock, inner, model, ask } = failing();
    for (let times = 0; times < 3; times++) await ask();
    await clock.advance(5_000);
    const both = [model, model].map((it) => troubleWith(it.ask(question('Hello'), never)));
    await clock.until(Promise.all(both));
    expect(inner.asked).toHaveLength(4);
  });

  it('has not failed where it was not wanted any more', async () => {
    const { clock, inner, model } = failing();
    for (let times = 0; times < 5; times++) {
      const abort = new AbortController();
      const answer = troubleWith(model.ask(question('Hello'), abort.signal));
      await clock.advance(5);
      abort.abort(new Error('enough'));
      await answer;
    }
    expect(inner.asked).toHaveLength(5);
  });
});
