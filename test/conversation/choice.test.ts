import { describe, expect, it } from 'vitest';
import { createResponder } from '../../src/conversation/responder.js';
import { openDemoHouse } from '../../src/home/demo-house.js';
import { linePickers } from '../../src/persona/lines.js';
import { seededRandom } from '../../src/random.js';
import type { Choice, Home } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { DEEDS, type Deed, fakeHome, outcome } from './fake-home.js';
import { demon, exchange, heard, isLine, KITCHEN, listen, talkWith, testRun } from './talking.js';

/** In the demon's words; the names come last, and as they are. */
const asks = (text: string, names: string): void => {
  expect(isLine(text, 'which')).toBe(true);
  expect(text.endsWith(` ${names}?`)).toBe(true);
};
const ROOMS = 'the bedroom or the hallway';

describe('a name that two things of the demo house share', () => {
  const talk = async () => {
    const house = openDemoHouse({ clock: testClock() });
    const { respond } = createResponder({
      home: house,
      persona: demon,
      lines: linePickers(demon, { random: seededRandom(3) }),
      unfinished: house.unfinished,
      clock: testClock(),
      log: { error: (details) => expect.unreachable(JSON.stringify(details)) },
    });
    const say = async (text: string) => {
      const { says, outcomes, result, understood } = await exchange(respond, text);
      const changed = outcomes.flatMap((each) => each.changed.map(({ entity, to }) => `${entity} ${to.split(',')[0]}`));
      return { says, understood, changed, text: says.map((one) => one.text).join(' '), isOpen: result.expectsAnswer };
    };
    await say('turn off the hallway ceiling light');
    return { say };
  };

  it('is asked back, in the words that were prepared, and nothing is done', async () => {
    const { text, isOpen, changed, says, understood } = await (await talk()).say('turn on the ceiling light');
    asks(text, ROOMS);
    expect({ isOpen, changed }).toEqual({ isOpen: true, changed: [] });
    expect(says).toEqual(understood.likely);
  });

  it.each([
    ['the bedroom', 'light.bedroom_ceiling_light'],
    ['Bedroom, please.', 'light.bedroom_ceiling_light'],
    ["the bedroom's", 'light.bedroom_ceiling_light'],
    ['the one in the hallway', 'light.hallway_ceiling_light'],
    ['i meant the hallway one', 'light.hallway_ceiling_light'],
    ['the hallway ceiling light', 'light.hallway_ceiling_light'],
    ['the first one', 'light.bedroom_ceiling_light'],
    ['the second', 'light.hallway_ceiling_light'],
  ])('is settled by "%s"', async (answer, entity) => {
    const { say } = await talk();
    await say('turn on the ceiling light');
    const { changed, isOpen, text } = await say(answer);
    expect({ changed, isOpen }).toEqual({ changed: [`${entity} on`], isOpen: false });
    expect(isLine(text, 'done.turn_on.light')).toBe(true);
    expect((await say(answer)).changed).toEqual([]);
  });

  it('may mean both', async () => {
    const { say } = await talk();
    await say('turn on the ceiling light');
    const { changed } = await say('both');
    expect(changed).toEqual(['light.bedroom_ceiling_light on', 'light.hallway_ceiling_light on']);
  });

  it('is asked about in questions too', async () => {
    const { say } = await talk();
    asks((await say('is the ceiling light on')).text, ROOMS);
    expect((await say('the hallway one')).text).toMatch(/hallway ceiling light/i);
  });

  it('keeps no other command from being done, which ends the question', async () => {
    const { say } = await talk();
    await say('turn on the ceiling light');
    expect((await say('turn off the bedroom light')).changed).toEqual([]);
    expect((await say('the bedroom')).changed).toEqual([]);
  });

  it('is forgotten after a no', async () => {
    const { say } = await talk();
    await say('turn on the ceiling light');
    expect(isLine((await say('never mind')).text, 'cancelled')).toBe(true);
    expect((await say('the bedroom')).changed).toEqual([]);
  });

  it('is asked again where somebody has not heard', async () => {
    const { say } = await talk();
    const { text } = await say('turn on the ceiling light');
    expect(await say('what did you say')).toMatchObject({ text, isOpen: true });
    expect((await say('the bedroom')).changed).toHaveLength(1);
  });
});

