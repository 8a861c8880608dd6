import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../src/faults.js';
import type { Run } from '../../../src/stages.js';
import { SILENCE } from '../../fakes/home-assistant-server.js';
import { committedRun, type FakeHome, inEnglish, openFakeHome, processed, signal } from './fake-home.js';

let fake: FakeHome;
beforeEach(async () => {
  fake = await openFakeHome({ allowGuarded: true });
  fake.sentences.set('turn on the lamp', {
    intent: 'HassTurnOn',
    slots: { name: 'reading lamp' },
    targets: ['light.reading_lamp'],
  });
  fake.sentences.set('unlock the door', {
    intent: 'HassTurnOff',
    slots: { name: 'front door' },
    targets: ['lock.front_door'],
  });
});
afterEach(() => fake.close());

const DEBUG = 'conversation/agent/homeassistant/debug';
const PROCESS = 'conversation/process';
const told = (...ids: string[]) => ({
  data: { success: ids.map((id) => ({ type: 'entity', id, name: id })), failed: [] },
});

/** Core does it: the state changes before the answer, as it mostly does. */
const obeys = (changes: Readonly<Record<string, string>>): void => {
  fake.core.answer(PROCESS, () => {
    for (const [id, state] of Object.entries(changes)) fake.core.setState(id, state);
    return processed(told(...Object.keys(changes)));
  });
};

describe('understanding', () => {
  test('asks Core and executes nothing', async () => {
    const command = await fake.understand('turn on the lamp', { language: 'en', device: 'd', conversation: 'c' });
    expect(command).toEqual({ intent: 'HassTurnOn', extendable: false, risk: 'harmless' });
    expect(fake.got(DEBUG)).toMatchObject([{ sentences: ['turn on the lamp'], language: 'en', device_id: 'd' }]);
    expect(fake.got(PROCESS)).toEqual([]);
  });

  test('a sentence that lacks a name is none', async () => {
    fake.sentences.set('turn on the flux', { intent: 'HassTurnOn', unmatched: { name: 'flux' } });
    expect(await fake.understand('turn on the flux')).toBeUndefined();
  });

  test('a sentence that was asked before is not asked again until the house changes', async () => {
    await fake.understand('turn on the lamp');
    await fake.understand('turn on the lamp');
    await fake.understand('what');
    await fake.understand('what');
    expect(fake.got(DEBUG)).toHaveLength(2);
    fake.core.house.exposed.delete('light.reading_lamp');
    fake.core.fire('entity_registry_updated');
    // Registries are read anew when they have been quiet for a moment.
    await fake.clock.until(fake.seen(() => fake.house.current.entity('light.reading_lamp') === undefined));
    fake.sentences.set('turn on the lamp', { intent: 'HassTurnOn', slots: { name: 'reading lamp' } });
    const command = await fake.understand('turn on the lamp');
    expect(fake.got(DEBUG)).toHaveLength(3);
    expect(fake.home.foresee(command!)).toMatchObject({ failed: [{ reason: 'it is not exposed to me' }] });
  });

  test('small talk and names alone are left to the persona', async () => {
    fake.sentences.set('hello', { intent: 'HassRespond' });
    fake.sentences.set('the reading lamp', {
      intent: 'HassTurnOn',
      slots: { name: 'reading lamp' },
      targets: ['light.reading_lamp'],
      template: '[<the>] {name}',
    });
    fake.sentences.set('movie time', {
      intent: 'HassTurnOn',
      slots: { name: 'movie time' },
      targets: ['scene.movie'],
      template: '[activate] [<the>] {name} [scene]',
    });
    expect(await fake.understand('hello')).toBeUndefined();
    expect(await fake.understand('the reading lamp')).toBeUndefined();
    expect(await fake.understand('movie time')).toBeDefined();
  });

  test('what Core should not have matched is not touched', async () => {
    fake.sentences.set('turn on the lights', {
      intent: 'HassTurnOn',
      slots: { domain: 'light' },
      targets: ['light.secret', 'light.desk_lamp'],
    });
    const command = await fake.understand('turn on the lights');
    expect(fake.home.foresee(command!)?.changed.map(({ entity }) => entity)).toEqual(['light.desk_lamp']);
  });

  test('things of another kind in the room are not meant', async () => {
    fake.sentences.set('volume up', {
      intent: 'HassSetVolumeRelative',
      slots: { volume_step: 'up', area: 'Office' },
      targets: ['light.desk_lamp', 'cover.blinds'],
    });
    const command = await fake.understand('volume up');
    expect(fake.home.foresee(command!)).toMatchObject({
      failed: [{ name: 'Office', reason: 'there is nothing of that kind there' }],
    });
  });

  test('a room without a device of its own is said', async () => {
    fake.sentences.set('turn on the lights', { intent: 'HassTurnOn', slots: { domain: 'light' }, unmatched: {} });
    const asked: string[] = [];
    fake.core.answer(DEBUG, ({ sentences }) => {
      asked.push(...(sentences as string[]));
      return { results: [{ match: false, intent: { name: 'HassTurnOn' }, unmatched_slots: {} }] };
    });
    await fake.understand('turn on the lights', { language: 'en', area: 'Living Room' });
    expect(asked).toEqual(['turn on the lights', 'turn on the lights in the Living Room']);
  });

  test.each([
    ['neither room nor name', { domain: 'light' }, true],
    ['the room of the microphone', { domain: 'light', area: 'Office' }, true],
    ['a name', { name: 'desk lamp' }, false],
  ])('%s: extendable %#', async (_, slots, extendable) => {
    fake.sentences.set('turn on the desk lamp', { intent: 'HassTurnOn', slots, targets: ['light.desk_lamp'] });
    expect((await fake.understand('turn on the desk lamp'))?.extendable).toBe(extendable);
  });

  test('a name that others begin with may go on', async () => {
    fake.core.house.entries.get('light.desk_lamp')!.name = 'Reading Lamp Two';
    fake.core.setState('light.desk_lamp', 'off', { friendly_name: 'Reading Lamp Two' });
    await fake.seen(() => fake.house.current.entity('light.desk_lamp')?.name === 'Reading Lamp Two');
    fake.sentences.set('turn on the reading lamp', {
      intent: 'HassTurnOn',
      slots: { name: 'reading lamp' },
      targets: ['light.reading_lamp'],
    });
    expect((await fake.understand('turn on the reading lamp'))?.extendable).toBe(true);
  });
});

