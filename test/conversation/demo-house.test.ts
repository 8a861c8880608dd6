import { beforeEach, describe, expect, it } from 'vitest';
import { createResponder } from '../../src/conversation/responder.js';
import { openDemoHouse } from '../../src/home/demo-house.js';
import { linePickers } from '../../src/persona/lines.js';
import type { SituationName } from '../../src/persona/situations.js';
import { seededRandom } from '../../src/random.js';
import { testClock } from '../fakes/clock.js';
import { demon, exchange, isLine } from './talking.js';

describe('a conversation in the demo house', () => {
  // A clock that stands still: on a busy machine a taunt would come between.
  const clock = testClock(1_700_000_000_000);
  const house = openDemoHouse({ clock });
  const { respond, reopen } = createResponder({
    home: house,
    persona: demon,
    lines: linePickers(demon, { random: seededRandom(11) }),
    unfinished: house.unfinished,
    clock,
    log: {
      error: (details) => {
        throw new Error(JSON.stringify(details));
      },
    },
  });
  beforeEach(() => house.reset());

  /** What changed, as "turn on the lamp" → { "light.lamp": "on" }. */
  const changes = (outcomes: Awaited<ReturnType<typeof exchange>>['outcomes']) =>
    Object.fromEntries(outcomes.flatMap(({ changed }) => changed.map(({ entity, to }) => [entity, to.split(',')[0]])));

  it.each<[string, SituationName, Record<string, string>]>([
    ['turn on the living room lamp', 'done.turn_on.light', { 'light.living_room_lamp': 'on' }],
    ['turn off the desk lamp', 'done.turn_off.light', { 'light.desk_lamp': 'off' }],
    ['turn on the fan', 'done.turn_on.fan', { 'fan.living_room_fan': 'on' }],
    ['turn on the coffee machine', 'done.turn_on', { 'switch.coffee_machine': 'on' }],
    [
      'turn on the living room lamp and the fan',
      'done.turn_on.several',
      { 'light.living_room_lamp': 'on', 'fan.living_room_fan': 'on' },
    ],
    ['close the blind', 'done.close', { 'cover.living_room_blind': 'closed' }],
    ['lock the back door', 'done.lock', { 'lock.back_door': 'locked' }],
    ['set the desk lamp to fifty percent', 'done.brightness', { 'light.desk_lamp': 'on' }],
    ['set the bedside lamp to red', 'done.colour', { 'light.bedside_lamp': 'on' }],
    ['set the temperature to twenty two degrees', 'done.climate', { 'climate.living_room': 'heat' }],
    ['play the music', 'done.media_play', { 'media_player.speaker': 'playing' }],
    ['set the volume to thirty percent', 'done.volume', { 'media_player.speaker': 'paused' }],
    [
      'turn off the desk lamp and then close the blind',
      'done.compound',
      { 'light.desk_lamp': 'off', 'cover.living_room_blind': 'closed' },
    ],
    [
      'turn on the kitchen light and then off the counter light',
      'done.compound',
      { 'light.kitchen_light': 'on', 'light.counter_light': 'off' },
    ],
  ])('"%s" is done and claimed: %s', async (text, situation, changed) => {
    const { text: reply, outcomes, understood, says } = await exchange(respond, text);
    expect(changes(outcomes)).toEqual(changed);
    expect([reply, isLine(reply, situation)]).toEqual([reply, true]);
    expect(says).toEqual(understood.likely);
  });

  it.each<[string, SituationName]>([
    ['turn on the desk lamp', 'already.on'],
    ['turn off the kitchen light', 'already.off'],
    ['open the blind', 'already.open'],
    ['lock the front door', 'already.locked'],
    ['turn on the fountain', 'failed.unavailable'],
    ['set a timer for five minutes', 'done.timer_start'],
    ['turn on the', 'unfinished'],
    ['make me a sandwich', 'not_understood'],
  ])('"%s" is answered truly: %s', async (text, situation) => {
    const { text: reply } = await exchange(respond, text);
    expect([reply, isLine(reply, situation)]).toEqual([reply, true]);
  });

  it('tells the state of things in the house’s words', async () => {
    const { says } = await exchange(respond, 'is the desk lamp on');
    expect(says.at(-1)!.text).toMatch(/on/);
    expect(says.at(-1)!.kind).toBe('claim');
  });

  it('names what failed beside what was done', async () => {
    const { text, outcomes } = await exchange(respond, 'turn on the coffee machine and the fountain');
    expect(changes(outcomes)).toEqual({ 'switch.coffee_machine': 'on' });
    expect(isLine(text, 'partly')).toBe(true);
  });

  it('unlocks a door only after a yes', async () => {
    const question = await exchange(respond, 'unlock the front door');
    expect(question.outcomes).toEqual([]);
    expect(isLine(question.text, 'confirm.unlock')).toBe(true);
    const answer = await exchange(respond, 'yes');
    expect(changes(answer.outcomes)).toEqual({ 'lock.front_door': 'unlocked' });
  });

  it('widens, narrows and takes back a sentence that goes on', async () => {
    const first = await exchange(respond, 'turn on the living room lamp');
    const wider = await exchange(reopen(first.outcomes), 'turn on the living room lamp and the fan');
    expect(changes(wider.outcomes)).toEqual({ 'light.living_room_lamp': 'on', 'fan.living_room_fan': 'on' });
    expect(isLine(wider.text, 'done.turn_on.several')).toBe(true);
    const none = await exchange(reopen(wider.outcomes), 'turn on the living room lamp and the fan no wait');
    expect(isLine(none.text, 'undone')).toBe(true);
    const again = await exchange(respond, 'turn off the living room lamp and the fan');
    expect(changes(again.outcomes)).toEqual({});
  });

  it('moves the light to the room that was named last', async () => {
    const first = await exchange(respond, 'turn on the lights');
    const second = await exchange(reopen(first.outcomes), 'turn on the lights in the kitchen');
    expect(Object.keys(changes(second.outcomes))).toEqual(['light.kitchen_light']);
    const { text } = await exchange(respond, 'turn off the living room light');
    expect([text, isLine(text, 'already.off')]).toEqual([text, true]);
  });
});
