import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRecognised, readDebug, readProcessed } from '../../../src/home/ha/answers.js';
import { goalOf } from '../../../src/home/ha/goals.js';
import { describeState } from '../../../src/home/ha/state.js';

const state = (value: string, attributes: Record<string, unknown> = {}) => ({ state: value, attributes });

describe('what an intent wants of a thing', () => {
  test.each([
    ['HassTurnOn', {}, 'light.a', 'off', {}, state('on'), 'reached'],
    ['HassTurnOn', {}, 'lock.a', 'unlocked', {}, state('locked'), 'reached'],
    ['HassTurnOff', {}, 'lock.a', 'locked', {}, state('unlocking'), 'moving'],
    ['HassTurnOff', {}, 'lock.a', 'locked', {}, state('jammed'), 'not yet'],
    ['HassTurnOn', {}, 'cover.a', 'closed', {}, state('opening'), 'moving'],
    ['HassTurnOn', {}, 'cover.a', 'open', { current_position: 30 }, state('open', { current_position: 30 }), 'not yet'],
    ['HassTurnOn', {}, 'cover.a', 'closed', {}, state('open'), 'reached'],
    ['HassSetPosition', { position: 50 }, 'cover.a', 'closed', {}, state('open', { current_position: 49 }), 'reached'],
    ['HassTurnOn', {}, 'media_player.a', 'off', {}, state('idle'), 'reached'],
    ['HassTurnOn', {}, 'climate.a', 'off', {}, state('heat'), 'reached'],
    ['HassToggle', {}, 'light.a', 'on', {}, state('off'), 'reached'],
    ['HassLightSet', { brightness: 40 }, 'light.a', 'on', {}, state('on', { brightness: 102 }), 'reached'],
    ['HassLightSet', { brightness: 40 }, 'light.a', 'on', {}, state('on', { brightness: 255 }), 'not yet'],
    ['HassLightSet', { brightness: 0 }, 'light.a', 'on', {}, state('off'), 'reached'],
    ['HassLightSet', { color: 'red' }, 'light.a', 'on', {}, state('on', { hs_color: [358, 100] }), 'reached'],
    ['HassLightSet', { color: 'red' }, 'light.a', 'on', {}, state('on', { hs_color: [240, 100] }), 'not yet'],
    ['HassLightSet', { color: 'white' }, 'light.a', 'on', {}, state('on', { hs_color: [20, 5] }), 'reached'],
    [
      'HassFanSetSpeed',
      { percentage: 75 },
      'fan.a',
      'off',
      { percentage_step: 25 },
      state('off', { percentage: 75 }),
      'not yet',
    ],
    [
      'HassFanSetSpeed',
      { percentage: 60 },
      'fan.a',
      'off',
      { percentage_step: 25 },
      state('on', { percentage: 75 }),
      'reached',
    ],
    ['HassSetVolume', { volume_level: 30 }, 'media_player.a', 'on', {}, state('on', { volume_level: 0.3 }), 'reached'],
    [
      'HassSetVolumeRelative',
      { volume_step: 'up' },
      'media_player.a',
      'on',
      { volume_level: 0.3 },
      state('on', { volume_level: 0.3 }),
      'not yet',
    ],
    [
      'HassSetVolumeRelative',
      { volume_step: -10 },
      'media_player.a',
      'on',
      { volume_level: 0.3 },
      state('on', { volume_level: 0.2 }),
      'reached',
    ],
    [
      'HassClimateSetTemperature',
      { temperature: 21 },
      'climate.a',
      'heat',
      {},
      state('heat', { temperature: 21 }),
      'reached',
    ],
  ] as const)('%s %o %s', (intent, slots, entity, before, attributes, now, progress) => {
    expect(goalOf(intent, slots, entity, state(before, attributes))?.progress(now)).toBe(progress);
  });

  test('what cannot be told from states has none', () => {
    expect(goalOf('HassMediaNext', {}, 'media_player.a', state('playing'))).toBeUndefined();
    expect(goalOf('OwnIntent', {}, 'light.a', state('on'))).toBeUndefined();
  });
});

test('a state is described by what a command can set', () => {
  expect(describeState('light', state('on', { brightness: 128, color_mode: 'hs', hs_color: [120, 80] }))).toBe(
    'on, 50 %, hue 120 at 80 %',
  );
  expect(describeState('light', state('off', { brightness: 128 }))).toBe('off');
  expect(describeState('cover', state('open', { current_position: 40 }))).toBe('open, 40 %');
  expect(describeState('climate', state('heat', { temperature: 21 }))).toBe('heat, 21');
});

describe("Core's answers", () => {
  test('whatever comes is read, and nothing is made of nonsense', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (answer, count) => {
        expect(readDebug(answer, count)).toHaveLength(count);
        readProcessed(answer);
        for (const result of readDebug({ results: [answer] }, 1))
          if (isRecognised(result)) expect(typeof result.template).toBe('string');
      }),
    );
  });

  test('a match with words left over is none', () => {
    const [result] = readDebug(
      { results: [{ match: true, intent: { name: 'HassTurnOn' }, unmatched_slots: { name: 'flux ' } }] },
      1,
    );
    expect(result).toEqual({ unknown: { name: 'flux' }, lacksPlace: false });
  });

  test('numbers are read as numbers, whatever they were said as', () => {
    const details = { brightness: { name: 'brightness', value: 50, text: 'fifty' } };
    const [result] = readDebug(
      { results: [{ match: true, intent: { name: 'HassLightSet' }, slots: { brightness: 'fifty' }, details }] },
      1,
    );
    expect(result).toMatchObject({ slots: { brightness: 50 }, texts: { brightness: 'fifty' } });
  });
});
