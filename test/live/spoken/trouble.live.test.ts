import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shipped } from '../../voice-detector/recordings.js';
import { type Core, startCore } from '../core-rig.js';
import { type HouseProgram, startHouseProgram } from './program.js';
import { giveSaidNames, openSpokenHouse, type SpokenHouse, soon, stateOf, turn, until } from './spoken-house.js';

/** What the program does when Home Assistant goes, comes late, or no longer wants to know it. */

let core: Core;
let ours: HouseProgram | undefined;
let house: SpokenHouse | undefined;
beforeAll(async () => {
  core = await startCore({ port: 8137 });
  await giveSaidNames(core);
});
afterEach(async () => {
  await ours?.stop();
  await house?.close();
  ours = undefined;
  house = undefined;
});
afterAll(() => core?.stop());

const lampIsOn = async (): Promise<boolean> => (await stateOf(core, 'light.reading_lamp')).state === 'on';
/** No technical word, and something. */
const inCharacter = /^(?!.*(error|websocket|token|undefined|fault|exception)).{8,}/is;
/** While it is gone; in any case it comes back. */
const gone = async (meanwhile: () => Promise<void>): Promise<void> => {
  await core.halt();
  try {
    await meanwhile();
  } finally {
    await core.relaunch();
  }
};
/** A Core answers long before all that is in it is there. */
const worksAgain = (asked: HouseProgram) =>
  until('commands are carried out', async () => (await asked.ask('turn on the reading lamp')).kind === 'handled', 90);

describe('Home Assistant is restarted in mid-conversation', () => {
  it('turns in between are answered in character and at once, and later ones work', async () => {
    await turn(core, 'light.reading_lamp', false);
    ours = await startHouseProgram(core);
    expect((await ours.ask('turn on the reading lamp', { conversation_id: 'one' })).kind).toBe('handled');
    expect(await lampIsOn()).toBe(true);
    const { ask } = ours;
    await gone(async () => {
      const away = await ask('turn off the reading lamp', { conversation_id: 'one' });
      expect(away.kind).toBe('not-handled');
      expect(away.text).toMatch(inCharacter);
      expect(away.took).toBeLessThan(1_000);
    });
    await worksAgain(ours);
    await turn(core, 'light.reading_lamp', true);
    expect((await ours.ask('turn off the reading lamp', { conversation_id: 'one' })).kind).toBe('handled');
    expect(await lampIsOn()).toBe(false);
  });

  it('one that hangs is excused within a second', async () => {
    ours = await startHouseProgram(core);
    await ours.ask('turn off the reading lamp');
    await core.freeze();
    try {
      const hanging = await ours.ask('turn on the hall light');
      expect(hanging.kind).toBe('not-handled');
      expect(hanging.text).toMatch(inCharacter);
      console.info(`a Home Assistant that hangs was excused after ${hanging.took.toFixed(0)} ms`);
    } finally {
      await core.thaw();
    }
    await worksAgain(ours);
  });

  it('a spoken turn says so, and the next one works', async () => {
    house = await openSpokenHouse(core);
    const { room } = house;
    const lamp = shipped('hey-jarvis-turn-on-the-living-room-lamp');
    await gone(async () => {
      room.say(lamp);
      const away = await room.turn(0, soon());
      expect(away).toMatchObject({ reason: 'answered', outcomes: [] });
      expect(away.replies.map(({ text }) => text).join(' ')).toMatch(inCharacter);
    });
    await house.assistant.real!.homeAssistant.ready(soon(60));
    await house.assistant.real!.house.until((entity) => entity('light.reading_lamp') !== undefined, {
      signal: soon(60),
      timeout: 60_000,
    });
    await turn(core, 'light.reading_lamp', false);
    await room.quiet(soon());
    room.say(lamp);
    expect(await room.turn(1, soon())).toMatchObject({ outcomes: [{ changed: [{ entity: 'light.reading_lamp' }] }] });
    expect(await lampIsOn()).toBe(true);
  });
});

it('a token that is revoked is a clear line in the log, no loop, and answers in character', async () => {
  const { token, revoke } = await core.furtherToken('evil');
  ours = await startHouseProgram({ url: core.url, token });
  expect((await ours.ask('turn off the reading lamp')).kind).toBe('handled');
  await revoke();
  await ours.program.until(/token/i);
  const { output } = ours.program;
  const refused = await ours.ask('turn on the reading lamp');
  expect(refused.kind).toBe('not-handled');
  expect(refused.text).toMatch(inCharacter);
  expect(refused.took).toBeLessThan(1_000);
  expect(output).toMatch(/(WARN|ERROR).*Home Assistant.*token|token.*Home Assistant/i);
  expect(output).not.toContain(token);
  // Tried anew it would be banned, or fill the log.
  const lines = (): number => ours!.program.output.split('\n').filter((line) => /token/i.test(line)).length;
  const before = lines();
  await new Promise((go) => setTimeout(go, 3_000));
  expect(lines()).toBe(before);
});

it('a program that starts before Home Assistant comes up, and learns its names when it is there', async () => {
  await gone(async () => {
    ours = await startHouseProgram(core);
    const early = await ours.ask('turn on the reading lamp');
    expect(early).toMatchObject({ kind: 'not-handled', text: expect.stringMatching(inCharacter) });
    house = await openSpokenHouse(core);
    expect(house.assistant.home.phrases()).toEqual([]);
  });
  await worksAgain(ours!);
  await until(
    'its names are known',
    () => house!.assistant.home.phrases().some((one) => one.includes('living room lamp')),
    60,
  );
  // The recogniser hears the names a while after they have settled.
  const { room } = house!;
  let learnt = false;
  for (let i = 0; i < 4 && !learnt; i++) {
    await room.quiet(soon());
    await turn(core, 'light.reading_lamp', false);
    const before = room.turns.length;
    room.say(shipped('hey-jarvis-turn-on-the-living-room-lamp'));
    const { said } = await room.turn(before, soon());
    learnt = said?.asCommand === 'turn on the living room lamp';
  }
  expect(learnt).toBe(true);
  expect(await lampIsOn()).toBe(true);
});
