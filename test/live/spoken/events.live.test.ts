import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shipped } from '../../voice-detector/recordings.js';
import { type Core, type CoreEvents, startCore } from '../core-rig.js';
import { startHouseProgram } from './program.js';
import { giveSaidNames, openSpokenHouse, type SpokenHouse, soon, stateOf, turn, until } from './spoken-house.js';

/** What the automations of a real Home Assistant are told of turns. */

const NAMES = ['wake', 'command', 'reply', 'turn'] as const;
const STATE = 'sensor.evil_assistant';
const LATENCY = 'sensor.evil_assistant_latency';
const LAMP = 'hey-jarvis-turn-on-the-living-room-lamp';

let core: Core;
let house: SpokenHouse | undefined;
const told = new Map<string, CoreEvents>();
let changes: CoreEvents;

beforeAll(async () => {
  core = await startCore({ port: 8137 });
  await giveSaidNames(core);
});
const listen = async (): Promise<void> => {
  for (const name of NAMES) told.set(name, await core.events(`evil_assistant_${name}`));
  changes = await core.events('state_changed');
};
afterEach(async () => {
  await house?.close();
  house = undefined;
  for (const events of [...told.values(), changes]) events?.stop();
});
afterAll(() => core?.stop());

const of = (name: (typeof NAMES)[number]): Readonly<Record<string, unknown>>[] =>
  told.get(name)!.seen.map(({ data }) => data);
const statesOf = (entity: string): string[] =>
  changes.seen
    .filter(({ data }) => data.entity_id === entity)
    .map(({ data }) => (data.new_state as { state: string } | null)?.state ?? 'gone');
const isIdleAgain = (): boolean => statesOf(STATE).at(-1) === 'idle';
const isIdle = async (): Promise<boolean> => (await stateOf(core, STATE)).state === 'idle';

describe('a spoken turn', () => {
  it('is told from wake word to latency, without a word of what was said', async () => {
    await turn(core, 'light.reading_lamp', false);
    house = await openSpokenHouse(core, { set: ['home.area=living_room'] });
    await until('it is shown', isIdle);
    await listen();
    house.room.say(shipped(LAMP));
    const { timeline } = await house.room.turn(0, soon());
    await house.room.quiet(soon());
    await until('it is told', () => of('turn').length > 0);
    await until('it is idle again', isIdleAgain);

    expect(of('wake')).toEqual([
      expect.objectContaining({ word: 'hey_jarvis', score: expect.any(Number), area: 'living_room' }),
    ]);
    const [command] = of('command');
    expect(command).toMatchObject({ language: 'en', intent: 'HassTurnOn', area: 'living_room' });
    expect(command).not.toHaveProperty('text');
    const [reply] = of('reply');
    expect(reply).toMatchObject({ expects_answer: false });
    expect(reply).not.toHaveProperty('text');
    const [ended] = of('turn');
    expect(ended).toMatchObject({ outcome: 'answered', timings: { lastSound: 0 } });
    const { timings } = ended as { timings: Record<string, number> };
    expect(timings.firstAudio).toBeGreaterThan(timings.commit!);
    expect(timings.commit).toBeGreaterThan(0);
    expect(timings.wake).toBeLessThan(0);

    expect(statesOf(STATE)).toEqual(['listening', 'thinking', 'speaking', 'idle']);
    const latency = Math.round(timeline.between('lastSound', 'firstAudio')!);
    expect(Number((await stateOf(core, LATENCY)).state)).toBe(latency);
  });

  it('is told with the words where that is allowed', async () => {
    await turn(core, 'light.reading_lamp', false);
    house = await openSpokenHouse(core, { set: ['home_assistant.events_text=true'] });
    await until('it is shown', isIdle);
    await listen();
    house.room.say(shipped(LAMP));
    const { replies } = await house.room.turn(0, soon());
    await until('it is told', () => of('turn').length > 0);
    expect(of('command')).toMatchObject([{ text: 'turn on the living room lamp', language: 'en' }]);
    expect(of('reply')).toMatchObject([{ text: replies.map(({ text }) => text).join(' ') }]);
  });

  it('in which nothing was said listens, answers to its name, and is idle again', async () => {
    house = await openSpokenHouse(core);
    await until('it is shown', isIdle);
    await listen();
    house.room.say(shipped('hey-jarvis'));
    await house.room.turn(0, soon());
    await house.room.quiet(soon());
    await until('it is idle again', isIdleAgain);
    expect(statesOf(STATE)).toEqual(['listening', 'speaking', 'listening', 'idle']);
    expect(of('command')).toEqual([]);
  });

  it('that a wake word interrupts ends as interrupted, and the next one is shown', async () => {
    house = await openSpokenHouse(core);
    await until('it is shown', isIdle);
    await listen();
    const { room } = house;
    room.say(shipped(LAMP));
    await until('it speaks', () => statesOf(STATE).includes('speaking'));
    room.say(shipped(LAMP));
    await room.turn(1, soon());
    await room.quiet(soon());
    await until('it is idle again', isIdleAgain);
    expect(of('turn').map(({ outcome }) => outcome)).toEqual(['interrupted', 'answered']);
    // It is never idle between the two.
    expect(statesOf(STATE).indexOf('idle')).toBe(statesOf(STATE).length - 1);
    expect(of('wake').length).toBe(2);
  });
});

it('what a satellite or a hand asks for is told too, with its device', async () => {
  const ours = await startHouseProgram(core, { EVIL_ASSISTANT_HOME_ASSISTANT_EVENTS_TEXT: 'true' });
  try {
    await until('it is shown', isIdle);
    await listen();
    await turn(core, 'light.reading_lamp', false);
    // A state is shown for a fifth of a second at least, and what comes meanwhile may be skipped.
    await new Promise((go) => setTimeout(go, 300));
    const where = { device_id: 'a-device', satellite_id: 'assist_satellite.throne', conversation_id: 'c' };
    const { text } = await ours.ask('turn on the reading lamp', where);
    await until('it is told', () => of('turn').length > 0);
    const place = { device: 'a-device', satellite: 'assist_satellite.throne' };
    expect(of('command')).toMatchObject([
      { ...place, text: 'turn on the reading lamp', intent: 'HassTurnOn', language: 'en' },
    ]);
    expect(of('reply')).toMatchObject([{ ...place, text, expects_answer: false }]);
    expect(of('turn')).toMatchObject([{ ...place, outcome: 'answered' }]);
    await until('it is idle again', isIdleAgain);
    expect(statesOf(STATE).filter((state) => state !== 'idle')).toEqual(['thinking']);
  } finally {
    await ours.stop();
  }
  await until('it says farewell', async () => (await stateOf(core, STATE)).state === 'unavailable');
});