describe('a name that was nearly heard right', () => {
  test('is put right, and Core is asked about what was meant', async () => {
    fake.sentences.set('turn on the reading lamp', {
      intent: 'HassTurnOn',
      slots: { name: 'reading lamp' },
      targets: ['light.reading_lamp'],
    });
    const command = await fake.understand('turn on the reading lane');
    expect(command?.intent).toBe('HassTurnOn');
    obeys({ 'light.reading_lamp': 'on' });
    await fake.home.perform(command!, committedRun());
    expect(fake.got(PROCESS)).toMatchObject([{ text: 'turn on the reading lamp' }]);
  });

  test('never means something guarded', async () => {
    fake.sentences.set('unlock the front door', {
      intent: 'HassTurnOff',
      slots: { name: 'front door' },
      targets: ['lock.front_door'],
    });
    fake.sentences.set('lock the front door', {
      intent: 'HassTurnOn',
      slots: { name: 'front door' },
      targets: ['lock.front_door'],
    });
    expect(await fake.understand('unlock the front dore')).toBeUndefined();
    expect(await fake.understand('lock the front dore')).toBeUndefined();
    expect(fake.got(DEBUG).flatMap(({ sentences }) => sentences)).not.toContain('unlock the front door');
  });

  test('means nothing wide', async () => {
    const targets = ['light.reading_lamp', 'light.desk_lamp'];
    fake.sentences.set('turn off the office', { intent: 'HassTurnOff', slots: { floor: 'office' }, targets });
    expect(await fake.understand('turn off the offis')).toBeUndefined();
    fake.sentences.set('turn off the office', {
      intent: 'HassTurnOff',
      slots: { area: 'office' },
      targets: ['light.desk_lamp'],
    });
    expect(await fake.understand('turn off the offiss')).toBeDefined();
  });

  test('in another language nothing is guessed', async () => {
    fake.sentences.set('turn on the reading lamp', { intent: 'HassTurnOn', targets: ['light.reading_lamp'] });
    expect(await fake.understand('turn on the reading lane', { language: 'de' })).toBeUndefined();
  });
});

