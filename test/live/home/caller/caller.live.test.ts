import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SituationName } from '../../../../src/persona/situations.js';
import { isLine } from '../../../conversation/talking.js';
import { type CallerRig, openCallerRig } from './rig.js';

/** The real Home Assistant does itself what the demon understands, and speaks the demon's claim, or says why not. */

let rig: CallerRig;
beforeAll(async () => {
  rig = await openCallerRig(8134);
});
afterAll(() => rig?.stop());
beforeEach(() => rig.reset());

type States = ReadonlyMap<string, Readonly<Record<string, unknown>>>;
const changed = (before: States, after: States): string[] =>
  [...after].flatMap(([id, state]) => (JSON.stringify(before.get(id)) === JSON.stringify(state) ? [] : [id]));

/** Says it and waits until as much has changed as is expected. */
const done = async (text: string, expected: Readonly<Record<string, object>>) => {
  const before = await rig.states();
  const answered = await rig.say(text);
  const end = performance.now() + 8_000;
  let after = before;
  do {
    after = await rig.states();
    const isDone = Object.entries(expected).every(([id, state]) => {
      const now = after.get(id)!;
      return Object.entries(state).every(([name, value]) => JSON.stringify(now[name]) === JSON.stringify(value));
    });
    if (isDone) break;
  } while (performance.now() < end);
  return { ...answered, after, changed: changed(before, after) };
};

const ON = { state: 'on' };
const OFF = { state: 'off' };
const OPEN = { state: 'open' };

