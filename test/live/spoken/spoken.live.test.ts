import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toSamples } from '../../../src/units.js';
import { sharedSpeech, shipped } from '../../voice-detector/recordings.js';
import { type Core, startCore } from '../core-rig.js';
import { decode } from '../pipeline/decode.js';
import {
  called,
  giveSaidNames,
  openSpeaker,
  openSpokenHouse,
  type Speaker,
  type SpokenHouse,
  soon,
  stateOf,
  turn,
} from './spoken-house.js';

/** Real speech through the whole pipeline, wake word to loudspeaker, changes the states of a real Home Assistant. */

const SHARED = new URL('../../../../shared/speech/commands/', import.meta.url);

let core: Core;
let house: SpokenHouse;
let people: Speaker;

beforeAll(async () => {
  core = await startCore({ port: 8137 });
  await giveSaidNames(core);
  [house, people] = await Promise.all([
    openSpokenHouse(core, { set: ['home.guarded=true', 'home.area=living_room'] }),
    openSpeaker(),
  ]);
});
afterAll(async () => {
  await house?.close();
  people?.close();
  await core?.stop();
});

const ALL = [
  'light.reading_lamp',
  'light.ceiling_light',
  'light.ceiling_light_2',
  'light.desk_lamp',
  'light.hall_light',
];
const HIDDEN = ['light.secret_light', 'switch.secret_switch'];
beforeEach(async () => {
  for (const entity of [...ALL, ...HIDDEN]) await turn(core, entity, false);
});
const onNow = async (): Promise<string[]> => {
  const states = await Promise.all(
    [...ALL, ...HIDDEN].map(async (id) => [id, (await stateOf(core, id)).state] as const),
  );
  return states.filter(([, state]) => state === 'on').map(([id]) => id);
};
/** Says it in a house where all is quiet, and gives the turns that it led to. */
const heard = async (sound: Float32Array, turns = 1) => {
  const { room } = house;
  await room.quiet(soon());
  const before = room.turns.length;
  room.say(sound);
  for (let i = 0; i < turns; i++) await room.turn(before + i, soon());
  return room.turns.slice(before);
};
const said = (text: string): Promise<Float32Array> => people.say(text);

describe('a recorded command', () => {
  it.each([
    [
      'recordings/hey-jarvis-turn-on-the-living-room-lamp',
      async () => shipped('hey-jarvis-turn-on-the-living-room-lamp'),
      'light.reading_lamp',
    ],
    [
      'recordings/turn-on-the-living-room-lamp',
      async () => called(shipped('turn-on-the-living-room-lamp')),
      'light.reading_lamp',
    ],
    [
      'recordings/turn-on-the-living-room-light',
      async () => called(shipped('turn-on-the-living-room-light')),
      'light.ceiling_light',
    ],
  ])('%s', async (_, sound, entity) => {
    const [result] = await heard(await sound());
    expect(result).toMatchObject({ reason: 'answered', outcomes: [{ changed: [{ entity, from: 'off', to: 'on' }] }] });
    expect(await onNow()).toEqual([entity]);
    expect(result!.replies.at(-1)).toMatchObject({ kind: 'claim' });
  });

  it.skipIf(!sharedSpeech).each([
    ['turn_on_the_living_room_lamp', 'light.reading_lamp'],
    ['turn_on_the_living_room_light', 'light.ceiling_light'],
    // Half a minute of a talk about lights goes before it.
    ['turn_on_the_office_lights', 'light.desk_lamp', 31],
    ['wyoming_vosk_en', 'light.reading_lamp'],
  ] as [string, string, number?][])('%s', async (name, entity, from = 0) => {
    const recorded = await decode(readFileSync(new URL(`${name}.flac`, SHARED)));
    const [result] = await heard(called(recorded.subarray(toSamples(from * 1000))));
    expect(result).toMatchObject({ reason: 'answered', outcomes: [{ changed: [{ entity, to: 'on' }] }] });
    expect(await onNow()).toEqual([entity]);
  });
});