describe('performing', () => {
  test('nothing is sent before the turn has decided to act', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    let commit = (): void => {};
    const run: Run = { ...committedRun(), committed: new Promise((resolve) => (commit = resolve)) };
    obeys({ 'light.reading_lamp': 'on' });
    const outcome = fake.home.perform(command, run);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fake.got(PROCESS)).toEqual([]);
    commit();
    expect((await outcome).changed).toHaveLength(1);
  });

  test('a turn that is given up sends nothing', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    const reason = new Error('given up');
    await expect(fake.home.perform(command, { ...committedRun(), committed: Promise.reject(reason) })).rejects.toBe(
      reason,
    );
    const over = new AbortController();
    over.abort(reason);
    await expect(fake.home.perform(command, { ...committedRun(), signal: over.signal })).rejects.toBe(reason);
    expect(fake.got(PROCESS)).toEqual([]);
  });

  test('a wish is a command where Core does not know it as it was said', async () => {
    obeys({ 'light.reading_lamp': 'on' });
    const { changed } = await fake.say('I want you to turn on the lamp');
    expect(changed).toMatchObject([{ entity: 'light.reading_lamp' }]);
    expect(fake.got(PROCESS)).toMatchObject([{ text: 'turn on the lamp' }]);
    fake.sentences.set('i need you to dance', { intent: 'trigger', slots: {} });
    expect(await fake.understand('turn on the flux capacitor', inEnglish)).toBeUndefined();
  });

  test("goes to Core's own agent, with where and in which conversation it was said", async () => {
    fake.sentences.set('set a timer', { intent: 'HassStartTimer', slots: { minutes: 5 } });
    const context = { language: 'en', device: 'd', satellite: 'assist_satellite.s', conversation: 'c' };
    const command = (await fake.understand('set a timer', context))!;
    const outcome = await fake.home.perform(command, committedRun());
    expect(fake.got(PROCESS)).toMatchObject([
      {
        text: 'set a timer',
        agent_id: 'conversation.home_assistant',
        language: 'en',
        device_id: 'd',
        satellite_id: 'assist_satellite.s',
        // Core's own is at work while it asks us, and refuses a second message.
        conversation_id: 'evil_assistant_c',
      },
    ]);
    expect(outcome).toMatchObject({
      changed: [{ entity: 'timer', from: 'idle', to: 'active' }],
      slots: { value: 'five minutes' },
    });
  });

  test('what has changed is claimed, with the name that was said', async () => {
    obeys({ 'light.reading_lamp': 'on' });
    const outcome = await fake.say('turn on the lamp');
    expect(outcome).toMatchObject({
      intent: 'HassTurnOn',
      changed: [{ entity: 'light.reading_lamp', name: 'Reading Lamp', from: 'off', to: 'on' }],
      already: [],
      failed: [],
      slots: { name: 'reading lamp', names: 'the reading lamp' },
    });
  });

  test('what was so already is not claimed as done', async () => {
    obeys({ 'light.reading_lamp': 'on' });
    await fake.say('turn on the lamp');
    const outcome = await fake.say('turn on the lamp');
    expect(outcome).toMatchObject({ changed: [], already: ['light.reading_lamp'] });
    expect(outcome.undo).toBeUndefined();
  });

  test('"done" waits for the state, not for the answer', async () => {
    fake.core.answer(PROCESS, () => {
      setTimeout(() => fake.core.setState('light.reading_lamp', 'on'), 5);
      return processed(told('light.reading_lamp'));
    });
    const command = (await fake.understand('turn on the lamp'))!;
    // The clock stands still: only the event can end the wait.
    expect((await fake.home.perform(command, committedRun())).changed).toHaveLength(1);
  });

  test('what has not answered within a second is neither done nor failed, and told in the end', async () => {
    fake.core.answer(PROCESS, () => processed(told('light.reading_lamp')));
    const outcome = await fake.afterwards(() => fake.say('turn on the lamp'));
    expect(outcome).toMatchObject({ changed: [], already: [], failed: [] });
    fake.core.setState('light.reading_lamp', 'on');
    const late = (await outcome.late)!;
    expect(late).toMatchObject({ changed: [{ entity: 'light.reading_lamp', to: 'on' }], failed: [] });
    await late.undo!(committedRun());
    expect(fake.got('call_service')).toMatchObject([{ domain: 'light', service: 'turn_off' }]);
  });

  test('what never answers has failed in the end', async () => {
    fake.core.answer(PROCESS, () => processed(told('light.reading_lamp')));
    const outcome = await fake.afterwards(() => fake.say('turn on the lamp'));
    expect(await fake.clock.until(outcome.late!)).toMatchObject({
      changed: [],
      failed: [{ name: 'Reading Lamp', reason: 'it did not answer' }],
    });
  });

  test('a lock that is still on its way is not locked', async () => {
    fake.core.setState('lock.front_door', 'unlocked');
    await fake.seen(() => fake.house.current.entity('lock.front_door')?.state === 'unlocked');
    fake.sentences.set('lock the door', {
      intent: 'HassTurnOn',
      slots: { name: 'front door' },
      targets: ['lock.front_door'],
    });
    obeys({ 'lock.front_door': 'locking' });
    const outcome = await fake.afterwards(() => fake.say('lock the door'));
    expect(outcome.changed).toEqual([]);
    expect(await fake.clock.until(outcome.late!)).toMatchObject({ failed: [{ reason: 'it is still on its way' }] });
  });

  test('each thing that fails is named, and what went well as well', async () => {
    const targets = ['light.reading_lamp', 'light.desk_lamp', 'light.dead'];
    fake.sentences.set('turn on all', { intent: 'HassTurnOn', slots: { domain: 'light' }, targets });
    fake.core.answer(PROCESS, () => {
      fake.core.setState('light.reading_lamp', 'on');
      return processed({
        data: {
          success: [
            { type: 'entity', id: 'light.reading_lamp' },
            { type: 'entity', id: 'light.dead' },
          ],
          failed: [{ type: 'entity', id: 'light.desk_lamp' }],
        },
      });
    });
    const outcome = await fake.say('turn on all');
    expect(outcome.changed.map(({ entity }) => entity)).toEqual(['light.reading_lamp']);
    expect(outcome.failed).toEqual([
      { name: 'Desk Lamp', reason: 'it reported an error' },
      { name: 'Dead Light', reason: 'it is unavailable' },
    ]);
  });

  test('what is unavailable is not even told', async () => {
    fake.sentences.set('turn on the dead light', {
      intent: 'HassTurnOn',
      slots: { name: 'dead light' },
      targets: ['light.dead'],
    });
    expect(await fake.say('turn on the dead light')).toMatchObject({
      failed: [{ name: 'Dead Light', reason: 'it is unavailable' }],
    });
    expect(fake.got(PROCESS)).toEqual([]);
  });

  test("Core's refusal is a failure of its things", async () => {
    fake.core.answer(PROCESS, () =>
      processed({
        response_type: 'error',
        data: { code: 'failed_to_handle' },
        speech: { plain: { speech: 'An unexpected error' } },
      }),
    );
    expect(await fake.say('turn on the lamp')).toMatchObject({
      changed: [],
      failed: [{ name: 'Reading Lamp', reason: 'it reported an error' }],
    });
  });

  test('a fact is said in the words of the home, and so is its question', async () => {
    fake.sentences.set('what is the temperature', { intent: 'HassClimateGetTemperature', slots: { area: 'Office' } });
    fake.core.answer(PROCESS, () =>
      processed({ response_type: 'query_answer', speech: { plain: { speech: ' 21.4 °C\n' } } }),
    );
    expect(await fake.say('what is the temperature')).toMatchObject({ changed: [], failed: [], speech: '21.4 °C' });
    fake.sentences.set('water the garden', { source: 'trigger', template: 'water the garden' });
    fake.core.answer(PROCESS, () =>
      processed({ speech: { plain: { speech: 'For how long?' } } }, { continue_conversation: true }),
    );
    expect(await fake.say('water the garden')).toMatchObject({ speech: 'For how long?', expectsAnswer: true });
  });

  test('an automation that takes its time was started, and speaks at its end', async () => {
    fake.sentences.set('make tea', { source: 'trigger', template: 'make tea' });
    let end = (): void => {};
    fake.core.answer(
      PROCESS,
      () =>
        new Promise((resolve) => {
          end = () => resolve(processed({ speech: { plain: { speech: 'Tea is ready.' } } }));
        }),
    );
    const outcome = await fake.afterwards(() => fake.say('make tea'));
    expect(outcome).toMatchObject({ changed: [{ entity: 'automation', to: 'started' }] });
    end();
    expect(await outcome.late).toMatchObject({ speech: 'Tea is ready.' });
  });

  test('a command is dropped if the house has changed since it was understood', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    fake.sentences.set('turn on the lamp', {
      intent: 'HassTurnOn',
      slots: { name: 'reading lamp' },
      targets: ['light.desk_lamp'],
    });
    await fake.clock.advance(3_000);
    const outcome = await fake.home.perform(command, committedRun());
    expect(outcome).toMatchObject({ changed: [], failed: [{ reason: 'the house has changed since you asked' }] });
    expect(fake.got(PROCESS)).toEqual([]);
  });

  test('a name that several share is asked back', async () => {
    fake.sentences.set('turn on the ceiling light', { intent: 'HassTurnOn', slots: { name: 'ceiling light' } });
    for (const [room, id] of [
      ['Living Room', 'light.ceiling_1'],
      ['Office', 'light.ceiling_2'],
    ] as const) {
      fake.sentences.set(`turn on the ${room} ceiling light`, {
        intent: 'HassTurnOn',
        slots: { name: 'ceiling light', area: room },
        targets: [id],
      });
    }
    const outcome = await fake.say('turn on the ceiling light');
    expect(outcome).toMatchObject({
      failed: [{ name: 'ceiling light', reason: 'there is one in the Living Room and one in the Office' }],
    });
    expect(outcome.choices?.map(({ name }) => name)).toEqual(['living room', 'office']);
    obeys({ 'light.ceiling_2': 'on' });
    const chosen = await fake.home.perform(outcome.choices![1]!.command, committedRun());
    expect(chosen.changed).toMatchObject([{ entity: 'light.ceiling_2', to: 'on' }]);
  });
});

