import { describe, expect, it } from 'vitest';
import { duckedBy, otherStreams } from '../../src/sound-card/ducking.js';

const stream = (index: number, more: object = {}) => ({
  index,
  mute: false,
  volume: { 'front-left': { value: 50_000 }, 'front-right': { value: 40_000 } },
  properties: { 'application.name': 'Music' },
  ...more,
});

describe('who is turned down', () => {
  it('is everybody but ourselves and who is silent anyway', () => {
    const json = JSON.stringify([
      stream(1),
      stream(2, { properties: { 'application.id': 'evil-assistant' } }),
      stream(3, { mute: true }),
      stream(4, { volume: {} }),
      stream(5, { index: 'x' }),
      null,
    ]);
    expect(otherStreams(json)).toEqual([{ index: 1, volume: [50_000, 40_000] }]);
  });

  it.each(['', '{}', 'No such command'])('is nobody where %j comes', (json) => {
    expect(otherStreams(json)).toEqual([]);
  });

  it('keeps its balance', () => {
    // Ten times less amplitude is the cube root of a tenth on the slider.
    expect(duckedBy(20, [65_536, 32_768])).toEqual([30_419, 15_210]);
  });
});
