import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { through } from '../../src/effects/lift.js';
import { buildChain, parseProfile } from '../../src/effects/profile.js';
import type { Audio, Block, Effect } from '../../src/stages.js';
import { DEMON } from './demon.js';
import { firstDifference, play } from './measures.js';
import { joined, noise, sine } from './sounds.js';

const RATE = 22_050;
const LONGEST = 441;
const demon = (): Effect => buildChain(parseProfile(DEMON, 'a test'), RATE);
const forever = new AbortController().signal;

/** Audio of given blocks, each where it says, all ready at once. */
const audioOf = (...blocks: readonly Block[]): Audio => ({
  rate: RATE,
  async *[Symbol.asyncIterator]() {
    yield* blocks;
  },
});

const heard = async (audio: Audio): Promise<Block[]> => {
  const blocks: Block[] = [];
  for await (const block of audio) blocks.push(block);
  return blocks;
};
const samplesOf = (blocks: readonly Block[]): Float32Array => joined(...blocks.map(({ samples }) => samples));

describe('audio through an effect', () => {
  const sound = joined(sine(150, 0.4, RATE), noise(0.2, RATE));

  it('gives what the effect gives, without its delay, in blocks of at most 20 ms, whatever the blocks that come', async () => {
    const whole = play(demon(), sound);
    const { delay } = demon();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        const blocks: Block[] = [];
        for (let at = 0, k = 0; at < sound.length; at += sizes[k++ % sizes.length]!) {
          blocks.push({ samples: sound.subarray(at, at + sizes[k % sizes.length]!), from: 1_000 + at });
        }
        const out = await heard(through(demon(), audioOf(...blocks), forever));
        expect(Math.max(...out.map(({ samples }) => samples.length))).toBeLessThanOrEqual(LONGEST);
        expect(firstDifference(samplesOf(out), whole.subarray(delay))).toBe(-1);
        let next = 1_000;
        for (const { samples, from } of out) {
          expect(from).toBe(next);
          next += samples.length;
        }
      }),
      { numRuns: 15 },
    );
  });

  it('comes late by the delay where that is wanted', async () => {
    const out = await heard(through(demon(), audioOf({ samples: sound, from: 0 }), forever, { compensate: false }));
    expect(firstDifference(samplesOf(out), play(demon(), sound))).toBe(-1);
  });

  it('hands out blocks of their own', async () => {
    const out = await heard(through(demon(), audioOf({ samples: sound, from: 0 }), forever));
    expect(new Set(out.map(({ samples }) => samples.buffer)).size).toBe(out.length);
  });

  it('fills a short gap with silence', async () => {
    const gap = 5_000;
    const blocks = [
      { samples: sound, from: 0 },
      { samples: sound, from: sound.length + gap },
    ];
    const out = await heard(through(demon(), audioOf(...blocks), forever));
    const whole = play(demon(), joined(sound, new Float32Array(gap), sound));
    expect(firstDifference(samplesOf(out), whole.subarray(demon().delay))).toBe(-1);
  });

  it('leaves a long gap a gap, and begins anew after it', async () => {
    const from = 10 * RATE;
    const out = await heard(through(demon(), audioOf({ samples: sound, from: 0 }, { samples: sound, from }), forever));
    const whole = play(demon(), sound).subarray(demon().delay);
    const [before, after] = [out.filter((block) => block.from < from), out.filter((block) => block.from >= from)];
    expect(after[0]!.from).toBe(from);
    expect(firstDifference(samplesOf(before), whole)).toBe(-1);
    expect(firstDifference(samplesOf(after), whole)).toBe(-1);
  });

  it('begins anew where the source jumps back', async () => {
    const blocks = [
      { samples: sound, from: 1_000 },
      { samples: sound, from: 0 },
    ];
    const out = await heard(through(demon(), audioOf(...blocks), forever));
    const whole = play(demon(), sound).subarray(demon().delay);
    expect(firstDifference(samplesOf(out), joined(whole, whole))).toBe(-1);
  });

  it('is silent for audio without a block', async () => {
    expect(await heard(through(demon(), audioOf(), forever))).toEqual([]);
  });

  it('lets the event loop turn at least every 5 ms of work', async () => {
    // A clock that says that every block takes 1 ms of work.
    let clock = 0;
    const now = (): number => clock;
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const immediates = { count: 0, stop: false };
    const turn = (): void => {
      immediates.count++;
      if (!immediates.stop) setImmediate(turn);
    };
    setImmediate(turn);
    let worstRun = 0;
    let run = 0;
    let seen = 0;
    for await (const _ of through(demon(), audioOf({ samples: noise(4, RATE), from: 0 }), forever, { now })) {
      clock += 1;
      run = immediates.count === seen ? run + 1 : 1;
      seen = immediates.count;
      worstRun = Math.max(worstRun, run);
    }
    immediates.stop = true;
    clearInterval(turning);
    expect(clock).toBeGreaterThan(150);
    expect(worstRun).toBeLessThanOrEqual(5);
  });

  it('throws the reason as soon as it is aborted, even while its source waits', async () => {
    const controller = new AbortController();
    const stuck: Audio = {
      rate: RATE,
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    };
    const waiting = heard(through(demon(), stuck, controller.signal));
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(heard(through(demon(), audioOf(), controller.signal))).rejects.toThrow('enough');
  });

  it('closes its source when its reader leaves, and leaves the effect as new', async () => {
    let closed = false;
    const source: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        try {
          for (let from = 0; ; from += sound.length) yield { samples: sound, from };
        } finally {
          closed = true;
        }
      },
    };
    const effect = demon();
    for await (const _ of through(effect, source, forever)) break;
    expect(closed).toBe(true);
    expect(firstDifference(play(effect, sound), play(demon(), sound))).toBe(-1);
  });

  it('passes on what its source throws', async () => {
    const broken: Audio = {
      rate: RATE,
      async *[Symbol.asyncIterator]() {
        yield { samples: sound, from: 0 };
        throw new Error('unplugged');
      },
    };
    await expect(heard(through(demon(), broken, forever))).rejects.toThrow('unplugged');
  });
});