describe('undo', () => {
  test('brings back brightness and colour', async () => {
    fake.sentences.set('turn off the bed light', {
      intent: 'HassTurnOff',
      slots: { name: 'bed light' },
      targets: ['light.bed_light'],
    });
    obeys({ 'light.bed_light': 'off' });
    const { undo } = await fake.say('turn off the bed light');
    fake.core.answer('call_service', () => {
      fake.core.setState('light.bed_light', 'on');
      return null;
    });
    const undone = await undo!(committedRun());
    expect(fake.got('call_service')).toMatchObject([
      {
        domain: 'light',
        service: 'turn_on',
        target: { entity_id: 'light.bed_light' },
        service_data: { brightness: 128, hs_color: [120, 80] },
      },
    ]);
    expect(undone).toMatchObject({
      intent: 'HomeUndo',
      changed: [{ entity: 'light.bed_light', from: 'off' }],
      failed: [],
    });
  });

  test('leaves alone what something else has changed since', async () => {
    obeys({ 'light.reading_lamp': 'on' });
    const { undo } = await fake.say('turn on the lamp');
    fake.core.setState('light.reading_lamp', 'on', { brightness: 10 });
    await fake.seen(() => fake.house.current.entity('light.reading_lamp')?.attributes.brightness === 10);
    expect(await undo!(committedRun())).toMatchObject({ failed: [{ reason: 'it has been changed since' }] });
    expect(fake.got('call_service')).toEqual([]);
  });

  test('lets nobody in', async () => {
    fake.core.setState('lock.front_door', 'unlocked');
    await fake.seen(() => fake.house.current.entity('lock.front_door')?.state === 'unlocked');
    fake.sentences.set('lock the door', {
      intent: 'HassTurnOn',
      slots: { name: 'front door' },
      targets: ['lock.front_door'],
    });
    obeys({ 'lock.front_door': 'locked' });
    const { undo } = await fake.say('lock the door');
    expect(await undo!(committedRun())).toMatchObject({ failed: [{ reason: 'that must be asked for by itself' }] });
    expect(fake.got('call_service')).toEqual([]);
  });

  test('"undo that" takes back the last command, and says so where there is none', async () => {
    expect(await fake.say('undo that')).toMatchObject({ failed: [{ reason: 'there is nothing to take back' }] });
    obeys({ 'light.reading_lamp': 'on' });
    await fake.say('turn on the lamp');
    await fake.say('undo that');
    expect(fake.got('call_service')).toMatchObject([
      { service: 'turn_off', target: { entity_id: 'light.reading_lamp' } },
    ]);
  });
});

