import { type DemoHouse, type DemoHouseConfig, openDemoHouse } from '../../src/home/demo-house.js';
import { difference } from '../../src/home/snapshot.js';
import type { Command, Outcome, Run, TurnContext } from '../../src/stages.js';
import { type TestClock, testClock } from '../fakes/clock.js';

/** A Sunday in November, 16:05 by the clock on the wall. */
const someTime = new Date(2026, 10, 22, 16, 5).getTime();

export const signal = new AbortController().signal;
export const inEnglish: TurnContext = { language: 'en' };

export const committedRun = (): Run => ({ signal, committed: Promise.resolve(), mark: () => {} });

export interface TestHouse {
  readonly house: DemoHouse;
  readonly clock: TestClock;
  understand(text: string, area?: string): Promise<Command | undefined>;
  /** Says it, and gives what came of it, with every change as "entity: from > to". */
  say(text: string, area?: string): Promise<Outcome & { readonly really: readonly string[] }>;
}

export function testHouse(config: Omit<DemoHouseConfig, 'clock'> = {}): TestHouse {
  const clock = testClock(someTime);
  const house = openDemoHouse({ ...config, clock });
  const understand = (text: string, area?: string): Promise<Command | undefined> =>
    house.understand(text, area === undefined ? inEnglish : { ...inEnglish, area }, signal);
  return {
    house,
    clock,
    understand,
    async say(text, area) {
      const command = await understand(text, area);
      if (!command) throw new Error(`"${text}" was not understood`);
      const before = house.snapshot();
      const outcome = await house.perform(command, committedRun());
      const really = difference(before, house.snapshot()).map(({ entity, from, to }) => `${entity}: ${from} > ${to}`);
      return { ...outcome, really };
    },
  };
}
