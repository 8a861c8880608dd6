import { join } from 'node:path';
import type { Clock } from './clock.js';
import { type DemoHouse, openDemoHouse } from './home/demo-house.js';
import type { Log } from './log.js';
import type { Options } from './options/schema.js';
import type { Home } from './stages.js';

/** The house that is spoken to. */
export interface Dwelling {
  readonly home: Home;
  /** Whether a text that is no command plainly breaks off. */
  unfinished(text: string, language: string): boolean;
  /** Where the house is the one that stands in for a real one. */
  readonly demo?: DemoHouse;
  close(): Promise<void>;
}

export interface DwellingRequest {
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
}

/** Opens the house that the options name. A real one may be away for now. */
export const openDwelling = ({ options, log, clock }: DwellingRequest): Dwelling => {
  const demo = openDemoHouse({
    clock,
    cacheFolder: join(options.folders.data, 'home'),
    onTimer: ({ seconds }) => log.info({ seconds }, 'a timer has run out'),
  });
  return {
    home: demo,
    demo,
    unfinished: (text, language) => demo.unfinished(text, language),
    close: async () => demo.close(),
  };
};
