import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../src/effects/profile.js';
import { chains } from '../../src/tts/chains.js';
import { type Sounding, sentencesInWork } from '../../src/tts/sentences-in-work.js';
import { DEMON } from '../effects/demon.js';
import { vowel } from '../effects/sounds.js';

const RATE = 22_050;
const forever = new AbortController().signal;
const demon: Sounding = { speaker: 1, speed: 1, effects: parseProfile(DEMON, 'a test') };
const ghost: Sounding = { speaker: 2, speed: 1, effects: parseProfile(['chorus', 'reverb'], 'a test') };

/** Speaks every text as "ah", at a pitch that the speaker's number gives. */
const speak = async (_: string, { speaker }: { speaker: number }) => vowel(() => 90 + 20 * speaker, 0.3, RATE);
const piece = { text: 'Ah', pause: 15 };

const read = async (sound: AsyncIterable<Int16Array>): Promise<number[]> => {
  const samples: number[] = [];
  for await (const chunk of sound) samples.push(...chunk);
  return samples;
};

/** A sentence of three pieces, made one after the other; `between` is called before each. */
const sentence = async (
  work: ReturnType<typeof sentencesInWork>,
  number: number,
  as: Sounding,
  between = async (_: number) => {},
): Promise<number[]> => {
  const samples: number[] = [];
  for (const k of [0, 1, 2]) {
    await between(k);
    const request = { sentence: number, piece, last: k === 2, ...(k === 0 && { as }) };
    samples.push(...(await read(work.piece(request, forever))));
  }
  return samples;
};

describe('sentences in work', () => {
  it.each([
    ['of different voices', ghost],
    ['of the same voice', demon],
  ])('sound the same alone and where the pieces of two %s alternate', async (_, other) => {
    const alone = [
      await sentence(sentencesInWork(speak, RATE), 1, demon),
      await sentence(sentencesInWork(speak, RATE), 2, other),
    ];
    const work = sentencesInWork(speak, RATE);
    let second: number[] = [];
    const first = await sentence(work, 1, demon, async (k) => {
      const request = { sentence: 2, piece, last: k === 2, ...(k === 0 && { as: other }) };
      second = [...second, ...(await read(work.piece(request, forever)))];
    });
    expect(first).toEqual(alone[0]);
    expect(second).toEqual(alone[1]);
  });

  it('leave nothing behind that the next one hears', async () => {
    const fresh = await sentence(sentencesInWork(speak, RATE), 1, demon);
    const work = sentencesInWork(speak, RATE);
    await read(work.piece({ sentence: 9, as: demon, piece, last: false }, forever));
    work.drop(9);
    for (let number = 0; number < 3; number++) expect(await sentence(work, number, demon)).toEqual(fresh);
  });

  it('are forgotten when they have ended, were dropped, given up, or failed', async () => {
    const failing = async (text: string, manner: Sounding) => {
      if (text === 'fail') throw new Error('no voice');
      return speak(text, manner);
    };
    const work = sentencesInWork(failing as typeof speak, RATE);
    // Far more than may be in work at once.
    for (let number = 0; number < 400; number += 4) {
      const as = { ...ghost, effects: [] };
      await read(work.piece({ sentence: number, as, piece, last: true }, forever));
      await read(work.piece({ sentence: number + 1, as, piece, last: false }, forever));
      work.drop(number + 1);
      for await (const _ of work.piece({ sentence: number + 2, as, piece, last: false }, forever)) break;
      const failed = read(
        work.piece({ sentence: number + 3, as, piece: { ...piece, text: 'fail' }, last: false }, forever),
      );
      await expect(failed).rejects.toThrow('no voice');
    }
    await expect(read(work.piece({ sentence: 1, piece, last: true }, forever))).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('are refused beyond twice what the queue holds', async () => {
    const work = sentencesInWork(speak, RATE);
    const begin = (number: number) =>
      read(work.piece({ sentence: number, as: { ...ghost, effects: [] }, piece, last: false }, forever));
    for (let number = 0; number < 128; number++) await begin(number);
    await expect(begin(128)).rejects.toMatchObject({ code: 'busy' });
  });

  it('keep their effects to themselves while a piece is made that is not wanted any more', async () => {
    const fresh = await sentence(sentencesInWork(speak, RATE), 1, demon);
    const work = sentencesInWork(speak, RATE);
    const unwanted = work.piece({ sentence: 1, as: demon, piece, last: false }, forever);
    await unwanted.next();
    work.drop(1);
    const wanted = sentence(work, 2, demon, async () => void (await unwanted.next()));
    expect(await wanted).toEqual(fresh);
  });
});

describe('idle chains of effects', () => {
  it('are used again by the same profile, one sentence at a time', () => {
    const idle = chains(RATE);
    const [first, second] = [idle.take(demon.effects), idle.take(demon.effects)];
    expect(second).not.toBe(first);
    idle.give(first);
    expect(idle.take(ghost.effects)).not.toBe(first);
    expect(idle.take([...demon.effects])).toBe(first);
  });

  it('are at most eight', () => {
    const idle = chains(RATE);
    const all = Array.from({ length: 9 }, () => idle.take(demon.effects));
    for (const chain of all) idle.give(chain);
    const again = Array.from({ length: 9 }, () => idle.take(demon.effects));
    expect(again.filter((chain) => all.includes(chain))).toEqual(all.slice(1).reverse());
  });
});
