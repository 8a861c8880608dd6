// First: nothing may be loaded before it. The tests' processes inherit what it sets.
import '../src/no-telemetry.js';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { modelsFor } from '../src/model-needs.js';
import { loadCatalogue } from '../src/models/catalogue.js';
import { progressView } from '../src/models/progress-view.js';
import { openStore } from '../src/models/store.js';
import { loadOptions } from '../src/options/load.js';
import type { Machine } from '../src/options/machine.js';
import { modelsFolder } from './models.js';

/** What tests use besides the models of the default options. */
const ALSO = ['moonshine-tiny-en', 'wake-alexa', 'wake-hey_mycroft'];

/** Once before all tests: the program is built, and the models are there, fetched where they are not. */
export const setup = async (): Promise<void> => {
  mustBeBuilt();
  const catalogue = loadCatalogue();
  // The defaults only: an options file of whoever runs the tests is not meant for them.
  const { options } = loadOptions({ machine: anyMachine });
  const store = openStore({ folder: modelsFolder, catalogue });
  const { onProgress } = progressView({
    stream: process.stderr,
    // Bars would be drawn over by the test runner.
    env: { ...process.env, TERM: 'dumb' },
  });
  await store.need([...modelsFor(options, catalogue), ...ALSO], { onProgress });
};

const NOWHERE = '/nonexistent';
const anyMachine: Machine = {
  cores: 2,
  home: NOWHERE,
  folder: NOWHERE,
  environment: {},
  addOnOptions: NOWHERE,
  addOn: false,
};

/** Hosts, workers and the end-to-end tests run what `tsc` has made. */
const mustBeBuilt = (): void => {
  const folder = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
  const lacking = readdirSync(folder('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .filter((file) => !existsSync(folder(`dist/${file.replace(/\.ts$/, '.js')}`)));
  if (lacking.length === 0) return;
  throw new Error(
    `The program is not built (dist lacks ${lacking.slice(0, 3).join(', ')}): run "npm run build" first.`,
  );
};
