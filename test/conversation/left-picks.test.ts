import { describe, expect, it } from 'vitest';
import { heldPicks } from '../../src/conversation/held-picks.js';
import { createLeftPicks } from '../../src/conversation/left-picks.js';
import type { LinePicker } from '../../src/persona/picker.js';
import { linePicker } from '../../src/persona/picker.js';
import { seededRandom } from '../../src/random.js';
import type { TurnContext } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { change, DEEDS, fakeHome, outcome } from './fake-home.js';
import { exchange, heard, KITCHEN, listen, settle, talkWith, testRun } from './talking.js';

const HEARING: TurnContext = { language: 'en' };
const ASKING: TurnContext = { language: 'en-US', conversation: '01J', satellite: 'assist_satellite.hall' };

/** A picker that hands out another line each time. */
const counting = (): LinePicker => {
  let count = 0;
  return {
    pick: () => {
      count++;
      return { text: `line ${count}`, plain: false, use: () => {}, isUnsaid: () => true };
    },
  };
};

describe('lines that were left', () => {
  const opened = () => {
    const clock = testClock();
    const picker = counting();
    const left = createLeftPicks(clock);
    const prepare = (text: string): string => {
      const picks = heldPicks(picker);
      left.leave(picker, text, picks);
      return picks.pick('done')!.text;
    };
    const say = (text: string, lines = picker): string => heldPicks(lines, left.take(lines, [text])).pick('done')!.text;
    return { clock, left, picker, prepare, say };
  };

  it('are said for the same words, however they are written', () => {
    const { prepare, say } = opened();
    const line = prepare('turn on the lamp');
    expect(say('Turn on the lamp!')).toBe(line);
  });

  it('are said once', () => {
    const { prepare, say } = opened();
    const line = prepare('turn on the lamp');
    say('turn on the lamp');
    expect(say('turn on the lamp')).not.toBe(line);
  });

  it('are for no other words, and no other language', () => {
    const { prepare, say } = opened();
    prepare('turn on the heating');
    const line = prepare('turn on the lamp');
    expect(say('turn on the fan')).not.toBe(line);
    expect(say('turn on the lamp', counting())).toBe('line 1');
    expect(say('turn on the lamp')).toBe(line);
  });

  it('are kept for ten seconds', async () => {
    const { clock, prepare, say } = opened();
    const kept = prepare('one');
    const forgotten = prepare('two');
    await clock.advance(10_000);
    expect(say('one')).toBe(kept);
    await clock.advance(1);
    expect(say('two')).not.toBe(forgotten);
  });

  it('are kept of the last eight', () => {
    const { prepare, say } = opened();
    const lines = 'abcdefghi'.split('').map((text) => prepare(text));
    expect(say('a')).not.toBe(lines[0]);
    expect(say('b')).toBe(lines[1]);
    expect(say('i')).toBe(lines[8]);
  });

  it('are not left where they are said after all', () => {
    const { left, picker } = opened();
    const picks = heldPicks(picker);
    left.leave(picker, 'one', picks);
    left.withdraw(picks);
    expect(left.take(picker, ['one'])).toBeUndefined();
  });

  it('are picked anew where somebody else has said them since', () => {
    const picker = linePicker({ done: ['One.', 'Two.'] }, { random: seededRandom(1) });
    const before = heldPicks(picker);
    const line = before.pick('done')!.text;
    picker.pick('done')!.use();
    expect(heldPicks(picker, before).pick('done')!.text).not.toBe(line);
  });
});

describe('an answer that was prepared by who heard it', () => {
  /** What "hear" does for a peer: nothing is ever committed. */
  const prepared = async (respond: ReturnType<typeof talkWith>['respond'], text: string, asCommand?: string) => {
    const run = testRun();
    const said = { ...heard(text, 'draft'), ...(asCommand !== undefined && { asCommand }) };
    const { likely } = await respond(said, HEARING, run).understood;
    await settle();
    return { likely, revoke: run.revoke };
  };

  it('is the one that is given to the same words as text', async () => {
    const { respond, respondAtOnce } = talkWith(fakeHome(DEEDS));
    for (const text of ['turn on the lamp', 'turn on the fan', 'is the lamp on', 'who are you', 'the sea is deep']) {
      const { likely, revoke } = await prepared(respond, text);
      revoke();
      expect((await exchange(respondAtOnce, text, { context: ASKING })).says).toEqual(likely);
    }
  });

  it('is given while its run still waits', async () => {
    const { respond, respondAtOnce } = talkWith(fakeHome(DEEDS));
    const { likely } = await prepared(respond, 'turn on the lamp');
    expect((await exchange(respondAtOnce, 'turn on the lamp', { context: ASKING })).says).toEqual(likely);
  });

  it('is given though other answers were prepared and said in between', async () => {
    const named = outcome('HassTurnOn', { changed: [change('switch.kettle', 'on')] });
    const home = { ...DEEDS, 'boil water': { foreseen: named }, 'boil it': { foreseen: { ...named, slots: {} } } };
    const { respond, respondAtOnce } = talkWith(fakeHome(home));
    for (let round = 0; round < 30; round++) {
      const { likely } = await prepared(respond, 'boil water');
      await prepared(respond, 'boil it');
      await exchange(respond, 'who are you');
      expect((await exchange(respondAtOnce, 'boil water', { context: ASKING })).says).toEqual(likely);
    }
  });

  it('goes by the reading that was believed', async () => {
    const { respond, respondAtOnce } = talkWith(fakeHome(DEEDS));
    const { likely } = await prepared(respond, 'turn on the lamb', 'turn on the lamp');
    expect((await exchange(respondAtOnce, 'turn on the lamp', { context: ASKING })).says).toEqual(likely);
  });

  it('leaves nothing to other words when it is revoked', async () => {
    const { respond, respondAtOnce } = talkWith(fakeHome(DEEDS));
    const lamp = await prepared(respond, 'is the lamp on');
    lamp.revoke();
    const other = await exchange(respondAtOnce, 'turn on the fan', { context: ASKING });
    expect(other.says).toEqual(other.understood.likely);
    expect(other.says).not.toEqual(lamp.likely);
  });

  it('changes no rule about what was said lately', async () => {
    const { respond, respondAtOnce } = talkWith(fakeHome(DEEDS));
    const said: string[] = [];
    for (let turn = 0; turn < 40; turn++) {
      const { revoke } = await prepared(respond, 'turn on the lamp');
      if (turn % 2 === 0) revoke();
      // Somebody else says the same line meanwhile.
      if (turn % 3 === 0) said.push((await exchange(respond, 'turn on the lamp and turn on the fan')).text);
      const { text } = await exchange(respondAtOnce, 'turn on the lamp', { context: ASKING });
      const sameBefore = said.slice(-6);
      expect(sameBefore).not.toContain(text);
      said.push(text);
    }
  });

  it('is not kept of an answer that is said itself', async () => {
    const { respond } = talkWith(fakeHome(DEEDS));
    const first = await exchange(respond, 'turn on the lamp', { context: KITCHEN });
    const second = await exchange(respond, 'turn on the lamp', { context: KITCHEN });
    expect(second.text).not.toBe(first.text);
    const run = testRun();
    run.commit();
    const { says, ended } = listen(respond(heard('turn on the lamp'), KITCHEN, run));
    await ended;
    expect([first.text, second.text]).not.toContain(says[0]!.text);
  });
});
