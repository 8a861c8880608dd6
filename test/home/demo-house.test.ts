import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/home/snapshot.js';
import type { Run } from '../../src/stages.js';
import { committedRun, inEnglish, signal, testHouse } from './houses.js';

const COMMANDS = [
  'turn on the lamp',
  'turn off everything',
  'set the desk lamp to thirty percent',
  'turn the lamp red',
  'set the thermostat to twenty two degrees',
  'close the blind',
  'unlock the front door',
  'open the garage door',
  'turn on the fan at twenty percent',
  'set the volume to ninety percent',
  'play the music',
  'turn on all the lights',
  'set a timer for ten minutes',
  'make it warmer',
  'dim the desk lamp',
  'turn on the fountain',
  'turn on the ceiling light',
];

const gate = (): { committed: Promise<void>; commit: () => void } => {
  let commit = (): void => {};
  const committed = new Promise<void>((resolve) => {
    commit = resolve;
  });
  return { committed, commit };
};

describe('the commit gate', () => {
  test.each([...COMMANDS, 'undo that'])('%s: nothing happens before the turn is committed', async (text) => {
    const { house, understand, say } = testHouse();
    await say('turn on the printer');
    const before = house.snapshot();
    const command = (await understand(text))!;
    const { committed, commit } = gate();
    const performed = house.perform(command, { signal, committed, mark: () => {} });
    await new Promise((resolve) => setImmediate(resolve));
    expect(house.snapshot()).toEqual(before);
    commit();
    const outcome = await performed;
    const really = difference(before, house.snapshot());
    expect(really).toHaveLength(outcome.changed.length);
    expect(really).toEqual(expect.arrayContaining([...outcome.changed]));
    house.close();
  });

  test('a turn that is given up changes nothing', async () => {
    const { house, understand } = testHouse();
    const before = house.snapshot();
    const command = (await understand('turn on the lamp'))!;
    const reason = new Error('given up');
    const never: Run = { signal, committed: Promise.reject(reason), mark: () => {} };
    await expect(house.perform(command, never)).rejects.toBe(reason);
    const late = new AbortController();
    late.abort(reason);
    await expect(house.perform(command, { ...committedRun(), signal: late.signal })).rejects.toBe(reason);
    expect(house.snapshot()).toEqual(before);
  });

  test('taking back waits for it too', async () => {
    const { house, say } = testHouse();
    const { undo } = await say('turn on the lamp');
    const before = house.snapshot();
    const { committed, commit } = gate();
    const undone = undo!({ signal, committed, mark: () => {} });
    await new Promise((resolve) => setImmediate(resolve));
    expect(house.snapshot()).toEqual(before);
    commit();
    await undone;
    expect(house.snapshot()).not.toEqual(before);
  });
});

