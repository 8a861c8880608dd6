import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHands, type WorkingHands } from '../../../src/home/hands/hands.js';
import { withHands } from '../../../src/home/hands/with-hands.js';
import { createLog } from '../../../src/log.js';
import type { Outcome, TurnContext } from '../../../src/stages.js';
import { committedRun, openRigHome, type RigHome, signal } from './rig-home.js';

/** Every tool of a language model, on a real Home Assistant. */
const PORT = 8135;
const inEnglish: TurnContext = { language: 'en' };

let rig: RigHome;
let hands: WorkingHands;
beforeAll(async () => {
  rig = await openRigHome(PORT);
  const log = createLog({ level: 'silent', format: 'json' });
  hands = openHands({ homeAssistant: rig.homeAssistant, house: rig.house, log, allowGuarded: true });
});
afterAll(async () => {
  hands?.close();
  await rig?.stop();
});
beforeEach(() => rig.reset());

const command = (name: string, args: object, context = inEnglish) =>
  hands.command({ name, arguments: args }, context, signal);
const use = async (name: string, args: object, context = inEnglish): Promise<Outcome> =>
  hands.perform(await command(name, args, context), committedRun());
const item = async (list: string): Promise<string> => (await use('list_show', { list })).speech ?? '';

interface Row {
  readonly risk?: string;
  readonly to: Readonly<Record<string, string>>;
  /** What undoing it leaves, where that is not what was before. */
  readonly stays?: readonly string[];
}

const LAMP = 'light.reading_lamp';
const rows: readonly (readonly [tool: string, args: object, expected: Row])[] = [
  ['turn_on', { name: 'Reading Lamp' }, { to: { [LAMP]: 'on' } }],
  ['turn_on', { name: 'Leselampe' }, { to: { [LAMP]: 'on' } }],
  ['turn_on', { name: 'switch.coffee_machine' }, { to: { 'switch.coffee_machine': 'on' } }],
  ['turn_on', { name: 'fan.bedroom_fan' }, { to: { 'fan.bedroom_fan': 'on' } }],
  ['turn_off', { name: 'kitchen lights' }, { to: { 'light.kitchen_lights': 'off' } }],
  ['turn_off', { area: 'Küche', kind: 'light' }, { to: { 'light.kitchen_lights': 'off' } }],
  ['turn_off', { name: 'walkman' }, { to: { 'media_player.walkman': 'off' } }],
  ['turn_off', { name: 'thermostat' }, { to: { 'climate.heatpump': 'off' } }],
  [
    'turn_on',
    { area: 'upstairs', kind: 'light' },
    {
      risk: 'wide',
      to: { 'light.bed_light': 'on', 'light.ceiling_light_2': 'on', 'light.desk_lamp': 'on' },
    },
  ],
  ['toggle', { name: 'desk lamp' }, { to: { 'light.desk_lamp': 'on' } }],
  [
    'set_light',
    { name: 'bed light', brightness: 40, color: 'red' },
    { to: { 'light.bed_light': 'on, 40 %, hue 0 at 100 %' } },
  ],
  ['set_light', { name: 'bed light', kelvin: 4000 }, { to: { 'light.bed_light': 'on' } }],
  ['set_light', { name: 'reading lamp', brightness: 25 }, { to: { [LAMP]: 'on, 25 %' } }],
  ['set_light', { name: 'kitchen lights', brightness: 0 }, { to: { 'light.kitchen_lights': 'off' } }],
  ['set_climate', { name: 'HeatPump', temperature: 23 }, { to: { 'climate.heatpump': 'heat, 23' } }],
  ['set_climate', { name: 'HeatPump', mode: 'off' }, { to: { 'climate.heatpump': 'off' } }],
  ['move_cover', { name: 'blinds', action: 'open' }, { to: { 'cover.blinds': 'open' } }],
  ['move_cover', { area: 'bedroom', position: 30 }, { to: { 'cover.blinds': 'open, 30 %' } }],
  ['move_cover', { name: 'garage door', action: 'open' }, { risk: 'guarded', to: { 'cover.garage_door': 'open' } }],
  [
    'set_lock',
    { name: 'front door', action: 'unlock' },
    {
      risk: 'guarded',
      to: { 'lock.front_door': 'unlocked' },
    },
  ],
  ['set_fan_speed', { name: 'bedroom fan', percent: 50 }, { to: { 'fan.bedroom_fan': 'on, 50 %' } }],
  ['set_volume', { name: 'walkman', percent: 20 }, { to: { 'media_player.walkman': 'playing, volume 20 %' } }],
  ['media', { name: 'walkman', action: 'pause' }, { to: { 'media_player.walkman': 'paused' } }],
  ['media', { name: 'walkman', action: 'mute' }, { to: { 'media_player.walkman': 'playing, muted' } }],
  [
    'media',
    { name: 'walkman', action: 'next' },
    { to: { 'media_player.walkman': 'playing' }, stays: ['media_player.walkman'] },
  ],
  [
    'vacuum',
    { name: 'Staubsauger', action: 'start' },
    {
      to: { 'vacuum.demo_vacuum_0_ground_floor': 'cleaning' },
      stays: ['vacuum.demo_vacuum_0_ground_floor'],
    },
  ],
  ['run', { name: 'good night' }, { to: { 'script.good_night': 'started' }, stays: ['script.good_night'] }],
  ['run', { name: 'Kinozeit' }, { to: { 'scene.movie_time': 'activated' }, stays: ['scene.movie_time'] }],
];

