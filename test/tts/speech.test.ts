import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Say } from '../../src/stages.js';
import { finished, openRendering } from '../../src/tts/rendering.js';
import { type Start, speech, type Utterance } from '../../src/tts/speech.js';
import { heard, says, testRun } from './heard.js';

const RATE = 16_000;
const PAUSE = 0.28 * RATE;

/** Every sentence is 100 ms of its own constant: 0.1, 0.2 … */
const bench = () => {
  const started: Utterance[] = [];
  const released: string[] = [];
  const start: Start = async (utterance) => {
    const number = started.push(utterance);
    return {
      rendering: finished(new Int16Array(RATE / 10).fill(number * 3277)),
      release: () => void released.push(utterance.sentence),
    };
  };
  return { started, released, start };
};

describe('speech', () => {
  it('reads the sentences of all says in order, with a pause between them and none around them', async () => {
    const { start, released } = bench();
    const run = testRun();
    const sound = await heard(speech(says('One. Two.', 'Three.'), 'en', run, start, RATE));
    expect(sound).toHaveLength(3 * (RATE / 10) + 2 * PAUSE);
    const at = (sentence: number) => sound[sentence * (RATE / 10 + PAUSE) + 5];
    expect([at(0), at(1), at(2)].map((x) => Math.round(x! * 10))).toEqual([1, 2, 3]);
    expect(sound[RATE / 10 + 5]).toBe(0);
    expect(run.marks).toEqual(['firstSynthesized']);
    expect(released).toEqual(['One.', 'Two.', 'Three.']);
  });

  it('rests only a moment after a clause that goes on in the next say', async () => {
    const { start } = bench();
    const sound = await heard(speech(says('As you wish,', 'it is done.'), 'en', testRun(), start, RATE));
    expect(sound).toHaveLength(2 * (RATE / 10) + 0.015 * RATE);
  });

  it('hands on which of them are plain', async () => {
    const { start, started } = bench();
    const plain: Say = { text: 'Smoke. Get out.', kind: 'talk', plain: true };
    await heard(speech(says('Ha.', plain), 'en', testRun(), start, RATE));
    expect(started.map((utterance) => utterance.plain)).toEqual([false, true, true]);
  });

  it('starts the next sentence while one is read, and no further one', async () => {
    const { start, started } = bench();
    const audio = speech(says('One. Two. Three. Four.'), 'en', testRun(), start, RATE)[Symbol.asyncIterator]();
    await audio.next();
    await turn();
    expect(started).toHaveLength(2);
    await audio.return?.();
  });

  it('speaks the first say before the second is known', async () => {
    const { start } = bench();
    let more = () => {};
    const known = new Promise<void>((resolve) => {
      more = resolve;
    });
    async function* slowly(): AsyncGenerator<Say> {
      yield { text: 'One.', kind: 'taunt' };
      await known;
      yield { text: 'Two.', kind: 'claim' };
    }
    let blocks = 0;
    await heard(speech(slowly(), 'en', testRun(), start, RATE), () => {
      blocks += 1;
      if (blocks === 5) more();
    });
    expect(blocks).toBeGreaterThan(5);
  });

  it('is silent and ends where there is nothing to say', async () => {
    const { start, started } = bench();
    const run = testRun();
    expect(await heard(speech(says('', '😈', ' ... '), 'en', run, start, RATE))).toHaveLength(0);
    expect(started).toEqual([]);
    expect(run.marks).toEqual([]);
  });

  it.each(['the says', 'the synthesizer'])('stops at once when it is aborted while it waits for %s', async (wait) => {
    const run = testRun();
    const returned: string[] = [];
    async function* never(): AsyncGenerator<Say> {
      try {
        if (wait === 'the synthesizer') yield { text: 'One.', kind: 'talk' };
        await new Promise(() => {});
      } finally {
        returned.push('says');
      }
    }
    let released = 0;
    const start: Start = async () => ({ rendering: openRendering(), release: () => void released++ });
    const next = speech(never(), 'en', run, start, RATE)[Symbol.asyncIterator]().next();
    await turn();
    run.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    expect(released).toBe(wait === 'the synthesizer' ? 1 : 0);
  });

  it('gives back what it has started when its reader leaves', async () => {
    const { start, released } = bench();
    for await (const _ of speech(says('One. Two. Three.'), 'en', testRun(), start, RATE)) break;
    await turn();
    expect(released).toEqual(['One.', 'Two.']);
  });

  it('fails where a sentence fails, after those before it', async () => {
    const { start } = bench();
    const failing: Start = async (utterance, signal) => {
      if (utterance.sentence === 'Two.') throw new Error('no voice');
      return start(utterance, signal);
    };
    let blocks = 0;
    const reading = heard(speech(says('One. Two.'), 'en', testRun(), failing, RATE), () => {
      blocks += 1;
    });
    await expect(reading).rejects.toThrow('no voice');
    expect(blocks).toBe(5);
  });
});
