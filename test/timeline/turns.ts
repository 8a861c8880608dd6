import { captureClock } from '../../src/audio/capture-clock.js';
import type { Mark } from '../../src/stages.js';
import { createTimeline, type Timeline } from '../../src/timeline/timeline.js';
import { testClock } from '../fakes/clock.js';

/** 2026-11-22T12:00:00Z, when the last sound of every turn here was in the room. */
const LAST_SOUND = Date.UTC(2026, 10, 22, 12);

/** A turn whose marks came at these milliseconds after its last sound; the wake word 2 s before it. */
export const turnWith = async (marks: Partial<Record<Mark, number>>): Promise<Timeline> => {
  const clock = testClock(LAST_SOUND - 2_000);
  const timeline = createTimeline({ clock, timeOf: captureClock(LAST_SOUND - 2_000).timeOf });
  await clock.advance(18);
  timeline.mark('wake', 0);
  const order = Object.entries(marks).sort(([, one], [, other]) => one - other) as [Mark, number][];
  for (const [name, at] of order) {
    await clock.advance(LAST_SOUND + at - clock.now());
    if (name === 'lastSound') timeline.mark(name, 32_000);
    else timeline.mark(name);
  }
  return timeline;
};

/** A turn as it should be. */
export const GOOD: Partial<Record<Mark, number>> = {
  lastSound: 0,
  pause: 62,
  draft: 88,
  understood: 90,
  commit: 186,
  performed: 189,
  firstText: 190,
  firstSynthesized: 196,
  firstAudio: 203,
  end: 1_800,
};

/** A turn that misses two targets. */
export const SLOW: Partial<Record<Mark, number>> = {
  ...GOOD,
  draft: 340,
  understood: 345,
  commit: 400,
  performed: 420,
  firstText: 425,
  firstSynthesized: 1_100,
  firstAudio: 1_104,
};
