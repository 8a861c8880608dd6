import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './faults.js';
import { shipped } from './package.js';

/**
 * The file of a persona: the user's own in `personas` of the data folder goes before one that ships with the program.
 * @throws Fault `usage` that names the personas there are.
 */
export const personaFile = (name: string, dataFolder: string): string => {
  const folders = foldersOf(dataFolder);
  const found = folders.map((folder) => join(folder, `${name}.yaml`)).find((file) => existsSync(file));
  if (found) return found;
  throw new Fault('usage', `There is no persona "${name}".`, {
    hint: `The personas are: ${personaNames(dataFolder).join(', ')}. Your own go into ${folders[0]}.`,
  });
};

/** All personas there are. */
export const personaNames = (dataFolder: string): readonly string[] => {
  const names = foldersOf(dataFolder)
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  return [...new Set(names)];
};

const foldersOf = (dataFolder: string): readonly string[] => [join(dataFolder, 'personas'), shipped('personas')];