describe('properties', () => {
  const { house, understand } = testHouse();
  const words = fc.array(
    fc.oneof(
      fc.constantFrom(
        ...COMMANDS.flatMap((text) => text.split(' ')),
        ...house.names(),
        'and',
        'the',
        'to',
        'half',
        'not',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    ),
    { maxLength: 14 },
  );

  test('no words make it throw, and understanding and foreseeing change nothing', async () => {
    const before = house.snapshot();
    await fc.assert(
      fc.asyncProperty(words, async (some) => {
        const text = some.join(' ');
        const command = await understand(text);
        house.unfinished(text);
        if (command) house.foresee(command);
        expect(house.snapshot()).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  test('taking back restores exactly, after any commands in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 6 }), async (texts) => {
        const { house: own, say } = testHouse();
        const past = [];
        for (const text of texts) {
          const before = own.snapshot();
          past.push({ before, outcome: await say(text) });
        }
        for (const { before, outcome } of past.reverse()) {
          await outcome.undo?.(committedRun());
          expect(own.snapshot()).toEqual(before);
        }
        own.close();
      }),
      { numRuns: 60 },
    );
  });

  test('what is foreseen is what happens, unless a thing fails', async () => {
    for (const text of COMMANDS.filter((one) => one !== 'turn on the fountain')) {
      const { house: own, understand: hear } = testHouse();
      const command = (await hear(text))!;
      const foreseen = own.foresee(command);
      const { undo: _, ...outcome } = await own.perform(command, committedRun());
      expect(outcome).toEqual(foreseen);
      own.close();
    }
  });
});

describe('the demo house', () => {
  test('a thing that fails on purpose is foreseen to work, and is said to have failed', async () => {
    const { house, understand, say } = testHouse();
    const command = (await understand('turn on the fountain and the lamp'))!;
    expect(house.foresee(command)).toMatchObject({
      failed: [],
      slots: { names: 'the fountain and the living room lamp' },
    });
    const outcome = await say('turn on the fountain and the lamp');
    expect(outcome.failed).toEqual([{ name: 'fountain', reason: 'it does not answer' }]);
    expect(outcome.really).toEqual(['light.living_room_lamp: off > on, 100 %, warm white']);
    expect(outcome.slots).toEqual({ name: 'living room lamp', names: 'the living room lamp' });
  });

  test('taking back leaves alone what has been changed since', async () => {
    const { say } = testHouse();
    const first = await say('turn on the lamp and the fan');
    await say('set the lamp to ten percent');
    const undone = await first.undo!(committedRun());
    expect(undone.changed.map(({ entity }) => entity)).toEqual(['fan.living_room_fan']);
    expect(undone.failed).toEqual([{ name: 'living room lamp', reason: 'it has been changed since' }]);
  });

  test('"undo that" takes back the last command, then the one before it', async () => {
    const { house, say } = testHouse();
    const fresh = house.snapshot();
    await say('turn on the lamp');
    await say('close the blind');
    expect((await say('undo that')).really).toEqual(['cover.living_room_blind: closed > open']);
    expect((await say('undo that')).really).toEqual(['light.living_room_lamp: on, 100 %, warm white > off']);
    expect(house.snapshot()).toEqual(fresh);
    expect((await say('undo that')).failed).toHaveLength(1);
  });

  test('a lamp that goes on again is as bright as it was', async () => {
    const { say } = testHouse();
    await say('turn off the desk lamp');
    expect((await say('turn on the desk lamp')).really).toEqual(['light.desk_lamp: off > on, 80 %, white']);
    await say('set the desk lamp to zero percent');
    expect((await say('turn on the desk lamp')).really).toEqual(['light.desk_lamp: off > on, 80 %, white']);
  });

  test('dimming stops before a lamp is off', async () => {
    const { say } = testHouse();
    for (let times = 0; times < 6; times++) await say('dim the bedside lamp');
    expect((await say('dim the bedside lamp')).already).toEqual(['light.bedside_lamp']);
    expect((await say('is the bedside lamp on')).speech).toBe('Yes, the bedside lamp is on.');
  });

  test('a timer counts, is told of, paused, lengthened and rings once', async () => {
    const rung: number[] = [];
    const { clock, say } = testHouse({ onTimer: ({ seconds }) => rung.push(seconds) });
    await say('set a timer for ten minutes');
    await clock.advance(4 * 60_000);
    expect((await say('how long is left')).speech).toBe('Six minutes left.');
    await say('pause the timer');
    await clock.advance(60 * 60_000);
    expect((await say('how long is left')).speech).toBe('Six minutes, paused left.');
    await say('resume the timer');
    await say('add two minutes to the timer');
    await clock.advance(7 * 60_000);
    expect(rung).toEqual([]);
    await clock.advance(60_000);
    expect(rung).toEqual([600]);
    expect((await say('how long is left')).speech).toBe('There is no timer.');
    await clock.advance(24 * 3_600_000);
    expect(rung).toEqual([600]);
  });

  test('with several timers, one has to say all', async () => {
    const { clock, say } = testHouse();
    await say('set a timer for ten minutes');
    await say('set a timer for an hour');
    expect((await say('cancel the timer')).failed).toEqual([{ name: 'timer', reason: 'there is more than one' }]);
    expect((await say('how long is left')).speech).toBe('Ten minutes on timer 1 and one hour on timer 2.');
    expect((await say('cancel all timers')).changed).toHaveLength(2);
    expect(clock.sleeping).toBe(0);
  });

  test('closing it stops its timers', async () => {
    const { house, clock, say } = testHouse();
    await say('set a timer for ten minutes');
    expect(clock.sleeping).toBe(1);
    house.close();
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });

  test('reset makes it new', async () => {
    const { house, say } = testHouse();
    const fresh = house.snapshot();
    for (const text of COMMANDS) await say(text);
    house.reset();
    expect(house.snapshot()).toEqual(fresh);
    expect((await say('undo that')).failed).toHaveLength(1);
  });

  test('a guarded thing is only meant when it is heard exactly', async () => {
    const { understand } = testHouse();
    for (const text of [
      'unlock the front door',
      'open the garage door',
      'disarm the alarm',
      'arm the alarm',
      'unlock all the doors',
    ]) {
      expect((await understand(text))?.risk, text).toBe('guarded');
    }
    for (const text of [
      'unlock the from door',
      'unlock the front or',
      'lock the frond door',
      'open the garbage door',
      'open the garish door',
      'disarm the alarms',
    ]) {
      expect(await understand(text), text).toBeUndefined();
    }
  });

  test('"on" and "off" are never mixed up', async () => {
    const { understand } = testHouse();
    const intents = async (texts: readonly string[]) =>
      Promise.all(texts.map(async (text) => (await understand(text))?.intent));
    const on = ['turn on the lamp', 'turn an the lamp', 'turn on the lam', 'switch the lamp on'];
    const off = ['turn off the lamp', 'turn of the lamp', 'turn off the lam', 'switch the lamp off'];
    const neither = [
      'turn the lamp of',
      'turn the lamp an',
      'turn on off the lamp',
      'turn on the lamp off',
      'turn and the lamp',
      'turn in the lamp',
    ];
    expect(new Set(await intents(on))).toEqual(new Set(['HassTurnOn']));
    expect(new Set(await intents(off))).toEqual(new Set(['HassTurnOff']));
    expect(new Set(await intents(neither))).toEqual(new Set([undefined]));
  });

  test("names that two things nearly have are nobody's", async () => {
    const { understand } = testHouse();
    for (const text of ['turn on the bad room light', 'turn on the dining room lamp', 'turn on the big lamp']) {
      expect(await understand(text), text).toBeUndefined();
    }
  });

  test('another language is not understood', async () => {
    const { house } = testHouse();
    expect(await house.understand('turn on the lamp', { language: 'de' }, signal)).toBeUndefined();
    expect(await house.understand('turn on the lamp', { language: 'en-GB' }, signal)).toBeDefined();
    expect(house.unfinished('turn on the', 'de')).toBe(false);
  });

  test('a command belongs to the house that made it', async () => {
    const [one, other] = [testHouse(), testHouse()];
    const command = (await one.understand('turn on the lamp'))!;
    expect(() => other.house.foresee(command)).toThrow(/another|has not made/);
    await expect(other.house.perform(command, committedRun())).rejects.toThrow(/has not made/);
  });

  test('an aborted question is not answered, and endless text is not looked at', async () => {
    const { house } = testHouse();
    await expect(house.understand('turn on the lamp', inEnglish, AbortSignal.abort())).rejects.toThrow();
    expect(await house.understand('turn on the lamp '.repeat(10_000), inEnglish, signal)).toBeUndefined();
  });

  test('it tells what things are called', () => {
    const names = testHouse().house.names();
    expect(names).toEqual(
      expect.arrayContaining(['living room lamp', 'lounge lamp', 'garage door', 'kitchen', 'study']),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
