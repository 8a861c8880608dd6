import { beforeEach, describe, expect, it } from 'vitest';
import { createResponder } from '../../src/conversation/responder.js';
import { openDemoHouse } from '../../src/home/demo-house.js';
import { linePickers } from '../../src/persona/lines.js';
import { seededRandom } from '../../src/random.js';
import type { Outcome, Responder } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { demon, heard, isLine, KITCHEN, listen, testRun } from './talking.js';

describe('a text with a second reading, as a command', () => {
  const house = openDemoHouse();
  const { respond, reopen } = createResponder({
    home: house,
    persona: demon,
    lines: linePickers(demon, { random: seededRandom(11) }),
    unfinished: house.unfinished,
    clock: testClock(1_700_000_000_000),
    log: {
      error: (details) => {
        throw new Error(JSON.stringify(details));
      },
    },
  });
  beforeEach(() => house.reset());

  const say = async (text: string, asCommand: string | undefined, responder: Responder = respond) => {
    const run = testRun();
    run.commit();
    const reply = responder({ ...heard(text), ...(asCommand === undefined ? {} : { asCommand }) }, KITCHEN, run);
    const { says, ended } = listen(reply);
    await ended;
    return { understood: await reply.understood, outcomes: (await reply.result).outcomes, says };
  };
  const changes = (outcomes: readonly Outcome[]) =>
    outcomes.flatMap(({ changed }) => changed.map(({ entity, to }) => `${entity} ${to.split(',')[0]}`));

  it.each<[string, string, string[]]>([
    // What a recogniser really heard of a command, and its reading as a command.
    ['turn a mere light on', 'turn the mirror light on', ['light.mirror_light on']],
    ['didn’t the desk lamp to twenty percent', 'dim the desk lamp to twenty percent', ['light.desk_lamp on']],
    ['i want you to turn on the office life', 'i want you to turn on the office light', ['light.office_light on']],
    ['close the blinds an said the lamp on', 'close the blinds and set the lamp on', []],
    [
      'said the temperature in the bedroom to sixty degrees',
      'set the temperature in the bedroom to sixteen degrees',
      ['climate.bedroom heat'],
    ],
  ])('"%s", as a command "%s", does %j', async (text, asCommand, done) => {
    const { outcomes, understood } = await say(text, asCommand);
    expect(changes(outcomes)).toEqual(done);
    expect(understood.kind).toBe(done.length > 0 ? 'command' : understood.kind);
    expect(understood.text).toBe(done.length > 0 ? asCommand : text);
  });

  it.each([
    ['what is the meaning of life', 'turn off the lights'],
    ['what is the meaning of life', 'what is the many of light'],
    ['boss', 'pause'],
    ['close the gap', 'close the garage'],
    ['', 'turn off the desk lamp'],
    ['turn off the mere light', 'turn on the mirror light'],
    ['turn a mere light on', 'turn the mirror light off'],
    ['turn a mere light on', '[unk] turn the mirror light on'],
    ['turn a mere light on', ''],
    ['turn a mere light on', 'turn the turn the'],
    ['stop', 'stop the music'],
    ['thank you', 'turn on the fan'],
    ['i’m off the back door', 'unlock the back door'],
    ['unlike the front door', 'unlock the front door'],
    ['open the garbage door', 'open the garage door'],
    ['turn a mere light on and i’m off the back door', 'turn the mirror light on and unlock the back door'],
  ])('"%s", as a command "%s", does nothing', async (text, asCommand) => {
    const { outcomes, understood } = await say(text, asCommand);
    expect(changes(outcomes)).toEqual([]);
    expect(understood.kind).not.toBe('command');
    expect(understood.risk).toBe('harmless');
    expect(understood.text).toBe(text);
  });

  it.each([
    ['turn on the desk lamp', 'turn on the kitchen light'],
    ['turn on the kitchen light', 'turn off the kitchen light'],
    ['set the desk lamp to nineteen percent', 'set the desk lamp to ninety percent'],
    ['is the back door unlocked', 'is the back door locked'],
  ])('"%s" in the home’s words goes before "%s"', async (text, asCommand) => {
    const { outcomes } = await say(text, asCommand);
    house.reset();
    expect(outcomes).toEqual(
      (await say(text, undefined)).outcomes.map((one) => ({ ...one, ...undoOf(one, outcomes) })),
    );
  });
  const undoOf = (one: Outcome, others: readonly Outcome[]) =>
    one.undo === undefined ? {} : { undo: others.find(({ undo }) => undo !== undefined)?.undo };

  it('asks before it unlocks though the other reading is harmless, and locks though the other is guarded', async () => {
    const unlocking = await say('unlock the front door', 'lock the front door');
    expect(unlocking.understood.risk).toBe('guarded');
    expect(changes(unlocking.outcomes)).toEqual([]);
    expect(unlocking.says.some(({ text }) => isLine(text, 'confirm.unlock'))).toBe(true);
    const locking = await say('lock the back door', 'unlock the back door');
    expect(locking.understood.risk).toBe('harmless');
    expect(changes(locking.outcomes)).toEqual(['lock.back_door locked']);
  });

  it('says which reading it is of, and nothing of that where there is but one', async () => {
    const compound = 'turn the mirror light on and close the blind';
    expect((await say('turn a mere light on and close the blind', compound)).understood.text).toBe(compound);
    expect((await say('turn on the desk lamp', 'turn on the kitchen light')).understood.text).toBe(
      'turn on the desk lamp',
    );
    expect((await say('turn on the desk lamp', undefined)).understood).not.toHaveProperty('text');
    await say('unlock the front door', undefined);
    expect((await say('yes', 'yet')).understood).toMatchObject({ kind: 'command', text: 'yes' });
  });

  it('takes a yes from the text only', async () => {
    await say('unlock the front door', undefined);
    expect(changes((await say('yet', 'yes')).outcomes)).toEqual([]);
  });

  it('keeps what was done by the other reading when the sentence goes on', async () => {
    const { outcomes } = await say('turn a mere light on', 'turn the mirror light on');
    const more = await say(
      'turn a mere light on and turn on the fan',
      'turn the mirror light on and turn on the fan',
      reopen(outcomes),
    );
    expect(changes(more.outcomes)).toEqual(['light.mirror_light on', 'fan.living_room_fan on']);
    expect(more.outcomes[0]).toBe(outcomes[0]);
  });

  it('takes back what was done by the other reading when the text goes on with "no wait"', async () => {
    const fresh = house.snapshot();
    const { outcomes } = await say('turn a mere light on', 'turn the mirror light on');
    expect(house.snapshot()).not.toEqual(fresh);
    await say('turn a mere light on no wait', 'turn the mirror light on [unk]', reopen(outcomes));
    expect(house.snapshot()).toEqual(fresh);
  });
});