describe('the reply', () => {
  it('claims what is so already, and changes nothing', async () => {
    await turn(core, 'light.reading_lamp', true);
    const [result] = await heard(shipped('hey-jarvis-turn-on-the-living-room-lamp'));
    expect(result).toMatchObject({ outcomes: [{ changed: [], already: [expect.any(String)] }] });
    expect(await onNow()).toEqual(['light.reading_lamp']);
  });

  it('claims nothing where it fails', async () => {
    const [result] = await heard(await said('Hey Jarvis. Turn on the broken light.'));
    expect(result!.outcomes).toMatchObject([{ changed: [], failed: [{ name: 'Broken Light' }] }]);
    expect(result!.replies.map(({ text }) => text).join(' ')).toMatch(/not|fail|refus|error/i);
  });

  it('has the fact that was asked for', async () => {
    const [result] = await heard(await said('Hey Jarvis. What is the temperature in the living room?'));
    const { current_temperature } = (await stateOf(core, 'climate.heatpump')).attributes;
    expect(result!.replies.map(({ text }) => text).join(' ')).toContain(`${current_temperature}`);
  });
});

it('a command for "here" is for the room of the microphone', async () => {
  const [result] = await heard(await said('Hey Jarvis. Turn on the lights.'));
  expect(result!.outcomes[0]?.changed.map(({ entity }) => entity).sort()).toEqual([
    'light.ceiling_light',
    'light.reading_lamp',
  ]);
  expect(await onNow()).toEqual(['light.reading_lamp', 'light.ceiling_light']);
});

it('what is not exposed stays as it is', async () => {
  for (const text of [
    'Turn on the secret light.',
    'Turn on the secret switch.',
    'Turn on the secret light in the living room.',
  ]) {
    const [result] = await heard(await said(`Hey Jarvis. ${text}`));
    expect(result!.outcomes.flatMap(({ changed }) => changed)).toEqual([]);
  }
  expect((await onNow()).filter((id) => HIDDEN.includes(id))).toEqual([]);
});

describe('a guarded command', () => {
  const lock = async (): Promise<string> => (await stateOf(core, 'lock.front_door')).state;
  beforeEach(() =>
    core.call({ type: 'call_service', domain: 'lock', service: 'lock', target: { entity_id: 'lock.front_door' } }),
  );

  it('asks, and does it after a spoken yes', async () => {
    const [asked] = await heard(await said('Hey Jarvis. Unlock the front door.'));
    expect(asked).toMatchObject({ expectsAnswer: true, outcomes: [] });
    expect(await lock()).toBe('locked');
    const before = house.room.turns.length;
    house.room.say(await said('Yes.'));
    const done = await house.room.turn(before, soon());
    expect(done.outcomes).toMatchObject([{ changed: [{ entity: 'lock.front_door' }] }]);
    expect(await lock()).toBe('unlocked');
  });

  it('leaves it after a no, and after anything else', async () => {
    const [asked] = await heard(await said('Hey Jarvis. Unlock the front door.'));
    expect(asked?.expectsAnswer).toBe(true);
    const before = house.room.turns.length;
    house.room.say(await said('No.'));
    await house.room.turn(before, soon());
    expect(await lock()).toBe('locked');
    await heard(await said('Hey Jarvis. Yes.'));
    expect(await lock()).toBe('locked');
  });
});

it('a guarded command is refused without the option, and a yes changes nothing', async () => {
  const careful = await openSpokenHouse(core);
  try {
    careful.room.say(await said('Hey Jarvis. Unlock the front door.'));
    const refused = await careful.room.turn(0, soon());
    expect(refused).toMatchObject({ outcomes: [{ changed: [], failed: [{}] }], expectsAnswer: false });
    await careful.room.quiet(soon());
    careful.room.say(await said('Hey Jarvis. Yes.'));
    await careful.room.turn(1, soon());
    expect((await stateOf(core, 'lock.front_door')).state).toBe('locked');
  } finally {
    await careful.close();
  }
});