describe('what is told to Home Assistant', () => {
  it.each<[string, SituationName, Readonly<Record<string, object>>]>([
    ['turn on the desk lamp', 'done.turn_on.light', { 'light.desk_lamp': ON }],
    ['Switch the Reading Lamp on, please.', 'done.turn_on.light', { 'light.reading_lamp': ON }],
    ['turn on the ceiling light in the bedroom', 'done.turn_on.light', { 'light.ceiling_light_2': ON }],
    ['turn off the kitchen lights', 'done.turn_off.lights', { 'light.kitchen_lights': OFF }],
    ['turn the lights off in the kitchen', 'done.turn_off.lights', { 'light.kitchen_lights': OFF }],
    ['turn on the bedroom lights', 'done.turn_on.lights', { 'light.ceiling_light_2': ON, 'light.bed_light': ON }],
    [
      'could you turn on the lights in the lounge',
      'done.turn_on.lights',
      { 'light.reading_lamp': ON, 'light.ceiling_light': ON },
    ],
    [
      'turn on the lights upstairs',
      'done.turn_on.lights',
      { 'light.ceiling_light_2': ON, 'light.desk_lamp': ON, 'light.bed_light': ON },
    ],
    [
      'turn on the desk lamp and the coffee machine',
      'done.turn_on.several',
      { 'light.desk_lamp': ON, 'switch.coffee_machine': ON },
    ],
    ['turn on the desk lamp and open the blinds', 'done.compound', { 'light.desk_lamp': ON, 'cover.blinds': OPEN }],
    ['turn off everything in the kitchen', 'done.turn_off.several', { 'light.kitchen_lights': OFF }],
    ['toggle the coffee machine', 'done', { 'switch.coffee_machine': ON }],
    [
      'dim the kitchen lights to twenty percent',
      'done.brightness',
      { 'light.kitchen_lights': { brightness: 51 }, 'light.counter_light': ON },
    ],
    ['set the bed light to half', 'done.brightness', { 'light.bed_light': { state: 'on', brightness: 128 } }],
    ['set the bed light to blue', 'done.colour', { 'light.bed_light': { rgb_color: [0, 0, 255] } }],
    ['open the blinds', 'done.open', { 'cover.blinds': OPEN }],
    ['open the bedroom blinds', 'done.open', { 'cover.blinds': OPEN }],
    ['set the blinds to forty percent', 'done.position', { 'cover.blinds': { current_position: 40 } }],
    ['open the blinds halfway', 'done.position', { 'cover.blinds': { current_position: 50 } }],
    ['turn on the bedroom fan', 'done.turn_on.fan', { 'fan.bedroom_fan': ON }],
    ['set the bedroom fan to fifty percent', 'done.fan_speed', { 'fan.bedroom_fan': { percentage: 50 } }],
    ['set the heatpump to 22 degrees', 'done.climate', { 'climate.heatpump': { temperature: 22 } }],
    ['set the living room temperature to nineteen', 'done.climate', { 'climate.heatpump': { temperature: 19 } }],
    [
      'pause the walkman',
      'done.media_pause',
      { 'media_player.walkman': { state: 'paused' }, 'media_player.speaker': { state: 'paused' } },
    ],
    [
      'set the volume of the walkman to thirty percent',
      'done.volume',
      { 'media_player.walkman': { volume_level: 0.3 }, 'media_player.speaker': { volume_level: 0.3 } },
    ],
    [
      'mute the walkman',
      'done.volume',
      { 'media_player.walkman': { is_volume_muted: true }, 'media_player.speaker': { is_volume_muted: true } },
    ],
    ['turn on movie time', 'done.turn_on', { 'light.reading_lamp': ON }],
    ['add oat milk to my shopping list', 'done', { 'todo.shopping_list': { state: '1' } }],
  ])('"%s" is done, and nothing else', async (text, situation, expected) => {
    const { after, changed, speech, type } = await done(text, expected);
    expect(changed.sort()).toEqual(Object.keys(expected).sort());
    for (const [id, state] of Object.entries(expected)) expect(after.get(id)).toMatchObject(state);
    expect({ type, speech: isLine(speech, situation) ? situation : speech }).toEqual({
      type: 'action_done',
      speech: situation,
    });
  });

  it('closes what is open, and takes back nothing it was not told to', async () => {
    await done('open the blinds', { 'cover.blinds': OPEN });
    const { changed, speech } = await done('close the blinds in the bedroom', { 'cover.blinds': { state: 'closed' } });
    expect(changed).toEqual(['cover.blinds']);
    expect(isLine(speech, 'done.close')).toBe(true);
  });

  it('unlocks after a yes in the same conversation only', async () => {
    const locked = async (): Promise<unknown> => (await rig.states()).get('lock.front_door')!.state;
    const { speech, type } = await rig.say('unlock the front door', { conversation: 'door' });
    expect({ type, asks: isLine(speech, 'confirm.unlock') }).toEqual({ type: 'action_done', asks: true });
    await rig.say('yes', { conversation: 'another' });
    expect(await locked()).toBe('locked');
    const yes = await rig.say('yes', { conversation: 'door' });
    expect(isLine(yes.speech, 'done.unlock')).toBe(true);
    await expect.poll(locked).toBe('unlocked');
    await rig.say('lock the front door');
    await expect.poll(locked).toBe('locked');
  });
});

describe('what Home Assistant will not do', () => {
  it.each([
    ['turn on the secret light', /No matching entities are exposed/],
    ['turn on the broom lamp', /No entities matched the name/],
    ['turn on the desk lamps in the dungeon', /name 'desk lamps', area 'dungeon'/],
    ['turn on the lights in the dungeon', /area does not exist/],
    ['turn on the ceiling light', /Multiple entities share the name/],
    ['turn on the broken light', /Failed to call turn_on/],
    ['add milk to the packing list', /No entities matched the name/],
    ['is the secret light on', /No matching entities are exposed/],
  ])('"%s" is told in its words, and not claimed', async (text, words) => {
    const before = await rig.states();
    const { speech, type } = await rig.say(text);
    expect(type).toBe('error');
    expect(speech).toMatch(words);
    expect(speech).toMatch(/^Error handling intent: /);
    expect(changed(before, await rig.states())).toEqual([]);
  });

  it.each(['turn on the lights', 'turn off everything', 'turn on all', 'open all blinds in', 'resume', 'brighter'])(
    '"%s" is not asked of it at all',
    async (text) => {
      const before = await rig.states();
      const { speech, type } = await rig.say(text);
      expect({ type, ours: isLine(speech, 'not_understood') || isLine(speech, 'unfinished') }).toEqual({
        type: 'error',
        ours: true,
      });
      expect(changed(before, await rig.states())).toEqual([]);
    },
  );
});

