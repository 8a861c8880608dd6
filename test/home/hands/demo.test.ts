import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { openDemoHouse } from '../../../src/home/demo-house.js';
import { TOOLS } from '../../../src/home/hands/specs.js';
import { withHands } from '../../../src/home/hands/with-hands.js';
import { difference } from '../../../src/home/snapshot.js';
import type { Outcome } from '../../../src/stages.js';
import { committedRun, inEnglish, signal } from './rig.js';

const house = openDemoHouse();
afterEach(() => house.reset());

const command = (name: string, args: unknown) => house.hands.command({ name, arguments: args }, inEnglish, signal);
const use = async (name: string, args: unknown): Promise<Outcome> =>
  house.perform(await command(name, args), committedRun());

it('is described with everything in it', () => {
  const { things, states } = house.hands.describe(inEnglish);
  for (const { entity, name } of house.snapshot()) {
    expect(things).toContain(`${entity} "${name}"`);
    expect(states).toContain(`${entity}: `);
  }
});

it('does by a call what it does by a sentence', async () => {
  const names = house.snapshot().filter(({ entity }) => entity.startsWith('light.'));
  const { name } = names[0]!;
  const before = house.snapshot();
  await use('turn_on', { name: names[0]!.entity });
  const byCall = difference(before, house.snapshot());
  house.reset();
  await house.perform((await house.understand(`turn on the ${name}`, inEnglish, signal))!, committedRun());
  expect(byCall).toEqual(difference(before, house.snapshot()));
  expect(byCall).toHaveLength(1);
});

it('reads, sets timers, and refuses what is not there', async () => {
  expect((await use('timers', {})).speech).toBe('There is no timer.');
  expect((await use('start_timer', { minutes: 5 })).changed).toMatchObject([{ to: 'active' }]);
  expect((await use('timers', {})).speech).toMatch(/left\.$/);
  await expect(command('turn_on', { name: 'Portal to Hell' })).rejects.toMatchObject({ code: 'input' });
  await expect(command('vacuum', { name: 'Dusty', action: 'start' })).rejects.toMatchObject({ code: 'input' });
});

it('asks before it unlocks', async () => {
  const lock = house.snapshot().find(({ entity }) => entity.startsWith('lock.'))!;
  expect((await command('set_lock', { name: lock.entity, action: 'unlock' })).risk).toBe('guarded');
  expect((await command('set_lock', { name: lock.entity, action: 'lock' })).risk).toBe('harmless');
});

it('takes back what came last, by a sentence or by a call', async () => {
  const [first, second] = house.snapshot().filter(({ entity }) => /^light\./.test(entity));
  // The demo house makes its commands itself, so other hands stand in for Home Assistant's.
  const other = openDemoHouse();
  const made = new WeakSet<object>();
  const home = withHands(house, { ...other, made: (one) => made.has(one) });
  const byCall = await other.hands.command({ name: 'turn_on', arguments: { name: second!.entity } }, inEnglish, signal);
  made.add(byCall);
  const say = async (text: string): Promise<Outcome> =>
    home.perform((await home.understand(text, inEnglish, signal))!, committedRun());

  await home.perform(await command('turn_on', { name: first!.entity }), committedRun());
  await home.perform(byCall, committedRun());
  expect((await say('undo that')).changed).toMatchObject([{ entity: second!.entity, to: 'off' }]);
  expect((await say('undo that')).changed).toMatchObject([{ entity: first!.entity, to: 'off' }]);
  expect((await say('undo that')).failed).toHaveLength(1);
});

it('gives an answer or a fault for the model to every call', async () => {
  const names = house.snapshot().flatMap(({ entity, name, area }) => [entity, name, area]);
  const value = fc.oneof(
    fc.constantFrom(...names, 'open', 'lock', 'red', 'light', 'play', 'heat'),
    fc.integer(),
    fc.anything(),
  );
  const keys = [
    'name',
    'area',
    'kind',
    'action',
    'position',
    'percent',
    'brightness',
    'color',
    'temperature',
    'minutes',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TOOLS.map(({ name }) => name)),
      fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }),
      async (name, args) => {
        const outcome = await use(name, args).catch((error: { code?: string }) => {
          expect(error.code).toBe('input');
        });
        if (outcome) expect(outcome.intent).toMatch(/^Hass/);
      },
    ),
    { numRuns: 500 },
  );
});
