import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../src/faults.js';
import type { HomeAssistantHome } from '../../../src/home/ha/home-assistant-home.js';
import type { Command, Outcome, TurnContext } from '../../../src/stages.js';
import { committedRun, openRigHome, type RigHome, signal } from './rig-home.js';

const PORT = 8132;
const inEnglish: TurnContext = { language: 'en' };

/** A home may have several lists of automations. */
const LET_IN = `
automation visitors:
  - id: let_in
    alias: Let in
    triggers: [{trigger: conversation, command: [let them in, friends are here]}]
    actions: [{action: lock.unlock, target: {entity_id: lock.front_door}}]
  - id: blue_hour
    alias: Blue hour
    triggers: [{trigger: conversation, command: the blue hour has come}]
    actions: [{action: light.turn_on, target: {entity_id: light.hall_light}}]
`;

let rig: RigHome;
beforeAll(async () => {
  rig = await openRigHome(PORT);
});
afterAll(() => rig?.stop());
beforeEach(() => rig.reset());

const understand = async (text: string, home: HomeAssistantHome = rig.home): Promise<Command> => {
  const command = await home.understand(text, inEnglish, signal);
  if (!command) throw new Error(`"${text}" was not understood`);
  return command;
};
const say = async (text: string, home: HomeAssistantHome = rig.home): Promise<Outcome> =>
  home.perform(await understand(text, home), committedRun());
const stateOf = async (entity: string): Promise<{ state: string; attributes: Record<string, unknown> }> =>
  (await rig.core.rest(`/api/states/${entity}`)).json() as never;

describe('undo', () => {
  test.each([
    ['turn on the reading lamp', 'light.reading_lamp', 'off'],
    ['turn off the kitchen lights', 'light.kitchen_lights', 'on'],
    ['turn on the coffee machine', 'switch.coffee_machine', 'off'],
    ['open the blinds', 'cover.blinds', 'closed'],
    ['set the bedroom fan to 50 percent', 'fan.bedroom_fan', 'off'],
    ['pause the speaker', 'media_player.speaker', 'playing'],
    ['unlock the front door', 'lock.front_door', 'locked'],
    ['open the garage door', 'cover.garage_door', 'closed'],
  ])('%s', async (text, entity, before) => {
    const { undo, changed } = await say(text);
    expect(changed).toMatchObject([{ entity }]);
    expect((await stateOf(entity)).state).not.toBe(before);
    const undone = await undo!(committedRun());
    expect(undone).toMatchObject({ intent: 'HomeUndo', changed: [{ entity }], failed: [] });
    expect((await stateOf(entity)).state).toBe(before);
  });

  test('brings back brightness, colour, temperature and volume', async () => {
    const kitchen = (await stateOf('light.kitchen_lights')).attributes;
    await (await say('turn off the kitchen lights')).undo!(committedRun());
    const after = (await stateOf('light.kitchen_lights')).attributes;
    expect([after.brightness, after.hs_color]).toEqual([kitchen.brightness, kitchen.hs_color]);
    await (await say('set the heatpump to 23 degrees')).undo!(committedRun());
    expect((await stateOf('climate.heatpump')).attributes.temperature).toBe(20);
    await (await say('set the speaker volume to 30 percent')).undo!(committedRun());
    expect((await stateOf('media_player.speaker')).attributes.volume_level).toBe(0.5);
  });

  test('leaves alone what somebody has changed since, and unlocks nothing', async () => {
    const on = await say('turn on the reading lamp');
    await rig.core.call({
      type: 'call_service',
      domain: 'light',
      service: 'turn_on',
      service_data: { entity_id: 'light.reading_lamp', brightness_pct: 10 },
    });
    expect((await on.undo!(committedRun())).failed).toMatchObject([{ reason: 'it has been changed since' }]);
    expect((await stateOf('light.reading_lamp')).state).toBe('on');
    await say('unlock the front door');
    const locked = await say('lock the front door');
    expect((await locked.undo!(committedRun())).failed).toMatchObject([{ reason: 'that must be asked for by itself' }]);
    expect((await stateOf('lock.front_door')).state).toBe('locked');
  });
});