describe('a question', () => {
  it.each([
    ['is the desk lamp on', 'No. Desk Lamp is not on.'],
    ['is the kitchen window open', 'Yes. Kitchen Window is open.'],
    ['is the front door locked', 'Yes. Front Door is locked.'],
    ['which lights are on in the kitchen', 'Kitchen Lights.'],
    ['are there any lights on in the office', 'None of them.'],
    ['what is the temperature in the living room', '25.0 degrees.'],
    ['what is the bedroom humidity', 'Bedroom Humidity is 47.0 %.'],
    ['what is the status of the bedroom fan', 'Bedroom Fan is off.'],
    ['is the broom closet on', 'I know of no such thing.'],
    ['how much time is left', 'There is no timer.'],
  ])('"%s" is answered by Home Assistant, in the demon’s manner: %s', async (text, answer) => {
    const { speech, type } = await rig.say(text);
    expect(type).not.toBe('error');
    expect(speech.endsWith(` ${answer}`)).toBe(true);
    expect(isLine(speech.slice(0, -answer.length - 1), 'fact')).toBe(true);
  });

  it.each([
    ['what time is it', / It is \d\d:\d\d\.$/],
    ['what day is it', / It is \w+day, \w+ \d+\.$/],
  ])('"%s" is answered by the clock', async (text, answer) => {
    expect((await rig.say(text)).speech).toMatch(answer);
  });

  it('about the weather is answered where a weather is exposed', async () => {
    const expose = { type: 'homeassistant/expose_entity', assistants: ['conversation'], should_expose: true };
    const ids = [...(await rig.core.call<{ entity_id: string }[]>({ type: 'get_states' }))].map((one) => one.entity_id);
    const weather = ids.find((id) => id.startsWith('weather.'))!;
    await rig.core.call({ ...expose, entity_ids: [weather] });
    const { speech, type } = await rig.say('what is the weather like today');
    expect(type).toBe('query_answer');
    expect(speech).toMatch(/ [A-Z][a-z ]+, -?[\d.]+ degrees\.$/);
  });
});

describe('a timer', () => {
  const heard = (type: string) => rig.told.filter((event) => event.type === type).map(({ data }) => data);
  const say = (text: string) => rig.say(text, { device: rig.satellite });

  it('runs on the satellite that is spoken to, and can be changed and cancelled', async () => {
    const { speech } = await say('set a pizza timer for ten minutes');
    expect(isLine(speech, 'done.timer_start')).toBe(true);
    await expect.poll(() => heard('timer-started')).toMatchObject([{ name: 'pizza', total_seconds: 600 }]);
    await say('start a timer for one hour and five minutes');
    await expect.poll(() => heard('timer-started').at(-1)).toMatchObject({ total_seconds: 3900 });
    expect((await say('how much time is left on the pizza timer')).speech).toMatch(
      / (?:9|10) minutes(?:, \d+ seconds)? left\.$/,
    );
    await say('add two minutes to the pizza timer');
    await expect.poll(() => heard('timer-updated').length).toBe(1);
    await say('pause the pizza timer');
    await expect.poll(() => heard('timer-updated').at(-1)).toMatchObject({ is_active: false });
    await say('resume the pizza timer');
    await expect.poll(() => heard('timer-updated').at(-1)).toMatchObject({ is_active: true });
    const cancelled = await say('cancel the pizza timer');
    expect(isLine(cancelled.speech, 'done.timer_cancel')).toBe(true);
    await say('cancel all timers');
    await expect.poll(() => heard('timer-cancelled').length).toBe(2);
  });

  it('needs a device that can tell when it ends', async () => {
    const { speech, type } = await rig.say('set a timer for ten minutes');
    expect(type).toBe('error');
    expect(speech).toMatch(/does not support timers/);
  });
});

describe('small talk', () => {
  it.each([
    ['who are you', 'talk.identity'],
    ['tell me a joke', 'talk.joke'],
    ['never mind', 'stopped'],
  ] as const)('"%s" stays with the demon', async (text, situation) => {
    const { speech, type } = await rig.say(text);
    expect({ type, said: isLine(speech, situation) }).toEqual({ type: 'action_done', said: true });
  });
});