describe('when Core is away', () => {
  const isNetwork = (error: unknown): boolean => error instanceof Fault && error.code === 'network';

  test('that is said at once, and later turns work', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    await fake.core.stop();
    await fake.seen(() => fake.homeAssistant.state.kind === 'away');
    await expect(fake.home.understand('turn on the lamp', inEnglish, signal)).rejects.toSatisfy(isNetwork);
    await expect(fake.home.perform(command, committedRun())).rejects.toSatisfy(isNetwork);
    await fake.core.start();
    await fake.clock.until(fake.homeAssistant.ready(signal));
    obeys({ 'light.reading_lamp': 'on' });
    expect((await fake.say('turn on the lamp')).changed).toHaveLength(1);
  });

  test('a Core that hangs is away within a second', async () => {
    fake.core.answer(DEBUG, () => SILENCE);
    const began = fake.clock.now();
    await expect(fake.clock.until(fake.understand('turn on the lamp'))).rejects.toSatisfy(isNetwork);
    expect(fake.clock.now() - began).toBeLessThanOrEqual(1_000);
  });

  test('a connection that is lost while Core acts is no success', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    fake.core.answer(PROCESS, () => {
      fake.core.drop();
      return SILENCE;
    });
    await expect(fake.home.perform(command, committedRun())).rejects.toSatisfy(isNetwork);
  });

  test('a Core that hangs while it acts is no success', async () => {
    const command = (await fake.understand('turn on the lamp'))!;
    fake.core.answer(PROCESS, () => SILENCE);
    const began = fake.clock.now();
    await expect(fake.clock.until(fake.home.perform(command, committedRun()))).rejects.toSatisfy(isNetwork);
    expect(fake.clock.now() - began).toBeLessThanOrEqual(1_000);
  });
});

