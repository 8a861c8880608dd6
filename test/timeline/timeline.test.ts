import { describe, expect, it } from 'vitest';
import { captureClock } from '../../src/audio/capture-clock.js';
import { createTimeline } from '../../src/timeline/timeline.js';
import { testClock } from '../fakes/clock.js';

describe('a timeline', () => {
  it('counts from the sound itself, however late the program looked at it', async () => {
    const clock = testClock(10_000);
    const capture = captureClock(clock.now(), 4_000);
    const timeline = createTimeline({ clock, timeOf: capture.timeOf });
    await clock.advance(1_090);
    timeline.mark('lastSound', 4_000 + 16_000);
    timeline.mark('pause');
    await clock.advance(110);
    timeline.mark('firstAudio');
    expect(timeline.moments.get('lastSound')).toEqual({ time: 11_000, noted: 11_090, at: 20_000 });
    expect(timeline.moments.get('pause')).toEqual({ time: 11_090, noted: 11_090 });
    expect(timeline.between('lastSound', 'firstAudio')).toBe(200);
    expect(timeline.between('firstAudio', 'pause')).toBe(-110);
    expect(timeline.between('lastSound', 'commit')).toBeUndefined();
  });

  it('keeps the first note of a name', async () => {
    const clock = testClock();
    const timeline = createTimeline({ clock, timeOf: captureClock(0).timeOf });
    timeline.mark('firstText');
    await clock.advance(5);
    timeline.mark('firstText');
    timeline.mark('firstText', 160_000);
    expect(timeline.moments.get('firstText')?.time).toBe(0);
  });

  it('forks for what may turn out void', async () => {
    const clock = testClock();
    const timeline = createTimeline({ clock, timeOf: captureClock(0).timeOf });
    timeline.mark('wake', 0);
    const first = timeline.fork();
    first.mark('pause');
    await clock.advance(300);
    const second = timeline.fork();
    second.mark('pause');
    expect(timeline.moments.has('pause')).toBe(false);
    expect(first.moments.get('pause')?.time).toBe(0);
    expect(second.moments.get('pause')?.time).toBe(300);
    expect(second.moments.get('wake')?.at).toBe(0);
  });
});
