import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeHome, openFakeHome, processed } from './fake-home.js';

let fake: FakeHome;
const open = async (config: Parameters<typeof openFakeHome>[0]): Promise<void> => {
  fake = await openFakeHome(config);
  fake.sentences.set('open sesame', { source: 'trigger', template: 'open sesame' });
  fake.sentences.set('good night', { intent: 'HassTurnOn', slots: { name: 'good night' }, targets: ['script.night'] });
  fake.sentences.set('abracadabra', { source: 'custom', intent: 'OpenEverything' });
  fake.core.answer('config/entity_registry/list_for_display', () => ({
    entities: [{ ei: 'light.desk_lamp' }, { ei: 'automation.one' }, { ei: 'automation.sesame' }],
  }));
  fake.core.answer('search/related', () => ({}));
};
const automations = (actions: unknown): void => {
  fake.core.answer('automation/config', ({ entity_id: id }) => ({
    config:
      id === 'automation.sesame'
        ? { triggers: [{ trigger: 'conversation', command: ['Open  sesame'] }], actions }
        : { triggers: [{ trigger: 'state' }], actions: [{ action: 'lock.unlock' }] },
  }));
};
const UNLOCK = [{ action: 'lock.unlock', target: { entity_id: 'lock.front_door' } }];

beforeEach(() => open({ allowGuarded: true }));
afterEach(() => fake.close());

describe('a sentence of an automation', () => {
  test('that is written to do something harmless is harmless', async () => {
    automations([{ action: 'light.turn_on', target: { entity_id: 'light.desk_lamp' } }]);
    expect(await fake.understand('open sesame')).toMatchObject({ intent: 'trigger', risk: 'harmless' });
  });

  test('that unlocks a door is guarded', async () => {
    automations(UNLOCK);
    expect(await fake.understand('open sesame')).toMatchObject({ risk: 'guarded' });
  });

  test('whose blueprint touches a lock is guarded', async () => {
    fake.core.answer('automation/config', ({ entity_id: id }) => ({
      config: id === 'automation.sesame' ? { use_blueprint: { path: 'x', input: { phrase: 'open sesame' } } } : {},
    }));
    fake.core.answer('search/related', () => ({ entity: ['lock.front_door'] }));
    expect(await fake.understand('open sesame')).toMatchObject({ risk: 'guarded' });
  });

  test('that nobody finds is wide, and so is one where Core cannot say', async () => {
    expect(await fake.understand('open sesame')).toMatchObject({ risk: 'wide' });
  });

  test('is judged anew when automations were reloaded', async () => {
    automations([]);
    expect(await fake.understand('open sesame')).toMatchObject({ risk: 'harmless' });
    automations(UNLOCK);
    fake.core.fire('automation_reloaded');
    // Events come in order, so once this state is here the other has been as well.
    fake.core.setState('light.desk_lamp', 'on');
    await fake.seen(() => fake.house.current.entity('light.desk_lamp')?.state === 'on');
    expect(await fake.understand('open sesame')).toMatchObject({ risk: 'guarded' });
  });

  test('that is refused is not said to Core', async () => {
    await fake.close();
    await open({});
    automations(UNLOCK);
    expect(await fake.say('open sesame')).toMatchObject({ failed: [{ reason: 'that is not allowed' }] });
    expect(fake.got('conversation/process')).toEqual([]);
  });
});

test('a script is judged by what it is written to do', async () => {
  fake.core.answer('script/config', () => ({
    config: { sequence: [{ action: 'light.turn_off', target: { entity_id: 'light.desk_lamp' } }] },
  }));
  expect(await fake.understand('good night')).toMatchObject({ risk: 'harmless' });
  fake.core.answer('script/config', () => ({ config: { sequence: UNLOCK } }));
  fake.core.fire('automation_reloaded');
  fake.core.setState('light.desk_lamp', 'on');
  await fake.seen(() => fake.house.current.entity('light.desk_lamp')?.state === 'on');
  expect(await fake.understand('good night')).toMatchObject({ risk: 'guarded' });
});

test("an intent of the user's own is wide, and guarded where it is marked", async () => {
  expect(await fake.understand('abracadabra')).toMatchObject({ risk: 'wide' });
  await fake.close();
  await open({ allowGuarded: true, marked: ['OpenEverything'] });
  fake.core.answer('config/label_registry/list', () => []);
  expect(await fake.understand('abracadabra')).toMatchObject({ risk: 'guarded' });
});

test('a command for later is as risky as it will be then', async () => {
  fake.sentences.set('unlock it', {
    intent: 'HassTurnOff',
    slots: { name: 'front door' },
    targets: ['lock.front_door'],
  });
  const later = (command: string): void => {
    fake.sentences.set('later', { intent: 'HassStartTimer', slots: { conversation_command: command, minutes: 5 } });
    fake.core.fire('automation_reloaded');
  };
  later('unlock it');
  expect(await fake.understand('later')).toMatchObject({ risk: 'guarded' });
  fake.sentences.set('later on', {
    intent: 'HassStartTimer',
    slots: { conversation_command: 'tell me a joke', minutes: 5 },
  });
  expect(await fake.understand('later on')).toBeUndefined();
});

describe('what is marked by a label', () => {
  beforeEach(async () => {
    await fake.close();
    await open({ allowGuarded: true, marked: ['Dangerous'] });
    fake.core.answer('config/label_registry/list', () => [{ label_id: 'dangerous', name: 'Dangerous' }]);
    fake.core.answer('config/device_registry/list', () => []);
    fake.core.answer('config/area_registry/list', () => fake.core.house.areas);
    fake.sentences.set('turn on the desk lamp', {
      intent: 'HassTurnOn',
      slots: { name: 'desk lamp' },
      targets: ['light.desk_lamp'],
    });
  });

  test('is guarded', async () => {
    fake.core.answer('config/entity_registry/list', () => [{ entity_id: 'light.desk_lamp', labels: ['dangerous'] }]);
    expect(await fake.understand('turn on the desk lamp')).toMatchObject({ risk: 'guarded' });
  });

  test('and as long as labels cannot be read, nothing is understood', async () => {
    fake.core.answer('config/entity_registry/list', () => {
      throw new Error('no');
    });
    await expect(fake.understand('turn on the desk lamp')).rejects.toThrow();
  });
});

test('what Core says for an automation without words is no reply', async () => {
  automations([]);
  fake.core.answer('conversation/process', () => processed({ speech: { plain: { speech: 'Done' } } }));
  const outcome = await fake.say('open sesame');
  expect(outcome.speech).toBeUndefined();
  expect(outcome.changed).toMatchObject([{ entity: 'automation', to: 'started' }]);
});