describe('what a recogniser may expect', () => {
  test("the house's own names, in English", () => {
    const phrases = fake.home.phrases();
    expect(phrases).toContain('turn on the desk lamp');
    expect(phrases.some((phrase) => phrase.includes('secret'))).toBe(false);
    expect(phrases.join()).not.toContain('\u0000');
  });

  test('what breaks off is told from what does not', () => {
    expect(fake.home.unfinished('turn on the', 'en')).toBe(true);
    expect(fake.home.unfinished('tell me a joke', 'en')).toBe(false);
    expect(fake.home.unfinished('turn on the', 'de')).toBe(false);
  });

  test('new names are told of once they have settled', async () => {
    fake.home.phrases();
    let told = 0;
    const stop = fake.home.onPhrases(() => {
      told += 1;
    });
    for (const name of ['Fire', 'Blaze']) {
      fake.core.house.entries.get('light.desk_lamp')!.name = name;
      fake.core.setState('light.desk_lamp', 'off', { friendly_name: name });
      await fake.seen(() => fake.house.current.entity('light.desk_lamp')?.name === name);
    }
    expect(told).toBe(0);
    await fake.clock.advance(5_000);
    expect(told).toBe(1);
    expect(fake.home.phrases()).toContain('turn on the blaze');
    stop();
  });
});