describe('risk', () => {
  test('what is guarded is refused where the user has not allowed it', async () => {
    const home = rig.open({ allowGuarded: false });
    for (const text of ['unlock the front door', 'open the garage door', 'open the garage door in 5 minutes']) {
      expect(await say(text, home)).toMatchObject({ changed: [], failed: [{ reason: 'that is not allowed' }] });
    }
    expect((await stateOf('lock.front_door')).state).toBe('locked');
    expect((await stateOf('cover.garage_door')).state).toBe('closed');
    home.close();
  });

  test('what is marked by name, room or label is guarded, and too many things as well', async () => {
    await rig.core.call({ type: 'config/label_registry/create', name: 'Careful' });
    await rig.core.call({ type: 'config/entity_registry/update', entity_id: 'light.hall_light', labels: ['careful'] });
    const home = rig.open({ marked: ['switch.coffee_machine', 'Office', 'careful'], confirmAbove: 4 });
    const risks: string[] = [];
    for (const name of ['coffee machine', 'desk lamp', 'hall light', 'reading lamp']) {
      risks.push((await understand(`turn on the ${name}`, home)).risk);
    }
    risks.push((await understand('turn off all the lights', home)).risk);
    expect(risks).toEqual(['guarded', 'guarded', 'guarded', 'harmless', 'guarded']);
    home.close();
  });

  test("a user's own sentence that unlocks a door is guarded", async () => {
    await appendFile(join(rig.core.folder, 'configuration.yaml'), LET_IN);
    await rig.core.call({ type: 'call_service', domain: 'automation', service: 'reload' });
    expect(await understand('friends are here')).toMatchObject({ intent: 'trigger', risk: 'guarded' });
    expect(await understand('the blue hour has come')).toMatchObject({ intent: 'trigger', risk: 'harmless' });
    expect(await understand('open sesame')).toMatchObject({ intent: 'trigger', risk: 'harmless' });
  });
});

test('an answer to "which one" is carried out', async () => {
  const { choices } = await say('turn on the ceiling light');
  const bedroom = choices!.find(({ name }) => name === 'bedroom')!;
  const outcome = await rig.home.perform(bedroom.command, committedRun());
  expect(outcome.changed).toMatchObject([{ entity: 'light.ceiling_light_2', to: 'on' }]);
});

test('what is not exposed is not touched, whatever is said', async () => {
  const before = await rig.states();
  const names = [
    'secret light',
    'secret switch',
    'living room secret light',
    'secret light in the living room',
    'secret lite',
    'light.secret_light',
  ];
  const ways = [
    ...['turn on the X', 'turn off the X', 'turn on X', 'switch on the X', 'toggle the X', 'set the X to 50 percent'],
    ...[
      'make the X red',
      'dim the X',
      'X on',
      'X',
      'turn on the X in the kitchen',
      'activate X',
      'start the X',
      'open the X',
    ],
  ];
  for (const way of ways) {
    for (const name of names) {
      const text = way.replace('X', name);
      const command = await rig.home.understand(text, inEnglish, signal);
      if (!command) continue;
      const { changed } = await rig.home.perform(command, committedRun());
      expect([text, changed.filter(({ entity }) => entity.includes('secret'))]).toEqual([text, []]);
    }
  }
  const after = await rig.states();
  for (const id of ['light.secret_light', 'switch.secret_switch']) expect(after.get(id)).toBe(before.get(id));
});

test('an entity that is hidden between the question and the deed is not touched', async () => {
  const command = await understand('turn on the desk lamp');
  const expose = (should_expose: boolean) =>
    rig.core.call({
      type: 'homeassistant/expose_entity',
      assistants: ['conversation'],
      entity_ids: ['light.desk_lamp'],
      should_expose,
    });
  await expose(false);
  await rig.house.until((entity) => entity('light.desk_lamp') === undefined, { signal, timeout: 5_000 });
  expect(await rig.home.perform(command, committedRun())).toMatchObject({ changed: [], failed: [{}] });
  expect((await stateOf('light.desk_lamp')).state).toBe('off');
  await expose(true);
  await rig.house.until((entity) => entity('light.desk_lamp') !== undefined, { signal, timeout: 5_000 });
  expect((await say('turn on the desk lamp')).changed).toHaveLength(1);
});

test('a Core that is restarted in mid-conversation is away at once, and there again without a restart of ours', async () => {
  const command = await understand('turn on the reading lamp');
  await rig.core.halt();
  const isNetwork = (error: unknown): boolean => error instanceof Fault && error.code === 'network';
  await expect(rig.home.understand('turn on the hall light', inEnglish, signal)).rejects.toSatisfy(isNetwork);
  await expect(rig.home.perform(command, committedRun())).rejects.toSatisfy(isNetwork);
  await rig.core.relaunch();
  await rig.homeAssistant.ready(signal);
  await rig.house.until(
    (entity) => entity('light.desk_lamp')?.state !== undefined && entity('light.desk_lamp')?.state !== 'unavailable',
    {
      signal,
      timeout: 60_000,
    },
  );
  const outcome = await say('turn on the desk lamp');
  expect(outcome.failed).toEqual([]);
  expect((await stateOf('light.desk_lamp')).state).toBe('on');
});