it.each(rows.filter(([, , { to }]) => Object.keys(to).length > 0))(
  '%s %j is done, claimed and taken back',
  async (name, args, { risk = 'harmless', to, stays = [] }) => {
    const made = await command(name, args);
    expect(made.risk).toBe(risk);
    const before = await rig.states();
    const { changed, failed, undo } = await hands.perform(made, committedRun());
    expect(failed).toEqual([]);
    expect(Object.fromEntries(changed.map((one) => [one.entity, one.to]))).toEqual(
      Object.fromEntries(Object.entries(to).map(([id, state]) => [id, expect.stringContaining(state) as string])),
    );
    // Nothing else has changed in the whole house, exposed or not, but what a script or scene is there for.
    const touched = [...(await rig.states())].filter(([id, state]) => before.get(id) !== state).map(([id]) => id);
    const meant = new Set([...Object.keys(to), 'light.reading_lamp', 'light.desk_lamp', 'media_player.speaker']);
    expect(touched.filter((id) => !meant.has(id))).toEqual([]);
    const undone = await undo!(committedRun());
    expect(undone.changed.map(({ entity }) => entity).sort()).toEqual(
      Object.keys(to)
        .filter((id) => !stays.includes(id))
        .sort(),
    );
  },
);

describe('what is not done is not claimed', () => {
  it.each([
    ['turn_on', { name: 'Secret Light' }, /nothing called "Secret Light"/],
    ['turn_on', { name: 'light.secret_light' }, /nothing called/],
    ['turn_on', { name: 'Ceiling Light' }, /Several things/],
    ['turn_on', { name: 'front door' }, /lock\.front_door/],
    ['set_light', { name: 'reading lamp', color: 'red' }, /has no color name/],
    ['set_light', { name: 'hall light', brightness: 10 }, /has no brightness pct/],
    ['set_climate', { name: 'HeatPump', mode: 'dry' }, /has the modes heat, off/],
    ['set_climate', { name: 'HeatPump', temperature: 90 }, /goes from 7 to 35 degrees/],
    ['set_lock', { name: 'front dor', action: 'unlock' }, /nothing called/],
    ['list_complete', { list: 'shopping list', item: 'unobtainium' }, /not open/],
  ])('%s %j', async (name, args, message) => {
    const before = await rig.states();
    await expect(command(name, args)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
    });
    expect(await rig.states()).toEqual(before);
  });

  it('where the service fails', async () => {
    const { changed, failed } = await use('turn_on', { name: 'Broken Light' });
    expect(changed).toEqual([]);
    expect(failed).toEqual([{ name: 'Broken Light', reason: 'it reported an error' }]);
  });

  it('where a device keeps no timers', async () => {
    const device = rig.devices.get('bedroom')!;
    const outcome = await use('start_timer', { minutes: 5 }, { language: 'en', device });
    expect(outcome.changed).toEqual([]);
    expect(outcome.failed).toHaveLength(1);
    expect((await use('timers', {}, { language: 'en', device })).speech).toBe('There is no timer.');
  });
});

it('reads states of all that is exposed, and of nothing else', async () => {
  expect((await use('get_state', { name: 'kitchen window' })).speech).toBe('Kitchen Window (Kitchen): open');
  const living = (await use('get_state', { area: 'lounge' })).speech!;
  expect(living).toContain('Living Room Temperature (Living Room): 21.4 °C');
  expect(living).not.toContain('Secret');
  expect((await use('get_state', { area: 'lounge', kind: 'climate' })).speech).toMatch(/^HeatPump/);
});

it('keeps a list', async () => {
  const list = 'Einkaufsliste';
  const added = await use('list_add', { list, item: 'holy water {{ 6 * 111 }}' });
  expect(added.changed).toMatchObject([{ entity: 'todo.shopping_list', name: 'holy water 6 * 111' }]);
  expect((await use('list_add', { list, item: 'Holy water 6 * 111' })).already).toEqual(['todo.shopping_list']);
  expect(await item(list)).toContain('holy water 6 * 111');
  const done = await use('list_complete', { list, item: 'holy water 6 * 111' });
  expect(done.changed).toMatchObject([{ to: 'done' }]);
  expect(await item(list)).not.toContain('holy water');
  await done.undo!(committedRun());
  await added.undo!(committedRun());
  expect(await item(list)).not.toContain('holy water');
});

it('is taken back by "undo that" like what was said', async () => {
  const home = withHands(rig.home, hands);
  const say = async (text: string): Promise<Outcome> =>
    home.perform((await home.understand(text, inEnglish, signal))!, committedRun());
  await home.perform(await command('turn_on', { name: 'desk lamp' }), committedRun());
  await say('turn on the hall light');
  await home.perform(await command('set_fan_speed', { name: 'bedroom fan', percent: 50 }), committedRun());
  const undone = [await say('undo that'), await say('undo that'), await say('undo that')];
  expect(undone.map(({ changed }) => changed.map(({ entity }) => entity))).toEqual([
    ['fan.bedroom_fan'],
    ['light.hall_light'],
    ['light.desk_lamp'],
  ]);
  expect((await say('undo that')).failed).toHaveLength(1);
});
