import { existsSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';

/** What of the machine decides about defaults and about where options are looked for. */
export interface Machine {
  readonly cores: number;
  readonly home: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The options that the Supervisor hands to an add-on. */
  readonly addOnOptions: string;
  /** Whether the program runs as an add-on. */
  readonly addOn: boolean;
}

const ADD_ON_OPTIONS = '/data/options.json';

/** The machine that the program runs on. */
export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  home: homedir(),
  folder: process.cwd(),
  environment: process.env,
  addOnOptions: ADD_ON_OPTIONS,
  // The Supervisor gives every add-on a token; a laptop may well have a /data of its own.
  addOn: process.env.SUPERVISOR_TOKEN !== undefined && existsSync(ADD_ON_OPTIONS),
});

const NAME = 'evil-assistant';

/** An XDG base directory; a relative one is to be ignored (XDG Base Directory Specification 0.8). */
const baseFolder = (given: string | undefined, fallback: string): string =>
  join(given?.startsWith('/') ? given : fallback, NAME);

/** Where fetched models live: in `/data` for an add-on, else in the user's cache. */
export const modelsFolder = ({ addOn, environment, home }: Machine): string =>
  addOn ? '/data/models' : join(baseFolder(environment.XDG_CACHE_HOME, join(home, '.cache')), 'models');

/** Where what the program keeps lives: rendered lines, replies, records. */
export const dataFolder = ({ addOn, environment, home }: Machine): string =>
  addOn ? '/data' : baseFolder(environment.XDG_DATA_HOME, join(home, '.local', 'share'));

/** Where an options file is looked for, the first one counts. */
export const optionFiles = ({ addOn, addOnOptions, environment, home, folder }: Machine): readonly string[] =>
  addOn
    ? [addOnOptions]
    : [
        join(folder, `${NAME}.yaml`),
        join(baseFolder(environment.XDG_CONFIG_HOME, join(home, '.config')), `${NAME}.yaml`),
      ];