/** A home in which a sentence may mean any of these others. */
async function ambiguous(
  sentence: string,
  meanings: Readonly<Record<string, string>>,
  deeds: Record<string, Deed>,
  persona = demon,
) {
  const home = fakeHome(deeds);
  const choices: Choice[] = [];
  for (const [name, text] of Object.entries(meanings)) {
    const command = await home.understand(text, KITCHEN, new AbortController().signal);
    choices.push({ name, command: command! });
  }
  const failed = [{ name: 'door', reason: 'there are several' }];
  const asking: Home = fakeHome({ [sentence]: { foreseen: outcome('HassTurnOff', { failed, choices }) }, ...deeds });
  const both: Home = {
    ...asking,
    foresee: (command) => (choices.some((one) => one.command === command) ? home : asking).foresee(command),
    perform: (command, run) => (choices.some((one) => one.command === command) ? home : asking).perform(command, run),
  };
  return { log: home.log, ...talkWith(both, persona) };
}

describe('a choice', () => {
  const doors = { ...DEEDS, 'unlock the back door': DEEDS['unlock the front door']! };

  it('of something guarded has to be confirmed all the same', async () => {
    const meanings = { 'front door': 'unlock the front door', 'back door': 'unlock the back door' };
    const { respond, log } = await ambiguous('unlock the door', meanings, doors);
    asks((await exchange(respond, 'unlock the door')).text, 'the front door or the back door');
    const guarded = await exchange(respond, 'the back one');
    expect(guarded.understood.risk).toBe('guarded');
    expect({ asks: guarded.result.expectsAnswer, log }).toEqual({ asks: true, log: [] });
    await exchange(respond, 'yes');
    expect(log).toEqual(['unlock the back door']);
  });

  it('is made once, whoever else has thought of it at the same time', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { respond, log } = await ambiguous('turn it on', meanings, DEEDS);
    await exchange(respond, 'turn it on');
    const runs = [testRun(), testRun()];
    const replies = runs.map((run) => respond(heard('the lamp'), KITCHEN, run));
    await Promise.all(replies.map(({ understood }) => understood));
    for (const run of runs) run.commit();
    await Promise.all(replies.map((reply) => listen(reply).ended));
    expect(log).toEqual(['turn on the lamp']);
  });

  it('is made where the question was asked, and not for ever', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { respond, log, clock } = await ambiguous('turn it on', meanings, DEEDS);
    await exchange(respond, 'turn it on');
    await exchange(respond, 'the lamp', { context: { language: 'en', area: 'attic' } });
    await clock.advance(15_001);
    await exchange(respond, 'the lamp');
    expect(log).toEqual([]);
  });

  it('is asked for after the rest of the sentence was done', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { respond, log } = await ambiguous('turn it on', meanings, DEEDS);
    const { says, result } = await exchange(respond, 'close the blind and turn it on');
    expect(isLine(says[0]!.text, 'done.close')).toBe(true);
    asks(says[1]!.text, 'the lamp or the fan');
    expect(result.expectsAnswer).toBe(true);
    await exchange(respond, 'the fan');
    expect(log).toEqual(['turn on the fan']);
  });

  it('is asked for too where another part of the sentence had to be confirmed first', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { respond, log } = await ambiguous('turn it on', meanings, DEEDS);
    await exchange(respond, 'unlock the front door and turn it on');
    const { text, result } = await exchange(respond, 'yes');
    expect(text).toMatch(/ the lamp or the fan\?$/);
    expect(result.expectsAnswer).toBe(true);
    await exchange(respond, 'the lamp');
    expect(log).toEqual(['turn on the lamp']);
  });

  it('is asked for again where speech went on that was not meant for it', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { respond, reopen, log } = await ambiguous('turn it on', meanings, DEEDS);
    const { outcomes } = await exchange(respond, 'turn it on');
    const again = await exchange(reopen(outcomes), 'turn it on said the king');
    asks(again.text, 'the lamp or the fan');
    expect(again.result.expectsAnswer).toBe(true);
    await exchange(respond, 'the lamp');
    expect(log).toEqual(['turn on the lamp']);
  });

  it('among more things than anyone remembers is told as a failure', async () => {
    const meanings = Object.fromEntries(
      ['one', 'two', 'three', 'four', 'five'].map((name) => [name, 'turn on the lamp']),
    );
    const { respond } = await ambiguous('turn it on', meanings, DEEDS);
    const { text, result } = await exchange(respond, 'turn it on');
    expect(isLine(text, 'failed.because')).toBe(true);
    expect(result.expectsAnswer).toBe(false);
  });

  it('is asked for in plain words by a persona that has no line for it', async () => {
    const meanings = { lamp: 'turn on the lamp', fan: 'turn on the fan' };
    const { which: _, ...lines } = demon.lines.en!;
    const { respond } = await ambiguous('turn it on', meanings, DEEDS, { ...demon, lines: { en: lines } });
    expect((await exchange(respond, 'turn it on')).text).toBe('Which one: the lamp or the fan?');
  });
});
